import { describe, expect, test } from '@jest/globals';
import type { LastWords } from '../../../src/checks/evidence';
import { logEnd } from '../../../src/verdict/diagnosis/last-words';
import { configOf, diagnosed } from '../../support/diagnosed';
import { attempt, rotationEvidence, sample, steady } from '../../support/evidence';

const broken = sample({ at: 3_000, attempts: [attempt('app2', { status: 500 })] });

function saidOf(lastWords: readonly LastWords[]): { readonly evidence: string; readonly fix: string } {
  const [found] = diagnosed(configOf(), [{ ...rotationEvidence([...steady(0, 300), broken]), lastWords }]);
  if (found?.id !== 'app-errors') throw new Error(`${found?.id ?? 'nothing'} was found`);
  return found;
}

describe('what a container that did not start wrote last', () => {
  test.each([
    { what: 'nothing', lines: [], said: 'It wrote nothing to its log.' },
    { what: 'its last lines', lines: ['1', '2', '3', '4', '5', ' 6 '], said: 'Its last log lines: 2 / 3 / 4 / 5 / 6' },
    {
      what: 'no more of a line than can be read',
      lines: ['x'.repeat(5_000)],
      said: `Its last log lines: ${'x'.repeat(200)}`,
    },
  ])('$what', ({ lines, said }) => {
    expect(logEnd(lines)).toBe(said);
  });
});

describe('what the replica that failed wrote last', () => {
  test('is quoted, its complaints before all else', () => {
    const lines = ['GET / 200', 'KeyError: cart', 'GET / 500', 'GET / 200', 'GET / 200', 'GET / 200'];
    expect(saidOf([{ hostname: 'app2', lines }]).evidence).toMatch(/ app2 wrote: KeyError: cart\.$/);
  });

  test('is quoted as it is where nothing sounds like a complaint', () => {
    const lines = ['one', 'two', 'three', 'four'];
    expect(saidOf([{ hostname: 'app2', lines }]).evidence).toMatch(/ app2 wrote: two \/ three \/ four\.$/);
  });

  test.each([
    [['[2026-11-29 13:46:21 +0000] [7] [INFO] Booting worker with pid: 7', '198.18.0.1 - - "GET / HTTP/1.1" 500 -']],
    [['Traceback (most recent call last):', 'BrokenPipeError: [Errno 32] Broken pipe']],
    [["Exception occurred during processing of request from ('198.18.0.1', 3)", 'ConnectionResetError: [Errno 104]']],
  ])('is left out where it says nothing of a cause: %j', (lines) => {
    expect(saidOf([{ hostname: 'app2', lines }]).evidence).not.toContain('wrote');
  });

  test('is left out where another replica wrote it', () => {
    expect(saidOf([{ hostname: 'app1', lines: ['KeyError'] }]).evidence).not.toContain('wrote');
  });

  test('is cut to a length that can be read', () => {
    const { evidence } = saidOf([{ hostname: 'app2', lines: [`Error: ${'x'.repeat(5_000)}`] }]);
    expect(evidence.length).toBeLessThan(500);
  });

  test.each([
    "[Errno 30] Read-only file system: '/srv/access.log'",
    'sqlite3.OperationalError: attempt to write a readonly database',
  ])('tells of a file system that cannot be written to: %s', (line) => {
    expect(saidOf([{ hostname: 'app2', lines: [line] }]).fix).toContain('input hardening');
    expect(saidOf([{ hostname: 'app2', lines: ['KeyError'] }]).fix).not.toContain('input hardening');
  });
});
