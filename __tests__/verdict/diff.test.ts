import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Change } from '../../src/verdict/diagnosis/diff';
import { diffOf } from '../../src/verdict/diagnosis/diff';
import { patched } from '../support/patched';

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

  test('adds lines that end as the others do', () => {
    const text = TEXT.replaceAll('\n', '\r\n');
    const diff = diffOf(
      text,
      { kind: 'insert-after', line: 1, lines: ['zone app 64k;', ''] },
      { kind: 'replace', line: 10, lines: ['proxy_pass http://other;\r'] },
    );
    expect(diff?.split('\n').filter((line) => !line.startsWith('@@') && !line.endsWith('\r'))).toEqual([]);
    expect(diff).toContain('+    zone app 64k;\r\n+\r\n');
    expect(diff).toContain('+        proxy_pass http://other;\r\n     }');
  });

  test('says that the last line has no end, as patch and git want it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lb-cluster-diff-'));
    try {
      await writeFile(join(folder, 'nginx.conf'), TEXT.trimEnd());
      const diff = diffOf(TEXT.trimEnd(), { kind: 'insert-after', line: 10, lines: ['proxy_read_timeout 5s;'] });
      expect(diff).toMatch(/ }\n\\ No newline at end of file$/);
      const patch = `--- a/nginx.conf\n+++ b/nginx.conf\n${diff ?? ''}\n`;
      execFileSync('git', ['apply', '-'], { cwd: folder, input: patch });
      const after = await readFile(join(folder, 'nginx.conf'), 'utf8');
      expect(after).toBe(TEXT.trimEnd().replace(/(proxy_pass.*)/, '$1\n        proxy_read_timeout 5s;'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test.each([0, 13])('is null for line %i, which is not there', (line) => {
    expect(diffOf(TEXT, { kind: 'replace', line, lines: [] })).toBeNull();
  });
});

/** What the changes come to, done by hand from the last line to the first. */
function changed(text: string, changes: readonly Change[]): string {
  const lines = text.split('\n').slice(0, -1);
  for (const { kind, line, count = 1, lines: added } of changes.toSorted((a, b) => b.line - a.line)) {
    const start = kind === 'insert-after' ? line : line - 1;
    lines.splice(start, kind === 'replace' ? count : 0, ...added);
  }
  return [...lines, ''].join('\n');
}

describe('any changes to different lines', () => {
  const word = fc.constantFrom('a', 'b', 'c', 'listen 80;', '');
  const change = fc.record({
    kind: fc.constantFrom('replace' as const, 'insert-after' as const, 'insert-before' as const),
    gap: fc.integer({ min: 0, max: 7 }),
    count: fc.integer({ min: 1, max: 3 }),
    lines: fc.array(word, { maxLength: 3 }),
  });

  test('make a diff that patches the text into what they come to', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), fc.array(change, { minLength: 1, maxLength: 5 }), (rest, made) => {
        let line = 0;
        const changes = made.map(({ gap, count, ...one }): Change => {
          const first = line + 1 + gap;
          line = one.kind === 'replace' ? first + count - 1 : first;
          return { ...one, line: first, ...(one.kind === 'replace' ? { count } : {}) };
        });
        const text = [...Array.from({ length: line }, (_, index) => `line ${index + 1};`), ...rest, ''].join('\n');
        expect(patched(text, diffOf(text, ...changes) ?? '')).toBe(changed(text, changes));
        // A file that ends without a line end; one that ends with an empty line has one all the same.
        const unended = text.replace(/(?<=[^\n])\n$/, '');
        expect(patched(unended, diffOf(unended, ...changes) ?? '')).toBe(changed(text, changes));
        // In whatever order they are given.
        expect(diffOf(text, ...changes.toReversed())).toBe(diffOf(text, ...changes));
      }),
    );
  });
});
