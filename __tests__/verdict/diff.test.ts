import { describe, expect, test } from '@jest/globals';
import { diffOf } from '../../src/verdict/diagnosis/diff';

const TEXT =
  'upstream app {\n    server a;\n    server b;\n}\n\nserver {\n    listen 80;\n\n    location / {\n        proxy_pass http://app;\n    }\n}\n';

describe('a diff of several changes', () => {
  test('joins changes that are close into one hunk', () => {
    const changes = [2, 3].map((line) => ({ kind: 'replace' as const, line, lines: [`server x${line};`] }));
    expect(diffOf(TEXT, ...changes)).toBe(
      [
        '@@ -1,5 +1,5 @@',
        ' upstream app {',
        '-    server a;',
        '+    server x2;',
        '-    server b;',
        '+    server x3;',
        ' }',
        ' ',
      ].join('\n'),
    );
  });

  test('counts what earlier hunks added into the place of later ones', () => {
    const diff = diffOf(
      TEXT,
      { kind: 'replace', line: 10, lines: ['proxy_pass http://other;'] },
      { kind: 'insert-after', line: 1, lines: ['zone app 64k;'] },
    );
    expect(diff).toContain('@@ -1,3 +1,4 @@');
    expect(diff).toContain('+    zone app 64k;');
    expect(diff).toContain('@@ -8,5 +9,5 @@');
  });

  test('puts a block before a line, with its own indentation', () => {
    const diff = diffOf(TEXT, { kind: 'insert-before', line: 6, lines: ['upstream b {', '    server c;', '}', ''] });
    expect(diff).toContain('+upstream b {\n+    server c;\n+}\n+\n server {');
  });

  test.each([0, 13])('is null for line %i, which is not there', (line) => {
    expect(diffOf(TEXT, { kind: 'replace', line, lines: [] })).toBeNull();
  });
});
