import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codeBlock, codeSpan, htmlAttribute, htmlText, plainText, prose } from '../../src/report/escape';

const ZW = '\u200b';

describe('plain text', () => {
  test.each([
    ['emphasis', 'a *b* _c_ ~~d~~', 'a \\*b\\* \\_c\\_ \\~\\~d\\~\\~'],
    ['a link', '[x](javascript:1)', '\\[x\\](javascript:1)'],
    ['an image', '![x](y)', '!\\[x\\](y)'],
    ['HTML', '<img src=x>', '&lt;img src=x&gt;'],
    ['an entity', '&lt;', '&amp;lt;'],
    ['a code span', '`rm`', '\\`rm\\`'],
    ['a backslash', '\\*', '\\\\\\*'],
    ['a cell', 'a|b', 'a&#124;b'],
    ['a formula', '$x$', '&#36;x&#36;'],
    ['a picture', 'done :tada: :+1:', `done :${ZW}tada: :${ZW}+1:`],
    ['a time', 'at 10:24:33', 'at 10:24:33'],
    ['a mention', 'ask @octocat', `ask @${ZW}octocat`],
    ['an address', 'a@example.com', `a@${ZW}example.com`],
    ['a reference', 'fixes #12 and org/repo#3', `fixes #${ZW}12 and org/repo#${ZW}3`],
    ['another reference', 'GH-12', `GH-${ZW}12`],
    ['a bare link', 'http://x.example', `http:${ZW}//x.example`],
    ['a bare host', 'WWW.x.example', `WWW${ZW}.x.example`],
    ['lines', 'a\r\n\n# b\u2028c', `a #${ZW} b c`],
    ['control characters', 'a\u0000b\u001b[1m', 'a\uFFFDb\uFFFD\\[1m'],
    ['a change of direction', 'a\u202Eb\u2066c', 'a\uFFFDb\uFFFDc'],
    ['a list', '- a', '\\- a'],
    ['a numbered list', '1. a', '1\\. a'],
    ['a version', '1.30.4', '1.30.4'],
    ['a heading', '# a', `\\#${ZW} a`],
    ['a rule', '---', '\\---'],
    ['indented code', '    a', 'a'],
    ['ordinary words', 'app1: 200 after 3 ms (GET)', 'app1: 200 after 3 ms (GET)'],
  ])('%s', (_, text, escaped) => {
    expect(plainText(text)).toBe(escaped);
  });

  test('holds nothing that markup could begin with', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const bare = plainText(text).replace(/\\[\\`*_[\]~+=#.)-]|&(?:amp|lt|gt|#124|#36);/g, '');
        expect(bare).not.toMatch(/[\\`*_[\]~<>|$\n\r]|[@#](?!\u200b)|:\/\/|www\.|&/i);
      }),
    );
  });
});

describe('a code span', () => {
  test.each([
    ['a word', 'app', '`app`'],
    ['backticks', 'a``b`c', '```a``b`c```'],
    ['a backtick at an end', '`', '`` ` ``'],
    ['nothing', '', '`  `'],
    ['spaces that must stay', ' a ', '`  a  `'],
    ['lines', 'a\n\nb', '`a b`'],
  ])('%s', (_, text, span) => {
    expect(codeSpan(text)).toBe(span);
  });

  test('cannot be left: the only run of backticks as long as the first is the last', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const span = codeSpan(text);
        const [fence = ''] = /^`+/.exec(span) ?? [];
        const runs = [...span.matchAll(/`+/g)].filter(([run]) => run.length === fence.length);
        expect(runs).toHaveLength(2);
        expect(span.endsWith(fence)).toBe(true);
        expect(span).not.toMatch(/[\n\r]/);
      }),
    );
  });
});

describe('a fenced block', () => {
  test('keeps lines and tabs, and nothing else that steers', () => {
    expect(codeBlock('a\r\n\tb\u0007', 'diff')).toBe('```diff\na\n\tb\uFFFD\n```');
  });

  test('cannot be left: no line of it but the last closes it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = codeBlock(text).split('\n');
        const fence = lines[0] ?? '';
        const closing = lines.slice(1).filter((line) => new RegExp(`^ {0,3}${fence}\`*\\s*$`).test(line));
        expect(closing).toEqual([fence]);
        expect(lines.at(-1)).toBe(fence);
      }),
    );
  });
});

describe('HTML', () => {
  test('text has no tag, no mention and no reference', () => {
    expect(htmlText('</summary><b>@a #1')).toBe(`&lt;/summary&gt;&lt;b&gt;@${ZW}a #${ZW}1`);
  });

  test('an attribute cannot be left, and its address stays as it is', () => {
    expect(htmlAttribute(`https://x/#1" onclick='a'`)).toBe('https://x/#1&quot; onclick=&#39;a&#39;');
  });

  test('whatever the text, no tag and no quote is left', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(htmlText(text)).not.toMatch(/[<>"'\n\r]|[@#](?!\u200b|39;)/);
        expect(htmlAttribute(text)).not.toMatch(/[<>"'\n\r]/);
      }),
    );
  });
});

describe('prose', () => {
  test.each([
    ['code in a sentence', 'Add `proxy_pass a_b;` here', 'Add `proxy_pass a_b;` here'],
    ['the rest is plain', '<b> `x` @me', `&lt;b&gt; \`x\` @${ZW}me`],
    ['a lone backtick', 'a ` b', 'a \\` b'],
    ['an empty pair', 'a `` b', 'a \\`\\` b'],
    ['a list at its beginning', '- `x`', '\\- `x`'],
  ])('%s', (_, text, escaped) => {
    expect(prose(text)).toBe(escaped);
  });
});

/** Any text, with what matters to Markdown far more often than chance would have it. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '`',
        '``',
        '```',
        '~~~',
        '\n',
        '\n\n',
        '|',
        '\\',
        '<',
        '>',
        '&',
        '@a',
        '#1',
        '$',
        '*',
        '_',
        '[',
        ']',
      ),
      fc.constantFrom('](', '://', 'www.', ' ', '    ', '-', '1.', "'", '"', '\u202E', '\u0000', '</details>'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));
