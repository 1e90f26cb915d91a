import { createServer } from 'node:net';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { endSteps, outcomeOf, runMain, runPost, type Inputs, type MainResult } from '../support/action';
import { clusterInputs, inputsFor } from '../support/cluster-inputs';
import { buildAppImage, createWorkspace, describeOnDocker, leftoversOf } from '../support/docker';

// Long enough for whatever a busy machine does meanwhile; a run that hangs is longer.
jest.setTimeout(300_000);

/** Where no engine answers: whatever passes with it asked none. */
const NO_ENGINE = 'unix:///nonexistent.sock';

/** Text of a remark, as it was before the workflow command escaped it. */
function textOf(annotation: string): string {
  const text = annotation.replace(/^::error [^:]*::/, '');
  return text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
}

function expectRefusal(main: MainResult): void {
  expect(outcomeOf(main)).toMatchObject({ exitCode: 1, verdict: 'error' });
  expect(main.log).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
}

describe('inputs that cannot be read', () => {
  afterAll(endSteps);

  const CASES: readonly { readonly name: string; readonly inputs: Inputs; readonly says: readonly string[] }[] = [
    {
      name: 'several at once: each is told, and no secret among them',
      inputs: {
        replicas: 'one',
        'app-env': 'TOKEN s3cret',
        port: '99999',
        gates: 'failover.stal < 2s\nrotation.excess == 1%',
        'github-token': 's3 cret',
      },
      says: [
        'Input `replicas`: "one" is not accepted; give a whole number from 2 to 16.',
        'Input `app-env`, line 1: the line (not shown) is not accepted; give `KEY=VALUE`, the key of letters, digits, `_`, `.` and `-`, a letter or `_` first, no control characters.',
        'Input `port`: "99999" is not accepted; give `auto` or a whole number from 1 to 65535.',
        'Input `gates`, line 1: "failover.stal" is not a metric; did you mean `failover.stall`?',
        'Input `gates`, line 2: `rotation.excess`: "1%" is not accepted; give a whole number without a unit, such as `0`.',
        'Input `github-token`: the value (not shown) is not accepted; give a token: one word of printable ASCII characters.',
      ],
    },
    {
      name: 'too few replicas',
      inputs: { replicas: '1' },
      says: ['Input `replicas`: "1" is not accepted; give a whole number from 2 to 16.'],
    },
    {
      name: 'an image and a build',
      inputs: { image: 'app:1', context: 'app' },
      says: ['Inputs `image` and `context`: an image that exists is not built; leave out `context`, or `image`.'],
    },
    {
      name: 'a configuration outside of the workspace',
      inputs: { 'nginx-config': '../nginx.conf' },
      says: [
        'Input `nginx-config`: "../nginx.conf" is not accepted; give a file inside the workspace, relative to it, such as `nginx/default.conf`: the report quotes it.',
      ],
    },
    {
      name: 'a gate that nothing measures',
      inputs: { checks: 'rotation', gates: 'failover.stall < 2s' },
      says: [
        'Inputs `gates` and `checks`: line 1: nothing measures `failover.stall` while `checks` leaves out `failover`; add it, or drop the gate.',
      ],
    },
  ];

  test.each(CASES)('$name', async ({ inputs, says }) => {
    const main = await runMain(inputs, { env: { DOCKER_HOST: NO_ENGINE } });
    const post = await runPost(main);

    expectRefusal(main);
    expect(main.annotations.map(textOf)).toEqual(says);
    expect(main.log).not.toContain('nonexistent.sock');
    expect(main.log.replace(/^::add-mask::.*$/m, '')).not.toMatch(/s3 ?cret/);
    expect({ runId: main.runId, state: main.state }).toEqual({ runId: '', state: {} });
    expect(main.report).toMatchObject({ verdict: 'error', details: says, scenarios: [] });
    const { verdict, distribution, ...paths } = main.outputs;
    expect({ verdict, distribution }).toEqual({ verdict: 'error', distribution: '{}' });
    expect(Object.keys(paths).toSorted()).toEqual(['html', 'junit', 'markdown', 'report', 'sarif']);
    const files = await Promise.all(Object.values(paths).map((path) => readFile(path, 'utf8')));
    expect(files.join('\n')).not.toMatch(/s3 ?cret/);
    expect(post).toEqual({ exitCode: 0, log: 'Nothing was created, so there is nothing to remove.\n' });
  });
});

describe('an engine that cannot be used', () => {
  afterAll(endSteps);

  const ELSEWHERE =
    'but the Docker Engine must run on this very machine, because traffic is sent to 127.0.0.1 and to the replicas’ own ' +
    'addresses. Unset it, or give unix:///path/to/docker.sock or tcp://127.0.0.1:PORT.';
  test.each([
    {
      name: 'nobody listens',
      host: NO_ENGINE,
      says:
        'Cannot ask the Docker Engine what it is: no Docker Engine answers at unix:///nonexistent.sock (ENOENT). Start ' +
        'Docker, or set DOCKER_HOST to where it listens.',
    },
    { name: 'through SSH', host: 'ssh://me:pass@host', says: `DOCKER_HOST is "ssh://host", ${ELSEWHERE}` },
    {
      name: 'on another machine',
      host: 'tcp://192.0.2.1:2375',
      says: `DOCKER_HOST is "tcp://192.0.2.1:2375", ${ELSEWHERE}`,
    },
  ])('$name', async ({ host, says }) => {
    const main = await runMain({ image: 'app:1', comment: 'never' }, { env: { DOCKER_HOST: host } });

    expectRefusal(main);
    expect(main.annotations.map(textOf)).toEqual([says]);
    expect(main.report).toMatchObject({ verdict: 'error', message: says });
    expect(main.log).not.toContain('Not removed');
  });
});

describeOnDocker('inputs that do not fit the machine or the app', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  let workspace: Awaited<ReturnType<typeof createWorkspace>>;
  beforeAll(async () => {
    app = await buildAppImage('bad-input');
    workspace = await createWorkspace({ 'README.md': 'nothing to build here' });
    await mkdir(join(workspace.folder, 'empty'));
  });
  afterAll(async () => {
    await endSteps();
    await workspace.remove();
    await app.remove();
  });

  async function refusalOf(inputs: Inputs): Promise<string> {
    const main = await runMain(inputs, { workspace: workspace.folder });
    expectRefusal(main);
    expect(main.annotations).toHaveLength(1);
    expect(await leftoversOf(main.runId)).toEqual([]);
    return textOf(main.annotations[0] ?? '');
  }

  const builds: readonly { readonly name: string; readonly inputs: Inputs; readonly says: string }[] = [
    {
      name: 'a context that is not there',
      inputs: { context: 'nowhere' },
      says: 'Input `context`: nowhere is not there. Give a folder relative to the workspace (and check the repository out before this step).',
    },
    {
      name: 'a context that is a file',
      inputs: { context: 'README.md' },
      says: 'Input `context`: README.md is a file, not a folder. Give a folder relative to the workspace (and check the repository out before this step).',
    },
    {
      name: 'a context without a Dockerfile',
      inputs: { context: 'empty' },
      says: 'Input `context`: empty holds no Dockerfile. Name it with the input dockerfile, or give the input image.',
    },
    {
      name: 'a Dockerfile that is not there',
      inputs: { context: 'empty', dockerfile: 'app.Dockerfile' },
      says: 'Input `dockerfile`: there is no file app.Dockerfile, neither in the context empty nor in the workspace.',
    },
  ];

  test.each(builds)('$name', async ({ inputs, says }) => {
    await expect(refusalOf(clusterInputs(inputs))).resolves.toBe(says);
  });

  test('an NGINX configuration that is not there', async () => {
    await expect(refusalOf(inputsFor(app.tag, { 'nginx-config': 'nginx/no.conf' }))).resolves.toBe(
      'Input `nginx-config`: nginx/no.conf cannot be read: no such file. Give a file relative to the workspace (and ' +
        'check the repository out before this step).',
    );
  });

  test.each(['image', 'nginx-image'])('an %s that is nowhere', async (input) => {
    const refusal = await refusalOf(inputsFor(app.tag, { [input]: '127.0.0.1:9/no-such/image:tag' }));

    expect(refusal).toMatch(
      new RegExp(
        `^Input \`${input}\`: 127.0.0.1:9/no-such/image:tag is not on this machine and cannot be pulled: .*refused`,
      ),
    );
  });

  // Docker Engine 20.10 refuses it before it looks; a later one takes the first part for a registry.
  test.each(['image', 'nginx-image'])('an %s whose name has capitals', async (input) => {
    const refusal = await refusalOf(inputsFor(app.tag, { [input]: 'Shop/app' }));
    expect(refusal).toMatch(
      new RegExp(
        `^Input \`${input}\`: ("Shop/app" is not accepted by the Docker Engine|Shop/app is not on this machine)`,
      ),
    );
  });

  test('an NGINX image without NGINX', async () => {
    await expect(refusalOf(inputsFor(app.tag, { 'nginx-image': app.tag }))).resolves.toMatch(
      new RegExp(`^Input \`nginx-image\`: ${app.tag} does not hold NGINX: its command nginx cannot be started.\n`),
    );
  });

  test('a port on which another program listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;

    const refusal = await refusalOf(inputsFor(app.tag, { port: String(port) }));
    await new Promise((resolve) => server.close(resolve));

    expect(refusal).toBe(
      `Input \`port\`: ${port} on 127.0.0.1 cannot be had: another program listens there. Give another port, or ` +
        '`auto` for one that is free.',
    );
  });

  test('more processors than there are', async () => {
    await expect(refusalOf(inputsFor(app.tag, { cpus: '1000' }))).resolves.toMatch(
      /^Input `cpus`: 1000 is more than the \d+ of this machine\.$/,
    );
  });

  test('a probe path that the app does not know', async () => {
    await expect(refusalOf(inputsFor(app.tag, { 'probe-path': '/nowhere', checks: 'rotation' }))).resolves.toBe(
      'Input `probe-path`: the app answers 404 to GET /nowhere; give a path that it serves.',
    );
  });
});
