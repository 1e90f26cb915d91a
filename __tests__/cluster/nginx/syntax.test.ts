import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NginxSyntaxError, parseConfig, type Directive } from '../../../src/cluster/nginx/syntax';

describe('words', () => {
  test.each([
    { name: 'plain', text: 'a b c;', words: ['a', 'b', 'c'] },
    { name: 'blanks of every kind', text: ' \t\r\na\t b\r\nc ;', words: ['a', 'b', 'c'] },
    { name: 'quoted', text: `a "b c" 'd e';`, words: ['a', 'b c', 'd e'] },
    { name: 'an empty quoted word', text: 'a "";', words: ['a', ''] },
    { name: 'the other quote inside quotes', text: `a "it's" '"';`, words: ['a', "it's", '"'] },
    { name: 'a quote inside a bare word', text: `a b"c d"e;`, words: ['a', 'b"c', 'd"e'] },
    { name: 'escapes that are undone', text: String.raw`a "\"\\\t\r\n" \'b;`, words: ['a', '"\\\t\r\n', "'b"] },
    {
      name: 'a backslash that stays',
      text: String.raw`a "\.php$" \d;`,
      words: ['a', String.raw`\.php$`, String.raw`\d`],
    },
    { name: 'an escaped blank', text: String.raw`a b\ c;`, words: ['a', String.raw`b\ c`] },
    { name: 'special characters in quotes', text: `a "{;}#";`, words: ['a', '{;}#'] },
    { name: 'a variable in braces', text: 'a x${b}c ${d};', words: ['a', 'x${b}c', '${d}'] },
    { name: 'a closing brace inside a word', text: 'a b}c;', words: ['a', 'b}c'] },
    { name: 'a hash inside a word', text: 'a b#c;', words: ['a', 'b#c'] },
    { name: 'comments', text: '# first; {\na # b;\n c;# d', words: ['a', 'c'] },
    { name: 'a bracket after a quote', text: 'a ( "b");', words: ['a', '(', 'b', ')'] },
    { name: 'a word over two lines', text: 'a "b\nc";', words: ['a', 'b\nc'] },
  ])('$name', ({ text, words }) => {
    expect(parseConfig(text, 'f').map(({ name, args }) => [name, ...args])).toEqual([words]);
  });
});

describe('places', () => {
  const text = '# head\nhttp {\n  server { listen 80; }\n\n  gzip\n    on;\n}\n';

  test('each directive knows its line', () => {
    const [http] = parseConfig(text, 'n.conf');
    const [server, gzip] = http?.block ?? [];

    expect([http, server, server?.block?.[0], gzip].map((one) => [one?.name, one?.file, one?.line])).toEqual([
      ['http', 'n.conf', 2],
      ['server', 'n.conf', 3],
      ['listen', 'n.conf', 3],
      ['gzip', 'n.conf', 5],
    ]);
  });

  test('offsets cut the directive and its block out of the text', () => {
    const server = parseConfig(text, 'n.conf')[0]?.block?.[0];

    expect(text.slice(server?.start, server?.end)).toBe('server { listen 80; }');
    expect(text.slice(server?.blockStart ?? 0, server?.blockEnd ?? 0)).toBe(' listen 80; ');
  });

  test('a quoted name starts at its quote', () => {
    const [directive] = parseConfig(' "a" b;', 'f');

    expect([directive?.name, directive?.start, directive?.end]).toEqual(['a', 1, 7]);
    expect([directive?.block, directive?.blockStart, directive?.blockEnd]).toEqual([null, null, null]);
  });
});

describe('what NGINX refuses', () => {
  test.each([
    { text: 'a', reason: 'unexpected end of file, expecting ";" or "}"', line: 1 },
    { text: 'a\n"b;\n', reason: 'unexpected end of file, expecting ";" or "}"', line: 3 },
    { text: 'a \\', reason: 'unexpected end of file, expecting ";" or "}"', line: 1 },
    { text: 'a {\n b;\n', reason: 'unexpected end of file, expecting "}"', line: 3 },
    { text: 'a;\n}', reason: 'unexpected "}"', line: 2 },
    { text: 'a { b }', reason: 'unexpected "}"', line: 1 },
    { text: '\n;', reason: 'unexpected ";"', line: 2 },
    { text: '{}', reason: 'unexpected "{"', line: 1 },
    { text: 'a "b"c;', reason: 'unexpected "c"', line: 1 },
    { text: 'a "b"#c', reason: 'unexpected "#"', line: 1 },
    { text: 'a {'.repeat(101), reason: 'blocks nested more than 100 deep', line: 1 },
  ])('$text', ({ text, reason, line }) => {
    const parse = (): unknown => parseConfig(text, 'n.conf');

    expect(parse).toThrow(NginxSyntaxError);
    expect(parse).toThrow(expect.objectContaining({ reason, line, message: `${reason} in n.conf:${line}` }));
  });
});

interface Plain {
  readonly words: readonly string[];
  readonly block: readonly Plain[] | null;
}

const blank = fc.constantFrom(' ', '\t', '\n', '\r\n', ' # a comment; } "\n', '\n#\n');

/** A word, and one of the ways to write it. */
const word = fc
  .record({ word: fc.string({ unit: 'grapheme' }), style: fc.constantFrom('bare', '"', "'"), eager: fc.boolean() })
  .map(({ word, style, eager }) => ({ word, written: written(word, style, eager) }));

function written(word: string, style: string, eager: boolean): string {
  const named = word.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\r', '\\r').replaceAll('\n', '\\n');
  if (style !== 'bare')
    return style + (eager ? named : word.replaceAll('\\', '\\\\')).replaceAll(style, `\\${style}`) + style;
  // A bare word cannot hold what would end it, nor start like something else.
  return /^[\w./:$^~*=@-]+$/.test(word) ? word : `"${named.replaceAll('"', '\\"')}"`;
}

const { tree } = fc.letrec<{ tree: { plain: readonly Plain[]; text: string }; one: { plain: Plain; text: string } }>(
  (tie) => ({
    one: fc
      .record({
        words: fc.array(word, { minLength: 1, maxLength: 4 }),
        blanks: fc.array(blank, { minLength: 5, maxLength: 5 }),
        block: fc.option(tie('tree'), { depthSize: 'small', depthIdentifier: 'block' }),
      })
      .map(({ words, blanks, block }) => ({
        plain: { words: words.map((one) => one.word), block: block?.plain ?? null },
        text:
          words.map((one, index) => (blanks[index] ?? '') + one.written).join('') +
          (blanks[4] ?? '') +
          (block === null ? ';' : `{${block.text}}`),
      })),
    tree: fc
      .array(tie('one'), { maxLength: 4, depthIdentifier: 'block' })
      .map((all) => ({ plain: all.map(({ plain }) => plain), text: all.map(({ text }) => text).join('') })),
  }),
);

function plainOf(directives: readonly Directive[]): readonly Plain[] {
  return directives.map(({ name, args, block }) => ({
    words: [name, ...args],
    block: block === null ? null : plainOf(block),
  }));
}

function every(directives: readonly Directive[]): readonly Directive[] {
  return directives.flatMap((directive) => [directive, ...every(directive.block ?? [])]);
}

describe('any tree', () => {
  test('is read back from any way to write it', () => {
    fc.assert(fc.property(tree, ({ plain, text }) => expect(plainOf(parseConfig(text, 'f'))).toEqual(plain)));
  });

  test('has directives that are each a text of their own, on the line that they say', () => {
    fc.assert(
      fc.property(tree, ({ text }) => {
        for (const directive of every(parseConfig(text, 'f'))) {
          const cut = text.slice(directive.start, directive.end);
          expect(plainOf(parseConfig(cut, 'f'))).toEqual(plainOf([directive]));
          expect(text.slice(0, directive.start).split('\n')).toHaveLength(directive.line);
        }
      }),
    );
  });

  test('of characters either parses or throws a syntax error', () => {
    const hostile = fc.string({ unit: fc.constantFrom('a', ' ', '\n', ';', '{', '}', '"', "'", '\\', '#', '$', ')') });
    fc.assert(
      fc.property(hostile, (text) => {
        let error: unknown = null;
        try {
          parseConfig(text, 'f');
        } catch (caught) {
          error = caught;
        }
        expect(error === null || error instanceof NginxSyntaxError).toBe(true);
      }),
    );
  });
});
