import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { endSteps, outcomeOf, runPost, runMain, startMain, type Inputs, type RunningMain } from '../support/action';
import { clusterInputs, inputsFor } from '../support/cluster-inputs';
import {
  BASE_IMAGE,
  buildAppImage,
  createWorkspace,
  describeOnDocker,
  labelled,
  leftoversOf,
  TEST_LABEL,
} from '../support/docker';

// Long enough for whatever a busy machine does meanwhile; a run that hangs is longer.
jest.setTimeout(300_000);

const MARK = `killed-${process.pid}`;
const DOCKERFILE = [`FROM ${BASE_IMAGE}`, `LABEL ${TEST_LABEL}=${MARK}`, 'RUN echo one > /one', 'RUN sleep 200', ''];

interface Phase {
  readonly phase: string;
  readonly inputs?: Inputs;
  /** What the log holds when the phase has begun. */
  readonly log: RegExp;
  /** How many things of a kind the run must have on the machine besides; not asked for where a look would come too late. */
  readonly made?: { readonly kind: 'container' | 'network'; readonly least: number };
}

const ROTATION = { checks: 'rotation' };
const FAILOVER = { checks: 'failover' };

const PHASES: readonly Phase[] = [
  { phase: 'before anything is created', log: /^Run [0-9a-f]+/m },
  { phase: 'the configuration is checked', log: /::group::NGINX/, made: { kind: 'container', least: 1 } },
  { phase: 'networks are created', inputs: ROTATION, log: /::group::Scenario/, made: { kind: 'network', least: 1 } },
  { phase: 'containers start', inputs: ROTATION, log: /::group::Scenario/, made: { kind: 'container', least: 2 } },
  { phase: 'rotation is measured', inputs: ROTATION, log: /sending \d+ requests/ },
  { phase: 'the second check is under way', log: /^(?=[^]*sending \d+ requests)(?=[^]*baseline: nothing)/ },
  { phase: 'nothing is broken yet', inputs: FAILOVER, log: /baseline: nothing broken/ },
  { phase: 'a replica is killed', inputs: FAILOVER, log: /injecting: crash/ },
  { phase: 'the crash is observed', inputs: FAILOVER, log: /observing for/ },
  { phase: 'the replica is started again', inputs: FAILOVER, log: /healing/ },
  { phase: 'the verdict is due', inputs: ROTATION, log: /^Scenarios: done/m },
];

/** Waits until the run is in this phase. */
async function arrival(running: RunningMain, { log, made }: Phase): Promise<void> {
  await running.reached(log);
  if (made === undefined) return;
  for (;;) {
    const found = await leftoversOf(running.runId());
    if (found.filter((thing) => thing.startsWith(made.kind)).length >= made.least) return;
    if (!running.running()) throw new Error(`The step ended too soon:\n${running.log()}`);
  }
}

describeOnDocker('after SIGKILL of the main step and the post step nothing is left', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  beforeAll(async () => {
    app = await buildAppImage('kills');
  });
  afterAll(async () => {
    await endSteps();
    await app.remove();
  });

  test.each(PHASES)('when $phase', async (phase) => {
    const running = await startMain(inputsFor(app.tag, phase.inputs));
    await arrival(running, phase);
    running.kill('SIGKILL');
    const main = await running.ended;

    const post = await runPost(main);

    expect(main.exitCode).toBeNull();
    expect(post).toEqual({ exitCode: 0, log: expect.stringContaining(main.runId) });
    expect(post.log).not.toContain('Not removed');
    expect(await leftoversOf(main.runId)).toEqual([]);
  });

  test('when the image is built: neither the build nor anything that it made so far', async () => {
    const workspace = await createWorkspace({ Dockerfile: DOCKERFILE.join('\n') });
    const running = await startMain(clusterInputs(), { workspace: workspace.folder });
    await running.reached(/RUN sleep 200/);
    running.kill('SIGKILL');
    const main = await running.ended;

    const post = await runPost(main);
    await workspace.remove();

    expect(main.exitCode).toBeNull();
    expect(post).toEqual({ exitCode: 0, log: expect.stringContaining(main.runId) });
    expect(await leftoversOf(main.runId)).toEqual([]);
    expect(await labelled(TEST_LABEL, MARK)).toEqual([]);
  });
});

describeOnDocker('two runs at once', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  beforeAll(async () => {
    app = await buildAppImage('two-runs');
  });
  afterAll(async () => {
    await endSteps();
    await app.remove();
  });

  test('one passes while the other is killed and cleaned up after', async () => {
    const survivor = await startMain(inputsFor(app.tag));
    const victim = await startMain(inputsFor(app.tag, ROTATION));
    await Promise.all([victim.reached(/::group::Scenario/), survivor.reached(/::group::Scenario/)]);
    victim.kill('SIGKILL');
    const killed = await victim.ended;
    await runPost(killed);
    const wentOn = survivor.running();

    const main = await survivor.ended;

    expect(wentOn).toBe(true);
    expect(outcomeOf(main)).toEqual({ exitCode: 0, verdict: 'pass', because: [] });
    expect(await leftoversOf(killed.runId)).toEqual([]);
    expect(await leftoversOf(main.runId)).toEqual([]);
  });

  test('what a killed run left without a post step is removed by the next run', async () => {
    const victim = await startMain(inputsFor(app.tag, ROTATION));
    await victim.reached(/sending \d+ requests/);
    victim.kill('SIGKILL');
    const killed = await victim.ended;

    // Any run that begins on this machine does so, those of other tests too.
    const next = await runMain(inputsFor(app.tag, { 'nginx-config': 'fixtures/nginx/syntax-error.conf' }));

    expect(next.outputs['verdict']).toBe('error');
    expect(await leftoversOf(killed.runId)).toEqual([]);
  });
});
