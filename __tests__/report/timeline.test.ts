import { describe, expect, test } from '@jest/globals';
import type { ReportInterval, ReportScenario } from '../../src/report/schema';
import { timelineOf } from '../../src/report/timeline';
import { passing } from './reports';

function scenario(
  intervals: readonly Partial<ReportInterval>[],
  fault: ReportScenario['fault'] = null,
): ReportScenario {
  const [base] = passing().scenarios;
  if (base === undefined) throw new Error('a report without scenarios');
  const timeline = intervals.map((interval, index) => ({
    ...{ from: index * 250, due: 10, errors: 0, retried: 0, slowest: 5 },
    ...interval,
  }));
  return { ...base, timeline, fault, interval: 250, duration: intervals.length * 250 - 50 };
}

function sum(rows: ReturnType<typeof timelineOf>, field: 'due' | 'errors'): number {
  return rows.reduce((total, row) => total + (row.kind === 'stretch' ? row[field] : 0), 0);
}

describe('a timeline', () => {
  test('draws quiet intervals together, and ends with the scenario', () => {
    expect(timelineOf(scenario([{}, { slowest: 9 }, {}]))).toEqual([
      { kind: 'stretch', from: 0, to: 700, due: 30, errors: 0, retried: 0, slowest: 9 },
    ]);
  });

  test.each([
    ['an error', { errors: 1 }],
    ['a retry', { retried: 1 }],
    ['a long wait', { slowest: 1_000 }],
  ])('leaves an interval with %s by itself', (_, interval) => {
    const rows = timelineOf(scenario([{}, {}, interval, {}]));
    expect(rows).toMatchObject([{ to: 500 }, { from: 500, to: 750, ...interval }, { from: 750 }]);
  });

  test('puts what was done to the cluster where it belongs', () => {
    const fault = { name: 'crash', victim: 'app2', injectedAt: 300, effectiveAt: 310, tookEffect: true, proof: 'gone' };
    const rows = timelineOf(scenario([{}, {}, {}, {}], { ...fault, healStartedAt: 600, healedAt: 5_000 }));
    expect(rows.map((row) => (row.kind === 'moment' ? row.what : row.from))).toEqual([
      0,
      'crash of app2',
      250,
      'mending of app2 begins',
      500,
      'app2 is ready again',
    ]);
  });

  test('is never a wall: a scenario that errs throughout is told in longer intervals, and nothing is lost', () => {
    const rows = timelineOf(scenario(Array.from({ length: 61 }, () => ({ errors: 1 }))));
    expect(rows.length).toBeLessThanOrEqual(24);
    expect(sum(rows, 'due')).toBe(610);
    expect(sum(rows, 'errors')).toBe(61);
  });
});
