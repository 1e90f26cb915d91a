import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Report } from '../../src/report/schema';
import { endSteps, outcomeOf, runMain, type Inputs, type MainResult } from '../support/action';
import { inputsFor, inputsToBuild } from '../support/cluster-inputs';
import { buildAppImage, createWorkspace, describeOnDocker, docker, leftoversOf, TEST_LABEL } from '../support/docker';

// Long enough for whatever a busy machine does meanwhile; a run that hangs is longer.
jest.setTimeout(300_000);

const MARK = `rollout-${process.pid}`;

/** An image made from another one, that belongs to this file. */
async function derive(name: string, dockerfile: readonly string[]): Promise<string> {
  const tag = `lbca-test-rollout:${name}-${process.pid}`;
  const { folder, remove } = await createWorkspace({ Dockerfile: dockerfile.join('\n') });
  try {
    await docker('build', '--quiet', '--force-rm', '--label', `${TEST_LABEL}=${MARK}`, '--tag', tag, folder);
    return tag;
  } finally {
    await remove();
  }
}

function rolloutOf({ report }: MainResult): NonNullable<Report['scenarios'][number]['rollout']> {
  const rollout = report?.scenarios.find(({ name }) => name === 'rollout')?.rollout;
  if (rollout == null) throw new Error('no rolling update in the report');
  return rollout;
}

function versions(main: MainResult): readonly string[] {
  return rolloutOf(main).steps.map(
    ({ replica, versionBefore, versionAfter }) => `${replica} ${versionBefore ?? '?'} to ${versionAfter ?? '?'}`,
  );
}

function gate({ report }: MainResult, metric: string): Report['gates'][number] | undefined {
  return report?.gates.find((one) => one.metric === metric);
}

const TO_2 = ['app1', 'app2', 'app3'].map((name) => `${name} 1.0.0 to 2.0.0`);

describeOnDocker('a rolling update under traffic', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  let next: string;
  let stillborn: string;
  let relabelled: string;

  beforeAll(async () => {
    app = await buildAppImage('rollout');
    next = await derive('next', [`FROM ${app.tag}`, 'ENV APP_VERSION=2.0.0']);
    stillborn = await derive('stillborn', [`FROM ${app.tag}`, 'CMD ["sleep", "600"]']);
    relabelled = await derive('relabelled', [`FROM ${app.tag}`, 'LABEL built=again']);
  });
  afterAll(async () => {
    await endSteps();
    await docker('image', 'rm', '--force', next, stillborn, relabelled);
    await app.remove();
  });

  const roll = (inputs: Inputs): Promise<MainResult> =>
    runMain(inputsFor(app.tag, { checks: 'rollout', 'rollout-image': next, ...inputs }));

  test.each<{ readonly name: string; readonly inputs: Inputs }>([
    { name: 'the generated configuration', inputs: {} },
    { name: 'a server configuration', inputs: { 'nginx-config': 'fixtures/nginx/good-server.conf' } },
    { name: 'a whole configuration', inputs: { 'nginx-config': 'fixtures/nginx/whole.conf' } },
  ])('goes unnoticed behind $name, and ends on the new version', async ({ inputs }) => {
    const main = await roll(inputs);

    expect(outcomeOf(main)).toEqual({ exitCode: 0, verdict: 'pass', because: [] });
    expect(versions(main)).toEqual(TO_2);
    expect(gate(main, 'rollout.updated')).toMatchObject({ observed: 100, outcome: 'pass' });
    expect(gate(main, 'rollout.errors')).toMatchObject({ observed: 0, outcome: 'pass' });
    expect(gate(main, 'rollout.unsafe-errors')).toMatchObject({ observed: 0, outcome: 'pass' });
    for (const { undrained, drainAt, drainedAt, stopAt, stoppedAt, startAt, readyAt, backAt } of rolloutOf(main)
      .steps) {
      const moments = [drainAt, drainedAt, stopAt, stoppedAt, startAt, readyAt, backAt];
      expect(undrained).toBeNull();
      expect(moments).toEqual(moments.toSorted((a, b) => Number(a) - Number(b)));
      expect(moments).not.toContain(null);
    }
    expect(rolloutOf(main).steps.some(({ inFlight }) => inFlight > 0)).toBe(true);
    expect(await leftoversOf(main.runId)).toEqual([]);
  });

  test('starts from what production runs, and rolls to what was built from other build arguments', async () => {
    const built = await runMain({
      ...inputsToBuild(),
      checks: 'rollout',
      faults: 'crash',
      'rollout-build-args': 'APP_VERSION=2.0.0',
    });
    expect(outcomeOf(built)).toEqual({ exitCode: 0, verdict: 'pass', because: [] });
    expect(versions(built)).toEqual(TO_2);

    const upgraded = await runMain(inputsFor(next, { checks: 'rollout', 'baseline-image': app.tag }));
    expect(outcomeOf(upgraded)).toEqual({ exitCode: 0, verdict: 'pass', because: [] });
    expect(versions(upgraded)).toEqual(TO_2);
    expect(await leftoversOf(built.runId)).toEqual([]);
  });

  test('stops at a version that never becomes ready, goes back, and costs nothing that could be saved', async () => {
    const main = await roll({ 'rollout-image': stillborn, 'startup-timeout': '10s' });

    expect(outcomeOf(main)).toMatchObject({ exitCode: 1, verdict: 'fail' });
    expect(gate(main, 'rollout.updated')).toMatchObject({
      outcome: 'fail',
      reason: expect.stringContaining('no request failed'),
    });
    expect(gate(main, 'rollout.errors')).toMatchObject({ observed: 0, outcome: 'pass' });
    expect(rolloutOf(main).failure).toMatchObject({ kind: 'not-ready', replica: 'app1', rollbackProblem: null });
    expect(rolloutOf(main).steps.map(({ replica, rolledBackAt }) => [replica, rolledBackAt])).toEqual([
      ['app1', expect.any(Number)],
    ]);
    expect(main.report?.diagnoses.map(({ gates }) => gates)).toEqual([['rollout.updated']]);
    expect(await leftoversOf(main.runId)).toEqual([]);
  });

  test('finds out a new version that is none', async () => {
    const main = await roll({ 'rollout-image': relabelled });

    expect(outcomeOf(main)).toMatchObject({ exitCode: 1, verdict: 'fail' });
    expect(gate(main, 'rollout.updated')).toMatchObject({ observed: 0, outcome: 'fail' });
    expect(main.report?.diagnoses.map(({ id }) => id)).toEqual(['same-version']);
  });
});
