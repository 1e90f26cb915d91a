import { describe, expect, test } from '@jest/globals';
import { createLog, isOnRunner, type Log } from '../../src/github/log';
import { escapeLogLine, stopCommandsBlock } from '../../src/github/log-text';

/** A log whose clock advances 1.5 s at each look, and what it wrote. */
function record(onRunner: boolean): { log: Log; written: () => readonly string[] } {
  let text = '';
  let time = 0;
  const log = createLog({ write: (some) => (text += some), now: () => (time += 1500), token: () => 'T0KEN', onRunner });
  return { log, written: () => text.split('\n').slice(0, -1) };
}

describe('escapeLogLine', () => {
  test.each([
    { name: 'an ordinary line', line: 'GET / 200 in 3 ms: ok', expected: 'GET / 200 in 3 ms: ok' },
    {
      name: 'two colons inside a line',
      line: 'listening on [::]:80, ns::name',
      expected: 'listening on [::]:80, ns::name',
    },
    { name: 'a command', line: '::error::boo', expected: '\\::error::boo' },
    { name: 'a command after white space', line: ' \t\u00a0::add-mask::a', expected: ' \t\u00a0\\::add-mask::a' },
    { name: 'an old command, anywhere', line: 'x ##[set-env name=PATH]y', expected: 'x ##\\[set-env name=PATH]y' },
    { name: 'the end of a block', line: '::T0KEN::', expected: '\\::T0KEN::' },
    { name: 'colours and cursor moves', line: '\u001b[2Jgone', expected: '\\x1b[2Jgone' },
    { name: 'a command behind a control character', line: '\u0085::error::x', expected: '\\x85::error::x' },
    { name: 'a line break', line: 'a\n::error::b', expected: 'a\\x0a::error::b' },
    { name: 'marks that reorder text', line: 'a\u202eb\u2066', expected: 'a\\u202eb\\u2066' },
    { name: 'letters of the world and emoji', line: 'žluťoučký 日本 👩‍💻', expected: 'žluťoučký 日本 👩‍💻' },
  ])('$name', ({ line, expected }) => {
    expect(escapeLogLine(line)).toBe(expected);
  });
});

describe('stopCommandsBlock', () => {
  test('no line of the text is a command, whatever breaks the lines', () => {
    expect(stopCommandsBlock('a\r\n::error::b\r##[error]c\n::stop-commands::x', 'T').split('\n')).toEqual([
      '::stop-commands::T',
      'a',
      '\\::error::b',
      '##\\[error]c',
      '\\::stop-commands::x',
      '::T::',
    ]);
  });

  test('a text that knew the token could not end the block either', () => {
    expect(stopCommandsBlock('::T::\n##[T]', 'T').split('\n').slice(1, -1)).toEqual(['\\::T::', '##\\[T]']);
  });
});

describe('on a runner', () => {
  test('a message of several lines runs no command', () => {
    const { log, written } = record(true);
    log.line('one\n::error::two');
    expect(written()).toEqual(['one', '\\::error::two']);
  });

  test('foreign text stands in a block', () => {
    const { log, written } = record(true);
    log.foreign('::error::x');
    expect(written()).toEqual(['::stop-commands::T0KEN', '\\::error::x', '::T0KEN::']);
  });

  test('each block has a token of its own that nobody can guess', () => {
    let text = '';
    const log = createLog({ write: (some) => (text += some), onRunner: true });
    log.foreign('a');
    log.foreign('b');
    const tokens = [...text.matchAll(/::stop-commands::([0-9a-f-]{36})\n/g)].map(([, token]) => token);
    expect(new Set(tokens).size).toBe(2);
  });

  test('a group folds, and says how long it took', async () => {
    const { log, written } = record(true);
    await expect(
      log.group('Start\n::error::', () => {
        log.line('inside');
        return Promise.resolve(3);
      }),
    ).resolves.toBe(3);
    expect(written()).toEqual([
      '::group::Start\\x0a::error::',
      'inside',
      '::endgroup::',
      'Start\\x0a::error::: done in 1.5 s',
    ]);
  });

  test('a group ends when its work fails, and the error goes on', async () => {
    const { log, written } = record(true);
    await expect(log.group('Build', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(written()).toEqual(['::group::Build', '::endgroup::', 'Build: failed after 1.5 s']);
  });

  test('a group inside a group is a plain title', async () => {
    const { log, written } = record(true);
    await log.group('outer', () => log.group('inner', () => Promise.resolve()));
    expect(written()).toEqual([
      '::group::outer',
      '▸ inner',
      'inner: done in 1.5 s',
      '::endgroup::',
      'outer: done in 4.5 s',
    ]);
  });
});

describe('in a terminal', () => {
  test('there are no workflow commands', async () => {
    const { log, written } = record(false);
    await log.group('Start', () => {
      log.foreign('a\n::error::b');
      return Promise.resolve();
    });
    expect(written()).toEqual(['▸ Start', 'a', '\\::error::b', 'Start: done in 1.5 s']);
  });

  test.each([
    { env: { GITHUB_ACTIONS: 'true' }, expected: true },
    { env: { GITHUB_ACTIONS: 'false' }, expected: false },
    { env: {}, expected: false },
  ])('$env', ({ env, expected }) => {
    expect(isOnRunner(env)).toBe(expected);
  });
});
