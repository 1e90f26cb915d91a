import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { endSteps, outcomeOf, runMain, runPost, startMain, type Inputs, type MainResult } from '../support/action';
import { clusterInputs, inputsFor } from '../support/cluster-inputs';
import { BASE_IMAGE, buildAppImage, createWorkspace, describeOnDocker, docker, leftoversOf } from '../support/docker';
import { openSilentDocker, type SilentDocker } from '../support/silent-docker';

// Long enough for whatever a busy machine does meanwhile; a run that hangs is longer.
jest.setTimeout(300_000);

/** Bounds of `impatient-step.mjs`. */
const WAITED = 'within 6 s';

const ADVICE =
  'It hangs, or this runner is overloaded: see what dockerd logs (journalctl -u docker) and what else runs here, ' +
  'then restart Docker, or run the job on another runner.';

/** Verdict, exit code, and one true sentence in log, annotation, summary and report. */
function expectError(main: MainResult, host: string, says: RegExp, call: RegExp): void {
  expect(outcomeOf(main)).toMatchObject({ exitCode: 1, verdict: 'error' });
  const message = main.report?.message ?? '';
  expect(message).toMatch(says);
  expect(message).toMatch(call);
  expect(message).toContain(`the Docker Engine at ${host} did not answer `);
  expect(message).toContain(`${WAITED}. ${ADVICE}`);
  expect(main.annotations).toHaveLength(1);
  expect(main.annotations[0]).toContain(message.slice(0, 60));
  expect(main.summary).toContain('No request was judged');
  expect(main.log).toMatch(
    /^The Docker Engine has not answered (GET|POST|HEAD) \/\S+ for 2 s; it may take up to \d+ s$/m,
  );
  expect(main.log).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
}

describeOnDocker('an engine that takes a call and never answers it', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  let engine: SilentDocker;
  beforeAll(async () => {
    app = await buildAppImage('silent');
  });
  beforeEach(async () => {
    engine = await openSilentDocker();
  });
  afterEach(async () => {
    await endSteps();
    await engine.close();
  });
  afterAll(() => app.remove());

  const options = (): { readonly impatient: true; readonly env: Readonly<Record<string, string>> } => ({
    impatient: true,
    env: { DOCKER_HOST: engine.host },
  });
  const rotation = (inputs: Inputs = {}): Inputs => inputsFor(app.tag, { checks: 'rotation', ...inputs });

  test('at the very start: /info', async () => {
    engine.swallow(/^GET \/info/);

    const main = await runMain(rotation(), options());

    expectError(main, engine.host, /^Cannot ask the Docker Engine what it is: /, /did not answer GET \/info within/);
  });

  test('a container is not created: what stood already is removed', async () => {
    engine.swallow(/^POST \/containers\/create\?name=lbca-\w+-\w+-app2/);

    const main = await runMain(rotation(), options());

    expectError(main, engine.host, /^Cannot create container lbca-\w+-\w+-app2: /, /POST \/containers\/create within/);
    expect(engine.swallowed).not.toEqual([]);
    expect(await leftoversOf(main.runId)).toEqual([]);
  });

  test('a network is not connected while a replica is cut off', async () => {
    const running = await startMain(inputsFor(app.tag, { checks: 'failover', faults: 'partition' }), options());
    await running.reached(/injecting: partition/);
    engine.swallow(/\/connect$/);

    const main = await running.ended;

    expectError(main, engine.host, /^Cannot connect container \w+ to network \w+ as /, /POST \/networks\/\w+\/connect/);
    expect(await leftoversOf(main.runId)).toEqual([]);
  });

  test('nothing from some moment on: the clean-up gives up too, says so, and the next one does it', async () => {
    const running = await startMain(inputsFor(app.tag), options());
    await running.reached(/baseline: nothing broken/);
    engine.swallow(null);

    const main = await running.ended;
    const silent = await runPost(main, options());
    const post = await runPost(main);

    expectError(main, engine.host, /^Cannot \S+ /, /did not answer \w+ \/\S+ within/);
    expect(main.report?.details).toEqual([
      expect.stringMatching(/^Not removed, which the post step tries again: Cannot list what carries the labels: /),
    ]);
    expect(silent.exitCode).toBe(0);
    expect(silent.log).toMatch(/^::warning title=Not removed::Cannot list what carries the labels: .* within 6 s/m);
    // Any other run on this machine may have swept it up by then: the process that owned it has ended.
    expect(post).toEqual({
      exitCode: 0,
      log: expect.stringMatching(/^(Removed \d+ leftovers?|Nothing is left) of run/m) as unknown,
    });
    expect(await leftoversOf(main.runId)).toEqual([]);
  });

  test('nothing while the image is built: the docker command does not wait for it either', async () => {
    const dockerfile = [`FROM ${BASE_IMAGE}`, 'RUN sleep 200', ''].join('\n');
    const workspace = await createWorkspace({ Dockerfile: dockerfile });
    const running = await startMain(clusterInputs(), { ...options(), workspace: workspace.folder });
    await running.reached(/RUN sleep 200/);
    engine.swallow(null);

    const main = await running.ended;
    await workspace.remove();
    await runPost(main);

    expectError(main, engine.host, /^Cannot reach the Docker Engine: /, /did not answer GET \/_ping within/);
    expect(await leftoversOf(main.runId)).toEqual([]);
  });

  test('the post step: it removes what it can, and warns of the rest', async () => {
    const main = await runMain(rotation({ 'keep-cluster': 'true' }), { impatient: true });
    const [first = '', ...others] = JSON.parse(main.outputs['containers'] ?? '[]') as readonly string[];
    const id = await docker('container', 'inspect', '--format', '{{.Id}}', first);
    engine.swallow(new RegExp(`^DELETE /containers/${id}`));

    const post = await runPost(main, options());
    const left = await docker('ps', '--all', '--format', '{{.Names}}', '--filter', `name=lbca-${main.runId}`);
    const next = await runPost(main);

    expect(others).toHaveLength(3);
    expect(post.exitCode).toBe(0);
    expect(post.log).toMatch(
      new RegExp(`^::warning title=Not removed::${first}: Cannot remove container ${id}: .* DELETE /containers/`, 'm'),
    );
    expect(left).toBe(first);
    expect(next.exitCode).toBe(0);
    expect(await leftoversOf(main.runId)).toEqual([]);
  });
});
