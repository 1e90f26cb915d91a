import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lineOfFailure, readDockerfile, stageOf } from '../../src/verdict/dockerfile';

/** Each instruction as `first-last KEYWORD args`. */
function read(...lines: readonly string[]): readonly string[] {
  return readDockerfile(lines.join('\n')).map(
    ({ keyword, args, line, endLine }) => `${line}-${endLine} ${keyword} ${args}`,
  );
}

describe('instructions', () => {
  test.each<{ what: string; lines: readonly string[]; read: readonly string[] }>([
    { what: 'one a line', lines: ['FROM a', 'RUN b'], read: ['1-1 FROM a', '2-2 RUN b'] },
    { what: 'in any case, indented', lines: ['from a', '  Run  b  '], read: ['1-1 FROM a', '2-2 RUN b'] },
    { what: 'a tab behind the word', lines: ['USER\troot'], read: ['1-1 USER root'] },
    { what: 'empty lines and comments', lines: ['# x', '', '  # USER root', 'FROM a'], read: ['4-4 FROM a'] },
    { what: 'a hash inside', lines: ['RUN echo # USER root'], read: ['1-1 RUN echo # USER root'] },
    { what: 'over two lines', lines: ['RUN a \\', '  b', 'USER c'], read: ['1-2 RUN a b', '3-3 USER c'] },
    { what: 'blanks behind the backslash', lines: ['RUN a \\  ', 'USER b'], read: ['1-2 RUN a USER b'] },
    {
      what: 'comments and gaps between its lines',
      lines: ['ENV A=1 \\', '# not B', '', '    C=2', 'USER d'],
      read: ['1-4 ENV A=1 C=2', '5-5 USER d'],
    },
    { what: 'a comment that seems to go on', lines: ['# a \\', 'USER b'], read: ['2-2 USER b'] },
    { what: 'a backslash at the very end', lines: ['FROM a', 'RUN b \\'], read: ['1-1 FROM a', '2-2 RUN b'] },
    { what: 'a word without arguments', lines: ['RUN'], read: ['1-1 RUN '] },
    { what: 'Windows lines', lines: ['FROM a\r', 'RUN b \\\r', ' c\r'], read: ['1-1 FROM a', '2-3 RUN b c'] },
    { what: 'a mark of the byte order', lines: ['\uFEFFFROM a'], read: ['1-1 FROM a'] },
    {
      what: 'another sign of going on',
      lines: ['# syntax=docker/dockerfile:1', '# escape=`', 'RUN dir C:\\', 'RUN a `', 'b'],
      read: ['3-3 RUN dir C:\\', '4-5 RUN a b'],
    },
    {
      what: 'which counts only at the head',
      lines: ['FROM a', '# escape=`', 'RUN b `', 'USER c'],
      read: ['1-1 FROM a', '3-3 RUN b `', '4-4 USER c'],
    },
  ])('$what', ({ lines, read: expected }) => {
    expect(read(...lines)).toEqual(expected);
  });
});

describe('here-documents', () => {
  test.each<{ what: string; lines: readonly string[]; read: readonly string[] }>([
    {
      what: 'hold no instructions',
      lines: ['RUN <<EOF', 'USER root', 'EOF', 'USER app'],
      read: ['1-3 RUN <<EOF', '4-4 USER app'],
    },
    {
      what: 'in quotes, indented',
      lines: ["COPY <<-'END' /a", '\tUSER root', '\tEND', 'USER app'],
      read: ["1-3 COPY <<-'END' /a", '4-4 USER app'],
    },
    {
      what: 'two of them',
      lines: ['COPY <<A <<B /d/', 'USER root', 'A', 'USER toor', 'B', 'USER app'],
      read: ['1-5 COPY <<A <<B /d/', '6-6 USER app'],
    },
    {
      what: 'whose mark also stands within a line',
      lines: ['RUN <<EOF', 'echo EOF', ' EOF', 'USER root', 'EOF', 'USER app'],
      read: ['1-5 RUN <<EOF', '6-6 USER app'],
    },
    {
      what: 'whose mark is indented and must not be',
      lines: ['RUN <<EOF', '\tEOF', 'USER root', 'EOF', 'USER app'],
      read: ['1-4 RUN <<EOF', '5-5 USER app'],
    },
    {
      what: 'that never end are none',
      lines: ['RUN cat <<EOF', 'USER app'],
      read: ['1-1 RUN cat <<EOF', '2-2 USER app'],
    },
    {
      what: 'of instructions that know none',
      lines: ['ENV A=<<EOF', 'USER app', 'EOF x'],
      read: ['1-1 ENV A=<<EOF', '2-2 USER app', '3-3 EOF x'],
    },
    {
      what: 'a string handed to a shell is none',
      lines: ['RUN cat <<<EOF', 'USER app', 'EOF'],
      read: ['1-1 RUN cat <<<EOF', '2-2 USER app', '3-3 EOF '],
    },
  ])('$what', ({ lines, read: expected }) => {
    expect(read(...lines)).toEqual(expected);
  });
});

describe('stages', () => {
  const file = [
    'ARG V=3',
    'FROM python:${V} AS Base',
    'USER base',
    'FROM node AS assets',
    'RUN build',
    'FROM --platform=linux/amd64 base AS app',
    'COPY --from=assets /a /a',
    'FROM app',
    'CMD ["x"]',
  ].join('\n');
  const stage = (target: string | null, text = file): readonly string[] =>
    stageOf(readDockerfile(text), target).map(({ keyword, args }) => `${keyword} ${args.split(' ')[0] ?? ''}`);

  test.each([
    {
      what: 'the last one, with all that it is built upon',
      target: null,
      lines: [
        'FROM python:${V}',
        'USER base',
        'FROM --platform=linux/amd64',
        'COPY --from=assets',
        'FROM app',
        'CMD ["x"]',
      ],
    },
    { what: 'one by name', target: 'assets', lines: ['FROM node', 'RUN build'] },
    { what: 'in any case', target: 'ASSETS', lines: ['FROM node', 'RUN build'] },
    { what: 'one by number', target: '0', lines: ['FROM python:${V}', 'USER base'] },
    { what: 'one that is not there', target: 'test', lines: [] },
    { what: 'a number that is not there', target: '9', lines: [] },
  ])('$what', ({ target, lines }) => {
    expect(stage(target)).toEqual(lines);
  });

  test('an image of the same name as a later stage is no parent', () => {
    expect(stage('app', 'FROM late AS app\nUSER a\nFROM alpine AS late\nUSER b')).toEqual(['FROM late', 'USER a']);
  });

  test('a stage cannot be built upon itself', () => {
    expect(stage(null, 'FROM app AS app\nUSER a')).toEqual(['FROM app', 'USER a']);
  });

  test('no stage at all', () => {
    expect(stage(null, 'RUN a')).toEqual([]);
    expect(stage(null, '')).toEqual([]);
  });
});

describe('any text', () => {
  const piece = fc.constantFrom(
    ...[
      'FROM a AS b',
      'FROM b',
      'RUN <<EOF',
      'EOF',
      'USER x',
      '\\',
      ' ',
      '\n',
      '\r\n',
      '# c',
      '# escape=`',
      '`',
      'ENV',
      '\t',
      '<<A <<B',
    ],
  );
  test('is read without an error, into instructions in order, each on lines that are there', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((all) => all.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          const lines = text.split('\n').length;
          let last = 0;
          for (const { keyword, line, endLine } of readDockerfile(text)) {
            expect(keyword).toMatch(/^[A-Z]+$/);
            expect(line).toBeGreaterThan(last);
            expect(endLine).toBeGreaterThanOrEqual(line);
            expect(endLine).toBeLessThanOrEqual(lines);
            last = endLine;
          }
          for (const target of [null, 'b', '0']) stageOf(readDockerfile(text), target);
        },
      ),
    );
  });
});

describe('where a build failed', () => {
  const TEXT = 'FROM a AS builder\nRUN make \\\n    all\nFROM b\nCOPY x /x\nRUN true\nRUN true\n';
  const at = (step: string | null, cause: string | null = null): number | null => lineOfFailure(TEXT, { step, cause });
  test.each([
    { what: 'in the words of the classic builder', step: 'RUN make     all', line: 2 },
    { what: 'in those of buildx', step: '[builder 2/2] RUN make     all', line: 2 },
    { what: 'by another instruction', step: '[stage-1 2/4] COPY x /x', line: 5 },
    { what: 'not where two say the same', step: 'RUN true', line: null },
    { what: 'not where none says that', step: 'RUN make', line: null },
    { what: 'not where the builder names none', step: null, line: null },
  ])('$what', ({ step, line }) => {
    expect(at(step)).toBe(line);
  });

  test.each([
    'Error response from daemon: dockerfile parse error line 3: unknown instruction: FORM',
    'ERROR: failed to solve: dockerfile parse error on line 3: unknown instruction: FORM',
  ])('by a line that no builder can read: %s', (cause) => {
    expect(at(null, cause)).toBe(3);
  });
});
