/** A change to one place of a text; lines count from 1. */
export interface Change {
  readonly kind: 'insert-after' | 'insert-before' | 'replace';
  readonly line: number;
  /** What is replaced, where it is not the line: from one offset of the text to another. */
  readonly of?: { readonly start: number; readonly end: number };
  /** How many lines are replaced; 1 where it is not said. */
  readonly count?: number;
  /** Without indentation: they take that of the line that they stand beside or replace. */
  readonly lines: readonly string[];
}

/** Lines of the text shown around a change. */
const CONTEXT = 2;

/** Behind a last line that no line end follows (GNU diffutils, "Incomplete Lines"): without it `patch` and `git apply` refuse the hunk. */
const UNENDED = '\\ No newline at end of file';

/**
 * The body of a unified diff, of one hunk or several, for changes to different lines. Null when the text has no such line, and
 * without a change.
 */
export function diffOf(text: string, ...changes: readonly Change[]): string | null {
  const isUnended = text !== '' && !text.endsWith('\n');
  const lines = linesOf(text);
  const sorted = changes.toSorted((left, right) => left.line - right.line);
  if (sorted.length === 0 || sorted.some(({ line }) => lines[line - 1] === undefined)) return null;
  let shift = 0;
  return groupsOf(sorted)
    .map((group) => {
      const hunk = hunkOf(lines, group, shift, isUnended);
      shift += hunk.growth;
      return hunk.text;
    })
    .join('\n');
}

/** Changes so close to each other that they share their surroundings. */
function groupsOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group !== undefined && last !== undefined && change.line - endOf(last) <= 2 * CONTEXT) group.push(change);
    else groups.push([change]);
  }
  return groups;
}

/** The last line that a change is about. */
function endOf({ line, count = 1 }: Change): number {
  return line + count - 1;
}

function hunkOf(
  lines: readonly string[],
  changes: readonly Change[],
  shift: number,
  isUnended: boolean,
): { readonly text: string; readonly growth: number } {
  const first = Math.max(1, (changes[0]?.line ?? 1) - CONTEXT);
  const last = Math.min(lines.length, Math.max(...changes.map(endOf)) + CONTEXT);
  const body = lines.slice(first - 1, last).flatMap((line, index) => {
    const number = first + index;
    const own = changes.filter((change) => change.line === number);
    const added = (kind: Change['kind']): readonly string[] =>
      own.filter((change) => change.kind === kind).flatMap((change) => indented(change, line));
    const replaced = changes.some(
      (change) => change.kind === 'replace' && change.line <= number && number <= endOf(change),
    );
    const behind = [...added('replace'), ...added('insert-after')];
    if (!isUnended || number < lines.length) {
      return [...added('insert-before'), replaced ? `-${line}` : ` ${line}`, ...behind];
    }
    if (!replaced && behind.length === 0) return [...added('insert-before'), ` ${line}`, UNENDED];
    return [...added('insert-before'), `-${line}`, UNENDED, ...(replaced ? [] : [`+${line}`]), ...behind];
  });
  const count = (sign: string): number => body.filter((line) => !line.startsWith(sign) && line !== UNENDED).length;
  const [before, after] = [count('+'), count('-')];
  return {
    text: [`@@ -${first},${before} +${first + shift},${after} @@`, ...body].join('\n'),
    growth: after - before,
  };
}

/** What is put behind the opening of a block goes into the block. */
function indented({ kind, lines }: Change, anchor: string): readonly string[] {
  const indent = /^[ \t]*/.exec(anchor)?.[0] ?? '';
  // As the lines around end (CRLF).
  const isCarried = anchor.endsWith('\r');
  const deeper = kind === 'insert-after' && /\{\s*(#.*)?$/.test(anchor) ? '    ' : '';
  return lines.map((line) => {
    const end = isCarried && !line.endsWith('\r') ? '\r' : '';
    return line === '' ? `+${end}` : `+${indent}${deeper}${line}${end}`;
  });
}

/** A final line end is not a line of its own. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
