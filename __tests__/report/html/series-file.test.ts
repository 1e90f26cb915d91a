import { describe, expect, test } from '@jest/globals';
import type { Series } from '../../../src/report/html/series';
import { buildSeries } from '../../../src/report/html/series';
import { fitSeries } from '../../../src/report/html/series-fit';
import { seriesFileSchema, seriesJson } from '../../../src/report/html/series-schema';
import { withPart } from '../../../src/report/merge-series';
import { attempt, rotationEvidence, sample, steady, unconnected } from '../../support/evidence';
import { failedRun, passedRun } from '../../support/synthetic-report';
import { largestRun } from '../../support/synthetic-run';

const ROOMY = { points: 1e6, requests: 1e6, attempts: 1e6 };

const tried = buildSeries([
  rotationEvidence([
    ...steady(0, 6),
    sample({ at: 70, attempts: [unconnected('app1', 1), attempt('app3')] }),
    sample({ at: 80, attempts: [unconnected('198.18.0.99:5000', 9_000, 504)], outcome: { kind: 'timeout' } }),
    sample({ at: 90, waited: 1_500, attempts: [attempt('app2')] }),
  ]),
]);
const [only] = tried;
if (only === undefined) throw new Error('There is one');

/** What comes out of the file. */
function read(text: string): readonly Series[] | string {
  const result = seriesFileSchema.safeParse(JSON.parse(text));
  return result.success ? result.data.series : (result.error.issues[0]?.message ?? '');
}

describe('series.json', () => {
  test.each<[name: string, series: readonly Series[]]>([
    ['requests of every kind', tried],
    ['a pass', buildSeries(passedRun().scenarios)],
    ['a failure', buildSeries(failedRun().scenarios)],
    ['nothing', []],
  ])('%s come back as they were written', (_, series) => {
    expect(read(seriesJson(series))).toEqual(series);
  });

  test('of the largest run it is read, and no larger than is taken', () => {
    const series = buildSeries(largestRun());
    const text = seriesJson(series);
    expect(read(text)).toEqual(series);
    expect(text.length).toBeLessThan(8 * 1024 * 1024);
  });

  const { points, requests } = only;
  test.each<[name: string, series: unknown]>([
    ['a column that is shorter', { ...only, points: { ...points, wait: points.wait.slice(1) } }],
    ['a request without an outcome', { ...only, requests: { ...requests, outcome: requests.outcome.slice(1) } }],
    ['attempts that there are not', { ...only, requests: { ...requests, attempts: requests.attempts.map(() => 9) } }],
    ['an attempt without a status', { ...only, requests: { ...requests, status: requests.status.slice(1) } }],
    ['a word that there is not', { ...only, requests: { ...requests, words: [] } }],
    ['a replica that there is not', { ...only, replicas: ['app1'] }],
    ['a time that goes back', { ...only, points: { ...points, at: points.at.map(() => -1) } }],
    ['an endless time', { ...only, points: { ...points, wait: points.wait.map(() => 1e300) } }],
    ['a kind of its own', { ...only, points: { ...points, kind: points.kind.map(() => 4) } }],
    ['an endless word', { ...only, requests: { ...requests, words: requests.words.map(() => 'x'.repeat(1_000)) } }],
    ['a field of its own', { ...only, html: '<b>' }],
    ['no object', 'rotation'],
  ])('with %s is refused', (_, series) => {
    expect(read(JSON.stringify({ schemaVersion: 1, series: [series] }))).toEqual(expect.any(String));
  });
});

describe('series of several runs in one page', () => {
  const failed = buildSeries(failedRun().scenarios);
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

  test('are as they were where there is room', () => {
    expect(fitSeries([...failed, ...tried], ROOMY)).toEqual([...failed, ...tried]);
  });

  test('keep the bounds of one where there is not, and say what was left out', () => {
    const limits = { points: 500, requests: 20, attempts: 30 };
    const fitted = fitSeries([...failed, ...failed], limits);

    expect(read(seriesJson(fitted))).toEqual(fitted);
    expect(sum(fitted.map(({ points }) => points.at.length))).toBeLessThanOrEqual(limits.points);
    expect(sum(fitted.map(({ requests }) => requests.id.length))).toBeLessThanOrEqual(limits.requests);
    expect(sum(fitted.map(({ requests }) => requests.server.length))).toBeLessThanOrEqual(limits.attempts);
    fitted.forEach(({ requests, points }, index) => {
      const before = failed[index % failed.length];
      expect(requests.id.length + requests.left).toBe(before?.requests.id.length);
      expect(sum(points.at)).toBeLessThanOrEqual(sum(before?.points.at ?? []));
    });
  });

  test('the worst request stays, with its attempts in its own words', () => {
    const [one] = fitSeries(tried, { points: 4, requests: 1, attempts: 1 });
    expect(one?.requests).toMatchObject({ outcome: [0], attempts: [1], server: [1], status: [504], left: 2 });
    expect(one?.requests.words).toEqual(['timeout', '198.18.0.99:5000']);
  });

  test('a request is drawn at its own instant also when the one before is not', () => {
    const [one] = fitSeries(tried, { points: 6, requests: 9, attempts: 9 });
    const instants = (steps: readonly number[]): readonly number[] =>
      steps.map((_, end) => sum(steps.slice(0, end + 1)));
    const drawn = instants(one?.points.at ?? []);
    expect(drawn.length).toBeLessThan(only.points.at.length);
    expect(instants(only.points.at)).toEqual(expect.arrayContaining([...drawn]));
    expect(drawn).toEqual(expect.arrayContaining([70, 80]));
  });

  test('ordinary requests that stand for others stand for more', () => {
    const once = fitSeries(failed, { ...ROOMY, points: 2_000 });
    const twice = fitSeries(once, { ...ROOMY, points: 500 });
    const everyOf = (series: readonly Series[]): number => Math.max(...series.map(({ points }) => points.every));
    expect(everyOf(once)).toBeGreaterThan(1);
    expect(everyOf(twice) % everyOf(once)).toBe(0);
    expect(everyOf(twice)).toBeGreaterThan(everyOf(once));
  });
});

describe('a part', () => {
  const part = { id: 'shop-1', cluster: 'shop', scenarios: ['rotation'] };

  test.each([
    ['the only cluster', false, 'rotation'],
    ['one of several clusters', true, 'rotation (shop)'],
  ])('of %s has the names of the merged report', (_, several, name) => {
    expect(withPart([], part, tried, several)).toEqual([{ ...only, scenario: name }]);
  });

  test('has no say about scenarios that were planned for another', () => {
    const forged = { ...only, scenario: 'failover.crash' };
    expect(withPart([], part, [forged], false)).toEqual([]);
    expect(withPart([forged], part, [only, only], false)).toEqual([forged, only]);
  });
});
