import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { endSteps, outcomeOf, runMain, runPost, startMain, type MainResult } from '../support/action';
import { clusterInputs, inputsFor } from '../support/cluster-inputs';
import {
  BASE_IMAGE,
  buildAppImage,
  createWorkspace,
  describeOnDocker,
  docker,
  labelled,
  leftoversOf,
  TEST_LABEL,
} from '../support/docker';

// Long enough for whatever a busy machine does meanwhile; a run that hangs is longer.
jest.setTimeout(300_000);

async function expectError(main: MainResult, ...says: readonly (RegExp | string)[]): Promise<void> {
  expect(outcomeOf(main)).toMatchObject({ exitCode: 1, verdict: 'error' });
  expect(main.annotations).toHaveLength(1);
  for (const words of says) expect(main.annotations[0]).toMatch(words);
  expect(main.report?.message).toEqual(expect.any(String));
  expect(main.summary).toContain('No request was judged');
  expect(main.log).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  expect(await leftoversOf(main.runId)).toEqual([]);
}

/** Runs the action on an image that these lines build; nothing of that build may be left, under whatever label. */
async function runOnDockerfile(
  name: string,
  lines: readonly string[],
  inputs: Readonly<Record<string, string>> = {},
): Promise<MainResult> {
  const mark = `${name}-${process.pid}`;
  const head = [`FROM ${BASE_IMAGE} AS first`, `LABEL ${TEST_LABEL}=${mark}`];
  const workspace = await createWorkspace({ Dockerfile: [...head, ...lines, ''].join('\n') });
  const main = await runMain(clusterInputs({ checks: 'rotation', ...inputs }), { workspace: workspace.folder });
  await workspace.remove();
  expect(await labelled(TEST_LABEL, mark)).toEqual([]);
  return main;
}

function statusOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
}

describeOnDocker('nothing is left', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  beforeAll(async () => {
    app = await buildAppImage('endings');
  });
  afterAll(async () => {
    await endSteps();
    await app.remove();
  });

  describe('after an error', () => {
    test('a build that fails: the failing instruction is named', async () => {
      const main = await runOnDockerfile('build-error', ['RUN echo one > /one', 'RUN echo out of eggs >&2; exit 3']);

      await expectError(main, /The app's image does not build.*exit 3/, 'out of eggs');
    });

    test('an app that exits at once: its last words are shown', async () => {
      const main = await runOnDockerfile('exits-at-once', [
        'RUN echo built > /built',
        `FROM ${BASE_IMAGE}`,
        'COPY --from=first /built /built',
        'USER 10001:10001',
        'CMD ["sh", "-c", "echo the database is asleep; exit 7"]',
      ]);

      await expectError(
        main,
        /Replica app\d did not become ready on port 5000.*it exited with code 7/,
        'the database is asleep',
      );
    });

    test('an app that never answers: after the time that it is given', async () => {
      const main = await runOnDockerfile(
        'never-answers',
        ['USER 10001:10001', 'CMD ["sh", "-c", "echo still thinking; exec sleep 600"]'],
        { 'startup-timeout': '3s' },
      );

      await expectError(
        main,
        /Replica app\d did not become ready.*not within 3 s \(input startup-timeout\)/,
        'still thinking',
      );
    });

    test('a configuration that does not parse: NGINX says where, in terms of the user’s file', async () => {
      const main = await runMain(inputsFor(app.tag, { 'nginx-config': 'fixtures/nginx/syntax-error.conf' }));

      await expectError(
        main,
        'Input `nginx-config`: NGINX does not accept fixtures/nginx/syntax-error.conf.',
        /invalid number of arguments in "proxy_pass" directive in fixtures\/nginx\/syntax-error.conf:12/,
      );
      expect(main.annotations).toEqual([
        expect.stringMatching(/^::error .*file=fixtures\/nginx\/syntax-error.conf,line=12::/),
      ]);
    });

    test('a configuration with an unknown host: the known ones are listed', async () => {
      const config = 'upstream app {\n  server app9:5000;\n}\nserver {\n  location / { proxy_pass http://app; }\n}\n';
      const workspace = await createWorkspace({ 'default.conf': config });

      const main = await runMain(inputsFor(app.tag, { 'nginx-config': 'default.conf' }), {
        workspace: workspace.folder,
      });
      await workspace.remove();

      await expectError(
        main,
        "The replicas' hostnames are app1, app2 and app3 (inputs replicas, hostname-pattern); app9 is none of them",
        'host not found in upstream "app9:5000" in default.conf:2',
      );
    });
  });

  test('nor of a run whose log nobody reads any more: it goes on to its verdict', async () => {
    const main = await startMain(clusterInputs({ image: app.tag, checks: 'rotation' }));
    await main.reached(/cluster up at/);
    main.stopReading();
    const ended = await main.ended;
    expect(outcomeOf(ended)).toEqual({ exitCode: 0, verdict: 'pass', because: [] });
    expect(await leftoversOf(ended.runId)).toEqual([]);
  });

  describe('after a cancellation', () => {
    test.each([
      { signal: 'SIGINT', moment: 'traffic runs', reached: /sending \d+ requests/ },
      { signal: 'SIGTERM', moment: 'traffic runs', reached: /sending \d+ requests/ },
      { signal: 'SIGINT', moment: 'a fault is observed', reached: /observing for/ },
      { signal: 'SIGTERM', moment: 'containers start', reached: /::group::Scenario/ },
    ] as const)('$signal while $moment', async ({ signal, reached }) => {
      const running = await startMain(inputsFor(app.tag));
      await running.reached(reached);
      running.kill(signal);

      const main = await running.ended;

      expect(main.log).toContain(`${signal}: cancelling, and removing what was created`);
      await expectError(main, 'The run was cancelled before it could be judged.');
    });

    test('SIGINT while the image is built: the build ends too', async () => {
      const mark = `cancelled-build-${process.pid}`;
      const lines = [`FROM ${BASE_IMAGE}`, `LABEL ${TEST_LABEL}=${mark}`, 'RUN echo one > /one', 'RUN sleep 200'];
      const workspace = await createWorkspace({ Dockerfile: `${lines.join('\n')}\n` });
      const running = await startMain(clusterInputs(), { workspace: workspace.folder });
      await running.reached(/RUN sleep 200/);
      const cancelledAt = Date.now();
      running.kill('SIGINT');

      const main = await running.ended;
      const took = Date.now() - cancelledAt;
      await workspace.remove();

      await expectError(main, 'The run was cancelled before it could be judged.');
      expect(took).toBeLessThan(60_000);
      expect(await labelled(TEST_LABEL, mark)).toEqual([]);
    });
  });

  test('of a cluster that was to be kept, after the post step; until then it serves, whoever else runs', async () => {
    const main = await runMain(inputsFor(app.tag, { 'keep-cluster': 'true', checks: 'rotation' }));
    const { url = '', network = '', containers = '[]' } = main.outputs;
    // A run that begins removes what dead runs left: the process that kept this cluster has ended too.
    const other = await runMain(inputsFor(app.tag, { 'nginx-config': 'fixtures/nginx/syntax-error.conf' }));
    const status = await statusOf(url);
    const names = JSON.parse(containers) as readonly string[];
    const running = await docker('container', 'inspect', '--format', '{{.State.Running}}', ...names);
    const members = await docker('network', 'inspect', '--format', '{{range .Containers}}{{.Name}} {{end}}', network);

    const post = await runPost(main);

    expect(outcomeOf(main)).toEqual({ exitCode: 0, verdict: 'pass', because: [] });
    expect(other.outputs['verdict']).toBe('error');
    expect(status).toBe(200);
    expect(running.split('\n')).toEqual(names.map(() => 'true'));
    expect(members.trim().split(' ').toSorted()).toEqual(names.toSorted());
    expect(post).toEqual({ exitCode: 0, log: expect.stringMatching(/^Removed \d+ leftovers of run/) });
    expect(await leftoversOf(main.runId)).toEqual([]);
    await expect(statusOf(url)).rejects.toThrow('ECONNREFUSED');
  });
});
