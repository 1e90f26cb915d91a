/** Applies the diffs of a report's diagnoses to the files of a workspace. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HEAD = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/;

/**
 * Applies every diff, all of which were made against the files as they are now.
 *
 * @returns how many diffs there were.
 * @throws Error for a diff that does not fit its file.
 */
export function applyDiffs(workspace, diagnoses) {
  const withDiff = diagnoses.filter(({ diff, file }) => diff !== null && file !== null);
  for (const file of new Set(withDiff.map((diagnosis) => diagnosis.file))) {
    const path = join(workspace, file);
    const diffs = withDiff.filter((diagnosis) => diagnosis.file === file).map(({ diff }) => diff);
    writeFileSync(path, applied(readFileSync(path, 'utf8'), diffs));
  }
  return withDiff.length;
}

/** The text with several diffs made against it; an edit that two of them make is made once. */
export function applied(text, diffs) {
  const lines = text.split('\n');
  const removed = new Set();
  /** Index of a line → lines to put before it. */
  const added = new Map();
  for (const hunk of diffs.flatMap((diff) => hunksOf(diff))) {
    for (const { at, line, kind } of editsOf(hunk)) {
      if (kind !== '+' && lines[at] !== line) throw new Error(`Line ${at + 1} is "${lines[at]}", not "${line}"`);
      if (kind === '-') removed.add(at);
      if (kind === '+') added.set(at, [...(added.get(at) ?? []), line]);
    }
  }
  const before = (index) => [...new Set(added.get(index) ?? [])];
  return [...lines.flatMap((line, index) => [...before(index), ...(removed.has(index) ? [] : [line])])].join('\n');
}

function hunksOf(diff) {
  const hunks = [];
  for (const line of diff.split('\n')) {
    const head = HEAD.exec(line)?.slice(1).map(Number);
    if (head !== undefined) hunks.push({ head, body: [] });
    else if (hunks.length === 0) throw new Error(`A diff begins with "${line}"`);
    else if (!line.startsWith('\\')) hunks.at(-1).body.push(line);
  }
  return hunks;
}

/** Each line of a hunk with the index in the old text that it stands at; what its head counts must be there. */
function editsOf({ head: [oldStart, oldCount, , newCount], body }) {
  let at = oldStart - 1;
  const edits = body.map((text) => {
    const kind = text[0];
    const edit = { at, kind, line: text.slice(1) };
    if (kind !== '+') at += 1;
    return edit;
  });
  const count = (kind) => edits.filter((edit) => edit.kind !== kind).length;
  if (count('+') !== oldCount || count('-') !== newCount) throw new Error('A hunk does not have the lines it counts');
  return edits;
}
