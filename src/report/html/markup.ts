import { withEntities } from '../escape';

/** HTML that is safe to write as it stands. Only {@link html} and {@link verbatim} make it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Markup | string | number | null | readonly Markup[];

/**
 * A template of HTML. Whatever is put into it is escaped, as text and as the value of an attribute in double quotes, unless it is
 * such HTML itself; null is nothing.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(strings.map((string, index) => `${string}${written(values[index] ?? null)}`).join(''));
}

/** Text of this project's own build (a style, a script) as it is. Nothing from outside may be in it. */
export function verbatim(text: string): Markup {
  return new Markup(text);
}

/** Sentences with quoted parts in backticks: these become code. */
export function prose(text: string): Markup {
  const parts = text.split(/(`[^`]+`)/);
  return html`${parts.map((part) => (/^`[^`]+`$/.test(part) ? html`<code>${part.slice(1, -1)}</code>` : html`${part}`))}`;
}

/** A value as JSON for a script element: no tag or comment comes out of it, and no line end that JavaScript knows and JSON does not. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Control characters, and marks that turn the direction of what follows (CVE-2021-42574). */
const UNSEEN = /[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069]/gu;

function written(value: Value): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return withEntities(String(value).toWellFormed().replace(/\r\n?/g, '\n').replace(UNSEEN, '\uFFFD'));
}
