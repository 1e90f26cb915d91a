/** A change to one place of a text. */
export type Change =
  | { readonly kind: 'insert-after'; readonly line: number; readonly lines: readonly string[] }
  | { readonly kind: 'replace'; readonly line: number; readonly lines: readonly string[] };

/** Lines of the text shown around a change. */
const CONTEXT = 2;

/**
 * The body of a unified diff (one hunk) for one change; inserted lines take the indentation of the line that they follow or
 * replace. `line` counts from 1. Null when the text has no such line.
 */
export function diffOf(text: string, change: Change): string | null {
  const lines = text.split('\n');
  const anchor = lines[change.line - 1];
  if (anchor === undefined) return null;
  const indent = /^\s*/.exec(anchor)?.[0] ?? '';
  const deeper = change.kind === 'insert-after' && /\{\s*(#.*)?$/.test(anchor) ? '    ' : '';
  const added = change.lines.map((line) => `+${indent}${deeper}${line}`);
  const first = Math.max(1, change.line - CONTEXT);
  const last = Math.min(lastLine(lines), change.line + CONTEXT);
  const before = lines.slice(first - 1, change.line - 1).map((line) => ` ${line}`);
  const after = lines.slice(change.line, last).map((line) => ` ${line}`);
  const middle = change.kind === 'replace' ? [`-${anchor}`, ...added] : [` ${anchor}`, ...added];
  const oldCount = last - first + 1;
  const newCount = oldCount + added.length - (change.kind === 'replace' ? 1 : 0);
  return [`@@ -${first},${oldCount} +${first},${newCount} @@`, ...before, ...middle, ...after].join('\n');
}

/** A final line end is not a line of its own. */
function lastLine(lines: readonly string[]): number {
  return lines.at(-1) === '' ? lines.length - 1 : lines.length;
}
