import { accepted, refused, together, type Reader, type Reading } from './reading';
import { filledRecords } from './records';
import { wholeNumber } from './scalars';
import { notAccepted, oneOf, quoted } from './wording';

/** A line of a text with its number, from 1. */
export interface Line {
  readonly number: number;
  /** Without white space at its ends. */
  readonly text: string;
}

/** The lines of a text that hold anything, each with its own number. */
export function filledLines(text: string): readonly Line[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '');
}

/** Remembers on which line each name came first: tells that line of a name that has come before, else null. */
export function createFirstLines(): (name: string, line: number) => number | null {
  const lines = new Map<string, number>();
  return (name, line) => {
    const first = lines.get(name) ?? null;
    if (first === null) lines.set(name, line);
    return first;
  };
}

/** Some of the names, each once, in the order written; separated by commas or lines. */
export function someOf<const Name extends string>(names: readonly Name[]): Reader<readonly Name[]> {
  const forms = `a list, by commas or lines, of ${oneOf(names)}`;
  return (text) => {
    const items = listItems(text);
    if (items.length === 0) return refused(notAccepted(text.trim(), forms));
    return together(items.map((item, index) => itemOf(names, item, items.indexOf(item) < index, forms)));
  };
}

/** Weights of the replicas, separated by commas or lines; null: all equal. */
export const weightList: Reader<readonly number[] | null> = (text) => {
  if (text.trim() === '') return accepted(null);
  const items = listItems(text);
  const readings = together(items.map(wholeNumber(1, 100)));
  if (readings.ok && items.length > 0) return readings;
  return refused(notAccepted(text.trim(), 'one whole number from 1 to 100 for each replica, such as `3,1,1`'));
};

/**
 * Entries as `docker buildx build --cache-from` takes them, one a line: the commas belong to the entry. They may hold credentials, so
 * that no message repeats one.
 */
export const cacheEntries: Reader<readonly string[]> = (text) =>
  together(
    filledRecords(text).map((line) => {
      if (!/^-|\p{Cc}/u.test(line.text)) return accepted(line.text);
      return refused(
        'the entry (not shown) is not accepted; give an entry such as `type=gha,scope=app`, or an image reference.',
        line.number,
      );
    }),
  );

function itemOf<Name extends string>(
  names: readonly Name[],
  item: string,
  repeated: boolean,
  forms: string,
): Reading<Name> {
  const found = names.find((name) => name === item);
  if (found === undefined) return refused(notAccepted(item, forms));
  return repeated ? refused(`${quoted(item)} is given more than once; give it once.`) : accepted(found);
}

function listItems(text: string): readonly string[] {
  return text
    .split(/[,\r\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
