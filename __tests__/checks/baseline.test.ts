import { describe, expect, test } from '@jest/globals';
import { overdue, pointless } from '../../src/checks/baseline';
import type { Sample } from '../../src/traffic/sample';
import { attempt, REPLICAS, sample, START, unanswered } from '../support/evidence';

const SLOW = { perSecond: 6, delayMs: 1_000 };
const NOW = START + 1_400;
const ended = (waited: number): Sample => sample({ at: 0, waited, attempts: [attempt('app1')] });

/** What has ended, and when those that have not were due, in milliseconds after the start. */
function seen(samples: readonly Sample[], waiting: readonly number[]): number {
  const outstandingBefore = (instant: number): number => waiting.filter((at) => START + at <= instant).length;
  return overdue({ samples: () => samples, outstandingBefore }, SLOW, NOW);
}

const many = (count: number, at: number): readonly number[] => Array.from({ length: count }, () => at);

describe('requests that hang while nothing is broken', () => {
  test('are those that wait much longer than others did, beyond those that asked for it', () => {
    expect(seen([ended(5)], many(40, 200))).toBe(40 - 7);
  });

  test('none, where so many asked to wait', () => {
    expect(seen([ended(5)], many(7, 200))).toBe(0);
  });

  test('none, where all take as long', () => {
    expect(seen([ended(1_000)], many(40, 200))).toBe(0);
  });

  test('none, where they were due just now', () => {
    expect(seen([ended(5)], many(40, 1_000))).toBe(0);
  });
});

describe('breaking something is pointless', () => {
  const repeated = (one: Sample, count = 40): readonly Sample[] => Array.from({ length: count }, () => one);
  const refused = sample({ at: 0, attempts: [], outcome: { kind: 'answered', status: 403 } });
  const unreached = sample({
    at: 0,
    attempts: [unanswered('app1', 5, 502)],
    outcome: { kind: 'answered', status: 502 },
  });
  const failing = sample({
    at: 0,
    attempts: [attempt('app1', { status: 500 })],
    outcome: { kind: 'answered', status: 500 },
  });
  const unlogged = sample({ at: 0, attempts: null });

  test.each<[name: string, samples: readonly Sample[], isPointless: boolean]>([
    ['where NGINX answers all by itself', repeated(refused), true],
    ['where no replica is reached', repeated(unreached, 10), true],
    ['not where one has answered once', [...repeated(unreached), ended(5)], false],
    ['not where the app itself fails', repeated(failing), false],
    ['not where it is unknown who answered', repeated(unlogged), false],
    ['not where next to nothing was asked', repeated(refused, 9), false],
  ])('%s', (_name, samples, isPointless) => {
    expect(pointless(samples, REPLICAS) !== null).toBe(isPointless);
  });
});
