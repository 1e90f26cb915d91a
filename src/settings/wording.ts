/** Most characters of a value that a message repeats. */
const LONGEST_QUOTE = 60;

/** Controls, format and bidirectional marks, lone surrogates, private and unassigned characters, line separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A foreign value as a message may show it: on one line, in quotes, nothing invisible in it, cut when it is long. */
export function quoted(value: string): string {
  // Cut before it is taken apart: a value may be megabytes long.
  const characters = Array.from(value.slice(0, 2 * LONGEST_QUOTE + 2));
  const shown = characters.slice(0, LONGEST_QUOTE).join('').replace(/["\\]/g, '\\$&').replace(UNPRINTABLE, escaped);
  return characters.length > LONGEST_QUOTE ? `"${shown}…"` : `"${shown}"`;
}

/** Names as a choice: `a`, `b` or `c`. */
export function oneOf(names: readonly string[]): string {
  return listed(marked(names), 'or');
}

/** Names as a list: `a`, `b` and `c`. */
export function allOf(names: readonly string[]): string {
  return listed(marked(names));
}

/** The sentence for a value that is refused: what was given, and what may be given instead. */
export function notAccepted(value: string, forms: string): string {
  return `${quoted(value)} is not accepted; give ${forms}.`;
}

/** Words one after the other: `a, b and c`. */
export function listed(words: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** A text that begins a sentence: `crash` → `Crash`. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A text, or its beginning where it is longer. */
export function shortened(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** `1 request`, `2,019 requests`. */
export function counted(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** A whole number with its thousands set off: `2,019`. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

function marked(names: readonly string[]): readonly string[] {
  return names.map((name) => `\`${name}\``);
}

function escaped(character: string): string {
  return { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
