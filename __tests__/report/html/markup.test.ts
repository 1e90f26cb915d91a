import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { html, prose, scriptJson, verbatim } from '../../../src/report/html/markup';

test.each<[what: string, value: string, text: string]>([
  ['a tag', '<script>', '&lt;script&gt;'],
  ['an entity', '&lt;', '&amp;lt;'],
  ['both quotes', `"'`, '&quot;&#39;'],
  ['an escape sequence of a terminal', '\u001b[31m', '\uFFFD[31m'],
  ['a mark that turns the direction', 'a\u202eb', 'a\uFFFDb'],
  ['half a surrogate pair', '\ud800', '\uFFFD'],
  ['lines', 'a\r\nb\rc\n\td', 'a\nb\nc\n\td'],
])('%s in a value is text', (_, value, text) => {
  expect(html`<p title="${value}">${value}</p>`.text).toBe(`<p title="${text}">${text}</p>`);
});

test('HTML in HTML is not escaped again, and null is nothing', () => {
  const parts = ['<', 'b'].map((part) => html`<i>${part}</i>`);
  expect(html`<b>${parts}${null}${7}</b>`.text).toBe('<b><i>&lt;</i><i>b</i>7</b>');
  expect(html`${verbatim('<b>')}`.text).toBe('<b>');
});

test('whatever a value is, no tag, quote or control character comes of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      expect(html`${value}`.text).not.toMatch(/[<>"']|[^\P{Cc}\n\t]/u);
    }),
  );
});

test('what stands in backticks is code, and escaped too', () => {
  expect(prose('Add `a < b;` to <x> and `').text).toBe('Add <code>a &lt; b;</code> to &lt;x&gt; and `');
});

describe('JSON in a script element', () => {
  test.each(['</script><script>alert(1)</script>', '<!-- <script>', '\u2028\u2029', ']]>', '&amp;'])('%j', (value) => {
    const written = scriptJson({ [value]: [value] });
    expect(written).not.toMatch(/[<>&\u2028\u2029]/);
    expect(JSON.parse(written)).toEqual({ [value]: [value] });
  });
});
