/** Longest text that is compared; a longer one is no slip of the finger. */
const LONGEST = 80;

/** The candidate that was most likely meant; null: none is within `most` edits of the text. */
export function nearest(text: string, candidates: readonly string[], most = 3): string | null {
  if (text.length > LONGEST) return null;
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(text, candidate) }))
    .sort((one, other) => one.distance - other.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= most ? best.candidate : null;
}

/** Least number of characters to insert, delete or replace (Wagner and Fischer, 1974). */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[to.length] ?? 0;
}
