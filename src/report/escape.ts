/**
 * Text from outside (the app, NGINX, a pull request) as plain text inside Markdown: no markup, HTML, mention, reference or
 * table cell comes out of it, and it stays on one line.
 */
export function plainText(text: string): string {
  return (
    oneLine(text)
      .replace(/[\\`*_{}[\]()#+!|~-]/g, '\\$&')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      // A mention or a reference needs its sign and its name side by side; a zero-width space parts them.
      .replace(/@/g, '@\u200b')
      .replace(/:\/\//g, ':\u200b//')
      .replace(/www\./gi, '$&\u200b')
  );
}

/** Text from outside as a code span that it cannot leave (CommonMark, section 6.1: a longer run of backticks). */
export function codeSpan(text: string): string {
  const line = oneLine(text).replaceAll('|', '\\|');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  const padding = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** Text from outside as a fenced block that it cannot leave. */
export function codeBlock(text: string, language = ''): string {
  const clean = text.replace(/[^\P{Cc}\n\t]/gu, '\uFFFD');
  const longest = Math.max(2, ...[...clean.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${clean}\n${fence}`;
}

/** HTML text content and attribute values. */
export function htmlText(text: string): string {
  return oneLine(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
    .replace(/@/g, '@\u200b');
}

/**
 * Sentences of this project's own with quoted parts in backticks: the parts in backticks become code, the rest plain text.
 */
export function prose(text: string): string {
  return oneLine(text)
    .split(/(`[^`]+`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? codeSpan(part.slice(1, -1)) : plainText(part)))
    .join('');
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' ').replace(/\p{Cc}/gu, '\uFFFD');
}
