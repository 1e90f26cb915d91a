import type { Directive } from '../../cluster/nginx/syntax';
import { NginxSyntaxError, parseConfig } from '../../cluster/nginx/syntax';
import type { Change } from './diff';

/** What is to stand in a part of a text, which goes from one offset to another. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One line of a text: its number, where it begins and ends, and the directives that begin on it, outer ones first. */
interface Line {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  readonly directives: readonly Directive[];
}

/**
 * Changes of lines as they suit lines that say more than one thing, such as `location / { proxy_pass http://app; }`, or part of one: there they
 * touch only the directive that they are about. Null: which one that is cannot be told.
 *
 * @param written every directive of the text, blocks before what is in them.
 */
export function suited(
  text: string,
  written: readonly Directive[],
  changes: readonly Change[],
): readonly Change[] | null {
  const lines = linesOf(text, written);
  const isShared = ({ kind, line, of }: Change): boolean => {
    const one = lines[line - 1];
    if (one === undefined) return false;
    return of !== undefined || (kind === 'insert-before' ? followsSomething(text, one) : !isForOne(text, one));
  };
  const shared = changes.filter(isShared);
  if (shared.length === 0) return changes;
  const edits = new Map<string, Edit>();
  for (const change of shared) {
    const line = lines[change.line - 1];
    const edit = line === undefined ? null : editOf(change, line);
    if (edit === null) return null;
    edits.set(JSON.stringify(edit), edit);
  }
  const edited = linesEdited(text, lines, [...edits.values()]);
  return edited === null ? null : [...changes.filter((change) => !isShared(change)), ...edited];
}

function linesOf(text: string, written: readonly Directive[]): readonly Line[] {
  let start = 0;
  return text.split('\n').map((content, index) => {
    const number = index + 1;
    const end = start + content.length;
    const line = { number, start, end, directives: written.filter((directive) => directive.line === number) };
    start = end + 1;
    return line;
  });
}

/** A line that is one whole directive, or the opening of one block; a comment may stand behind it. */
function isForOne(text: string, { start, end, directives }: Line): boolean {
  const [one, ...others] = directives;
  if (one === undefined || others.length > 0) return one === undefined;
  const rest = text.slice(one.blockStart ?? one.end, end).trim();
  return (one.blockStart ?? one.end) <= end && text.slice(start, one.start).trim() === '' && /^(#.*)?$/.test(rest);
}

function followsSomething(text: string, { start, directives: [first] }: Line): boolean {
  return first !== undefined && text.slice(start, first.start).trim() !== '';
}

function editOf({ kind, lines, of, count = 1 }: Change, line: Line): Edit | null {
  const words = lines.join(' ');
  if (of !== undefined) return { ...of, text: words };
  if (kind === 'replace') {
    if (count > 1 || lines.length !== 1) return null;
    const name = soleName(words);
    // More than one directive, or a part of one: it is the line as a whole that has been edited.
    if (name === null) return { start: line.start, end: line.end, text: words };
    const [one, ...others] = line.directives.filter((directive) => directive.name === name && directive.block === null);
    return one === undefined || others.length > 0 ? null : { start: one.start, end: one.end, text: words };
  }
  const beside = anchorOf(line);
  if (beside === undefined) return null;
  const at = kind === 'insert-before' ? beside.start : (beside.blockStart ?? beside.end);
  return { start: at, end: at, text: kind === 'insert-before' ? `${words} ` : ` ${words}` };
}

/**
 * What is put beside something, is put beside a `proxy_pass` or a `server` of a group, or into a block; undefined: there is none, or there are
 * several that are not in one block.
 */
function anchorOf({ directives }: Line): Directive | undefined {
  const blocks = directives.filter(({ block }) => block !== null);
  if (blocks.some(({ start }, index) => start > (blocks[index - 1]?.end ?? Infinity))) return undefined;
  const simple = (sought: string): readonly Directive[] =>
    directives.filter(({ name, block }) => name === sought && block === null);
  const passes = simple('proxy_pass');
  return passes.length > 1 ? undefined : (passes[0] ?? simple('server').at(-1) ?? blocks.at(-1));
}

/** The name of the one simple directive that a text is; null: it is something else. */
function soleName(text: string): string | null {
  try {
    const [one, ...others] = parseConfig(text, '');
    return one?.block === null && others.length === 0 ? one.name : null;
  } catch (error) {
    if (error instanceof NginxSyntaxError) return null;
    throw error;
  }
}

/** The lines that the edits touch, as they then are; null: edits meet. */
function linesEdited(text: string, lines: readonly Line[], edits: readonly Edit[]): readonly Change[] | null {
  const sorted = edits.toSorted((one, other) => one.start - other.start);
  if (sorted.some(({ start }, index) => start < (sorted[index - 1]?.end ?? 0))) return null;
  const lineAt = (offset: number): Line | undefined => lines.find(({ end }) => offset <= end);
  const changes: Change[] = [];
  let done = 0;
  for (const edit of sorted) {
    const [first, last] = [lineAt(edit.start), lineAt(edit.end)];
    if (first === undefined || last === undefined) return null;
    // Those of a line are made together; one that goes on to where another begins is too much.
    if (first.number <= done) continue;
    const here = sorted.filter(({ start }) => first.start <= start && start <= last.end);
    if (here.some(({ end }) => end > last.end)) return null;
    const line = here
      .toReversed()
      .reduce(
        (content, { start, end, text: by }) => {
          return content.slice(0, start - first.start) + by + content.slice(end - first.start);
        },
        text.slice(first.start, last.end),
      )
      .trim();
    const content = line === '' ? [] : line.split('\n').map((one) => one.trim());
    changes.push({ kind: 'replace', line: first.number, count: last.number - first.number + 1, lines: content });
    done = last.number;
  }
  return changes;
}
