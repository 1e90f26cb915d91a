/**
 * Text from outside (the app, NGINX, a pull request) as plain text inside Markdown: no markup, HTML, formula, mention,
 * reference, picture, link or table cell comes out of it, and it stays on one line, even at that line's beginning.
 */
export function plainText(text: string): string {
  return atLineStart(inline(text).trim());
}

/**
 * Text from outside as a code span that it cannot leave (CommonMark, section 6.1: a longer run of backticks). In a table cell
 * its pipes are still to be escaped, which `markdownTable` does.
 */
export function codeSpan(text: string): string {
  const line = oneLine(text);
  const fence = '`'.repeat(longestRun(line) + 1);
  // A space at both ends is taken off again by whoever renders it.
  const padding = /^[`\s]|[`\s]$|^$/.test(line) ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** Text from outside as a fenced block that it cannot leave. `language` is this project's own word. */
export function codeBlock(text: string, language = ''): string {
  const clean = text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '\uFFFD')
    .replace(DIRECTION, '\uFFFD');
  const fence = '`'.repeat(Math.max(3, longestRun(clean) + 1));
  return `${fence}${language}\n${clean}\n${fence}`;
}

/** Text from outside as text between HTML tags, without mentions and references. */
export function htmlText(text: string): string {
  return htmlAttribute(inert(oneLine(text)));
}

/** The value of an HTML attribute in double quotes. */
export function htmlAttribute(text: string): string {
  return withEntities(oneLine(text));
}

/** The characters that mean something to HTML as what they look like. */
export function withEntities(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}

/**
 * Sentences of this project's own with quoted parts in backticks: the parts in backticks become code, the rest plain text.
 */
export function prose(text: string): string {
  const parts = oneLine(text)
    .trim()
    .split(/(`[^`]+`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? codeSpan(part.slice(1, -1)) : inline(part)));
  return atLineStart(parts.join(''));
}

/** Marks that turn the direction of what follows: a line would read other than it is (CVE-2021-42574). */
const DIRECTION = /[\u202A-\u202E\u2066-\u2069]/g;

function inline(text: string): string {
  return (
    inert(oneLine(text))
      .replace(/[\\`*_[\]~]/g, '\\$&')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      // A backslash before a pipe would be taken for a part of the cell where no table is.
      .replace(/\|/g, '&#124;')
      // GitHub sets what stands between two of them as a formula.
      .replace(/\$/g, '&#36;')
  );
}

/**
 * GitHub finds mentions (`@name`), references (`#1`, `GH-1`), pictures (`:name:`) and links in the rendered text, where no backslash is left to stop
 * it; a zero-width space parts what it looks for. Not after `www.`: there it would count as a part of the host's name.
 */
function inert(text: string): string {
  return (
    text
      .replace(/[@#]/g, '$&\u200b')
      .replace(/\bGH-(?=\d)/gi, '$&\u200b')
      .replace(/:\/\//g, ':\u200b//')
      // A picture by its name (`:tada:`); two digits between colons are a time.
      .replace(/:(?!\d{1,2}:)(?=[\w+-]+:)/g, '$&\u200b')
      .replace(/www(?=\.)/gi, '$&\u200b')
  );
}

/** What only a line's beginning makes markup: lists, headings, rules and underlines. */
function atLineStart(line: string): string {
  return line.replace(/^[-+=#]/, '\\$&').replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2');
}

function longestRun(text: string): number {
  return [...text.matchAll(/`+/g)].reduce((longest, [run]) => Math.max(longest, run.length), 0);
}

function oneLine(text: string): string {
  return text
    .replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' ')
    .replace(/\p{Cc}/gu, '\uFFFD')
    .replace(DIRECTION, '\uFFFD');
}
