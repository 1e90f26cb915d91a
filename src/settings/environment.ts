import { createFirstLines, filledLines, type Line } from './lists';
import { accepted, refused, together, type Reader, type Reading } from './reading';
import { filledRecords } from './records';

/** What a key may look like, and how that is said. */
interface KeyRule {
  readonly pattern: RegExp;
  readonly words: string;
}

/**
 * A name that every shell and every Dockerfile can use (POSIX.1, Base Definitions, "Name").
 * Nothing else of a line is ever shown: a value, or a line that broke off one, may be a secret.
 */
const ARGUMENT: KeyRule = {
  pattern: /^[A-Za-z_][A-Za-z0-9_]{0,255}$/,
  words: 'letters, digits and `_`, no digit first',
};

/** Docker passes on any name, and apps know such with dots and hyphens (`spring.profiles.active`). */
const VARIABLE: KeyRule = {
  pattern: /^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/,
  words: 'letters, digits, `_`, `.` and `-`, a letter or `_` first',
};

/** Control characters but the tab, and the line ends that only a quoted value can hold. */
const CONTROL = /[^\P{Cc}\t\n]/u;

interface Entry {
  readonly name: string;
  /** null: a bare name, without `=`. */
  readonly value: string | null;
}

/** `KEY=VALUE` lines; the value may be empty. */
export const environment: Reader<readonly (readonly [name: string, value: string])[]> = (text) =>
  entries(filledLines(text), VARIABLE, (line, { name, value }) =>
    value === null ? unreadable(line, VARIABLE) : accepted([name, value] as const),
  );

/** `KEY=VALUE` lines, or a bare `KEY`, which docker build takes from its own environment; in double quotes a value may hold line ends. */
export const buildArguments: Reader<readonly string[]> = (text) =>
  entries(filledRecords(text), ARGUMENT, (line) => accepted(line.text));

function entries<T>(
  lines: readonly Line[],
  rule: KeyRule,
  read: (line: Line, entry: Entry) => Reading<T>,
): Reading<readonly T[]> {
  const firstLineOf = createFirstLines();
  return together(
    lines.map((line) => {
      const entry = split(line.text);
      if (!rule.pattern.test(entry.name) || CONTROL.test(line.text)) return unreadable(line, rule);
      const first = firstLineOf(entry.name, line.number);
      return first === null
        ? read(line, entry)
        : refused(`\`${entry.name}\` is already set on line ${first}.`, line.number);
    }),
  );
}

function split(line: string): Entry {
  const at = line.indexOf('=');
  return at < 0 ? { name: line, value: null } : { name: line.slice(0, at), value: line.slice(at + 1) };
}

function unreadable(line: Line, { words }: KeyRule): Reading<never> {
  return refused(
    `the line (not shown) is not accepted; give \`KEY=VALUE\`, the key of ${words}, no control characters.`,
    line.number,
  );
}
