/**
 * Shares of a total by need: whoever needs little gets all of it, and the others share the rest alike.
 */
export function shares(needs: readonly number[], total: number): readonly number[] {
  const given = needs.map(() => 0);
  let left = total;
  const byNeed = needs.map((need, index) => ({ need, index })).sort((a, b) => a.need - b.need);
  byNeed.forEach(({ need, index }, done) => {
    const share = Math.min(need, Math.floor(left / (byNeed.length - done)));
    given[index] = share;
    left -= share;
  });
  return given;
}

/**
 * Which of many requests are drawn where there is room for so many: all, or half the room for ordinary ones (kind 0) and half for the
 * others, evenly over time.
 */
export function thinned(
  kinds: readonly number[],
  room: number,
): { readonly chosen: readonly number[]; readonly every: number } {
  const all = kinds.map((_, index) => index);
  if (kinds.length <= room) return { chosen: all, every: 1 };
  const ordinary = kinds.filter((kind) => kind === 0).length;
  const half = Math.max(1, Math.floor(room / 2));
  const every = Math.max(1, Math.ceil(ordinary / half));
  const everyOther = Math.max(1, Math.ceil((kinds.length - ordinary) / half));
  let [seen, seenOther] = [0, 0];
  const chosen = all.filter((index) => (kinds[index] === 0 ? seen++ % every === 0 : seenOther++ % everyOther === 0));
  return { chosen, every };
}
