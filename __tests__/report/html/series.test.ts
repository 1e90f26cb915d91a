import { describe, expect, test } from '@jest/globals';
import { buildSeries } from '../../../src/report/html/series';
import { shares, thinned } from '../../../src/report/html/series-limits';
import { attempt, crashEvidence, rotationEvidence, sample, START, steady, unconnected } from '../../support/evidence';
import { syntheticScenario } from '../../support/synthetic-run';

const AMPLE = { points: 1_000, requests: 100, attempts: 100 };

describe('the points', () => {
  const [series] = buildSeries([
    rotationEvidence([
      sample({ at: 0, waited: 6.26, attempts: [attempt('app1')] }),
      sample({ at: 10.4, attempts: [unconnected('app1', 1), attempt('app3')] }),
      sample({ at: 20, outcome: { kind: 'timeout' }, waited: 5_000, attempts: null }),
      sample({ at: 30, outcome: { kind: 'abandoned' }, attempts: null }),
      sample({ at: 40, outcome: { kind: 'answered', status: 502 }, attempts: [unconnected('app2', 1)] }),
    ]),
  ]);

  test('tell when each was due, by differences', () => {
    expect(series?.points.at).toEqual([0, 10, 10, 10, 10]);
  });

  test('tell the wait in tenths of a millisecond', () => {
    expect(series?.points.wait.slice(0, 3)).toEqual([63, 60, 50_000]);
  });

  test('tell who served, and what it came to', () => {
    expect(series?.replicas).toEqual(['app1', 'app2', 'app3']);
    expect(series?.points.server).toEqual([0, 2, -1, -1, -1]);
    expect(series?.points.kind).toEqual([0, 1, 2, 3, 2]);
  });
});

describe('the requests', () => {
  const failed = sample({
    at: 30,
    method: 'POST',
    outcome: { kind: 'timeout' },
    waited: 9_000,
    attempts: [unconnected('app2', 8_999, 504)],
  });
  const retried = sample({
    at: 10,
    attempts: [unconnected('198.18.0.99:5000', 1), attempt('app3', { responseMs: 4.6 })],
  });
  const late = sample({ at: 20, waited: 1_500, delayMs: 400, attempts: [attempt('app1')] });
  const evidence = rotationEvidence([sample({ at: 0, attempts: [attempt('app1')] }), retried, late, failed]);
  const requests = buildSeries([evidence], AMPLE)[0]?.requests;

  test('are those that failed, were retried or waited, in the order of time', () => {
    expect(requests?.id).toEqual([retried.id, late.id, failed.id]);
    expect(requests?.kind).toEqual([1, 0, 2]);
    expect(requests?.at).toEqual([10, 20, 30]);
    expect(requests?.way).toEqual([0, 0, 2]);
    expect(requests?.asked).toEqual([0, 400, 0]);
    expect(requests?.outcome.map((index) => requests.words[index])).toEqual(['200', '200', 'timeout']);
  });

  test('have every attempt, one after the other', () => {
    expect(requests?.attempts).toEqual([2, 1, 1]);
    expect(requests?.server.map((index) => requests.words[index])).toEqual([
      '198.18.0.99:5000',
      'app3',
      'app1',
      'app2',
    ]);
    expect(requests?.status).toEqual([502, 200, 200, 504]);
    expect(requests?.connect).toEqual([-1, 0, 0, -1]);
    expect(requests?.response).toEqual([1, 5, 5, 8_999]);
  });

  test.each<[what: string, limits: typeof AMPLE, ids: readonly string[]]>([
    ['two requests', { ...AMPLE, requests: 2 }, [late.id, failed.id]],
    ['two attempts', { ...AMPLE, attempts: 2 }, [late.id, failed.id]],
    ['one attempt', { ...AMPLE, attempts: 1 }, [failed.id]],
  ])('with room for %s the worst are there, and the others counted', (_, limits, ids) => {
    const fitted = buildSeries([evidence], limits)[0]?.requests;
    expect(fitted?.id).toEqual(ids);
    expect(fitted?.left).toBe(3 - ids.length);
    expect(fitted?.server).toHaveLength(fitted?.attempts.reduce((sum, count) => sum + count, 0) ?? -1);
  });
});

test('a scenario without traffic has no series', () => {
  expect(buildSeries([rotationEvidence([])])).toEqual([]);
});

test('a request that was due before the scenario counted does not turn the time back', () => {
  const [series] = buildSeries([{ ...crashEvidence(steady(0, 3)), startedAt: START + 5 }]);
  expect(series?.points.at.every((step) => step >= 0)).toBe(true);
});

test('with little room ordinary requests are thinned, and all others kept while they fit', () => {
  const evidence = syntheticScenario({
    fault: 'crash',
    replicas: 3,
    samples: 2_000,
    rate: 100,
    fate: 'fails',
    oneIn: 50,
  });
  const all = buildSeries([evidence])[0]?.points;
  const thin = buildSeries([evidence], { points: 400, requests: 10, attempts: 10 })[0]?.points;
  const failed = (kinds: readonly number[] = []): number => kinds.filter((kind) => kind === 2).length;
  expect(thin?.at.length).toBeLessThanOrEqual(400);
  expect(thin?.every).toBeGreaterThan(1);
  expect(failed(all?.kind)).toBeGreaterThan(0);
  expect(failed(thin?.kind)).toBe(failed(all?.kind));
});

test.each<[needs: readonly number[], total: number, given: readonly number[]]>([
  [[5, 5], 100, [5, 5]],
  [[1, 100, 100], 21, [1, 10, 10]],
  [[100, 1], 10, [9, 1]],
  [[], 10, []],
  [[7], 0, [0]],
])('needs of %j share %d as %j', (needs, total, given) => {
  expect(shares(needs, total)).toEqual(given);
});

test.each([0, 1, 2, 10, 1_000])('never more are chosen than there is room for: %d', (room) => {
  const kinds = Array.from({ length: 500 }, (_, index) => (index % 7 === 0 ? 2 : 0));
  expect(thinned(kinds, room).chosen.length).toBeLessThanOrEqual(Math.max(2, room));
});
