import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { endSteps, outcomeOf, runMain, runPost, type MainResult } from '../support/action';
import { inputsFor, inputsToBuild } from '../support/cluster-inputs';
import { buildAppImage, describeOnDocker, leftoversOf } from '../support/docker';

// Long enough for whatever a busy machine does meanwhile; a run that hangs is longer.
jest.setTimeout(300_000);

/** How often each replica served; round robin over one shared state differs by one at the most. */
function expectEqualShares(distribution: Readonly<Record<string, number>>): void {
  const counts = Object.values(distribution);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
}

/**
 * Every answer is a replica's, but for errors: a POST that was in flight on the victim is answered by NGINX alone, or cut
 * short, and nobody may repeat it.
 */
function expectAttributed(
  { answered, errors }: { readonly answered: number; readonly errors: number },
  served: Readonly<Record<string, number>>,
): void {
  const attributed = Object.values(served).reduce((sum, count) => sum + count, 0);
  expect(attributed).toBeLessThanOrEqual(answered);
  expect(attributed).toBeGreaterThanOrEqual(answered - errors);
}

function measured({ report }: MainResult, metric: string): number | null | undefined {
  return report?.scenarios.flatMap(({ metrics }) => metrics).find((one) => one.metric === metric)?.value;
}

describeOnDocker('an app that keeps its promises, behind the generated configuration', () => {
  let main: MainResult;
  let left: readonly string[];
  beforeAll(async () => {
    main = await runMain(inputsToBuild());
    left = await leftoversOf(main.runId);
  });
  afterAll(endSteps);

  test('it passes', () => {
    expect(outcomeOf(main)).toEqual({ exitCode: 0, verdict: 'pass', because: [] });
    expect(main.log).toMatch(/^Pass · /m);
    expect(main.annotations).toEqual([]);
  });

  test('it spreads the requests evenly', () => {
    const distribution = main.report?.distribution ?? {};

    expect(Object.keys(distribution)).toEqual(['app1', 'app2', 'app3']);
    expect(Object.values(distribution).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(290);
    expectEqualShares(distribution);
  });

  test('it survives a crash that really happened', () => {
    const failover = main.report?.scenarios.find(({ name }) => name === 'failover.crash');

    expect(failover?.fault).toMatchObject({ name: 'crash', tookEffect: true, proof: expect.stringContaining('137') });
    expect(measured(main, 'failover.crash.errors')).toBe(0);
    expect(measured(main, 'failover.crash.unsafe-errors')).toBe(0);
    expect(failover?.counts.retries).toBeGreaterThan(0);
    expect(measured(main, 'failover.crash.recover')).toEqual(expect.any(Number));
  });

  test('its report agrees with itself', () => {
    const { scenarios = [], distribution, cluster } = main.report ?? {};
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

    expect(scenarios.map(({ name }) => name)).toEqual(['rotation', 'failover.crash']);
    expect(cluster?.replicas).toEqual(['app1', 'app2', 'app3']);
    expect(distribution).toEqual(scenarios[0]?.distribution);
    for (const { counts, distribution: served, timeline, phases, fault, duration } of scenarios) {
      expectAttributed(counts, served);
      expect(sum(timeline.map(({ due }) => due))).toBe(counts.requests);
      expect(sum(timeline.map(({ errors }) => errors))).toBe(counts.errors);
      expect(phases.map(({ from }) => from)).toEqual([0, ...phases.slice(0, -1).map(({ to }) => to)]);
      expect(phases.at(-1)?.to).toBeCloseTo(duration, 3);
      const moments = [fault?.injectedAt, fault?.effectiveAt, fault?.healStartedAt, fault?.healedAt].map(Number);
      expect(fault === null ? [] : moments).toEqual(fault === null ? [] : moments.toSorted((a, b) => a - b));
    }
  });

  test('it sets every output', () => {
    const { runId, outputs, report } = main;

    expect(outputs).toEqual({
      verdict: 'pass',
      report: expect.stringMatching(/report\.json$/),
      markdown: expect.stringMatching(/report\.md$/),
      html: expect.stringMatching(/report\.html$/),
      junit: expect.stringMatching(/junit\.xml$/),
      sarif: expect.stringMatching(/report\.sarif$/),
      distribution: JSON.stringify(report?.distribution),
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      network: `lbca-${runId}-calm-fabric`,
      containers: JSON.stringify(['app1', 'app2', 'app3', 'nginx'].map((name) => `lbca-${runId}-calm-${name}`)),
    });
  });

  test('its job summary is the report as Markdown', async () => {
    const markdown = await readFile(main.outputs['markdown'] ?? '', 'utf8');

    expect(main.summary.trim()).toBe(markdown.trim());
    expect(markdown).toMatch(/^### Pass/);
    expect(markdown).toContain('app3');
  });

  test('it leaves nothing, even before the post step, which has nothing to do', async () => {
    const post = await runPost(main);

    expect(left).toEqual([]);
    expect(post).toEqual({ exitCode: 0, log: `Nothing is left of run ${main.runId}.\n` });
  });
});

describeOnDocker('configurations that keep their promises', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  beforeAll(async () => {
    app = await buildAppImage('good');
  });
  afterAll(async () => {
    await endSteps();
    await app.remove();
  });

  test.each(['good-server.conf', 'whole.conf', 'access-log-off.conf'])(
    '%s passes, with evidence for every request',
    async (file) => {
      const main = await runMain(inputsFor(app.tag, { 'nginx-config': `fixtures/nginx/${file}` }));

      expect(outcomeOf(main)).toEqual({ exitCode: 0, verdict: 'pass', because: [] });
      expect(main.report?.cluster.config).toMatchObject({ source: 'user', file: `fixtures/nginx/${file}` });
      expectEqualShares(main.report?.distribution ?? {});
      for (const { counts, distribution } of main.report?.scenarios ?? []) expectAttributed(counts, distribution);
      expect(await leftoversOf(main.runId)).toEqual([]);
    },
  );
});
