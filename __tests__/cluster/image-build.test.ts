import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BuildRequest } from '../../src/cluster/build-command';
import { buildArguments } from '../../src/cluster/build-command';
import { buildImage } from '../../src/cluster/image-build';
import { killProcessesNamed } from '../../src/cluster/process-hunt';
import { settle } from '../traffic/manual-clock';

let folder = '';
let request: BuildRequest;
let lines: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lbca-build-'));
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
  lines = [];
  request = {
    context: folder,
    dockerfile: join(folder, 'Dockerfile'),
    target: null,
    buildArgs: [],
    cacheFrom: [],
    cacheTo: [],
    tag: 'app:1',
    labels: { owner: 'me' },
    run: `test-${process.pid}-${Math.random()}`,
  };
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A docker command in shell: its arguments are written to a file, one call a line. */
async function fakeDocker(script: string): Promise<string> {
  const path = join(folder, 'docker');
  await writeFile(path, `#!/bin/sh\necho "$*" >>"${folder}/calls"\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function calls(): Promise<readonly string[]> {
  const text = await readFile(join(folder, 'calls'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

async function build(script: string, changes: Partial<BuildRequest> = {}, signal = new AbortController().signal) {
  const docker = await fakeDocker(script);
  return buildImage({ ...request, ...changes }, { onLine: (line) => lines.push(line), signal, docker });
}

const NO_BUILDX = 'if [ "$1" = buildx ]; then echo "docker: unknown command: docker buildx" >&2; exit 1; fi';
const CACHE = { cacheFrom: ['type=gha'], cacheTo: ['type=gha,mode=max'] };

describe('arguments of a build', () => {
  const full = (): BuildRequest => ({
    ...request,
    ...{ context: '/w', dockerfile: '/w/Dockerfile', run: 'r1' },
    target: 'app',
    buildArgs: ['A=1 2', 'B'],
    cacheFrom: ['type=gha'],
    cacheTo: ['type=gha'],
  });

  test('buildx', () => {
    expect(buildArguments('buildx', full())).toEqual([
      ...['buildx', 'build', '--load', '--progress', 'plain', '--cache-from', 'type=gha', '--cache-to', 'type=gha'],
      ...['--tag', 'app:1', '--label', 'owner=me', '--label', 'lb-cluster-action.run=r1', '--target', 'app'],
      ...['--build-arg', 'A=1 2', '--build-arg', 'B', '--file', '/w/Dockerfile', '/w'],
    ]);
  });

  test('classic', () => {
    expect(buildArguments('classic', { ...full(), cacheFrom: [], cacheTo: [] })).toEqual([
      ...['build', '--force-rm', '--tag', 'app:1', '--label', 'lb-cluster-action.run=r1', '--target', 'app'],
      ...['--build-arg', 'A=1 2', '--build-arg', 'B', '--file', '/w/Dockerfile', '/w'],
    ]);
  });
});

describe('a build', () => {
  test('through buildx where it works, with each line of both streams told', async () => {
    await expect(build('printf "\\033[91mout ä\\033[0m\\n"; printf "no end" >&2')).resolves.toEqual({
      builder: 'buildx',
    });
    expect(lines.toSorted()).toEqual(['no end', 'out ä']);
  });

  test('tells of a line as much as somebody may read', async () => {
    await build(`${NO_BUILDX}\nhead -c 5000000 /dev/zero | tr '\\0' x`);
    expect(lines).toEqual(['x'.repeat(2_000)]);
  });

  test.each([
    { name: 'has no buildx', script: NO_BUILDX },
    {
      name: 'has a buildx that does not work with the engine',
      script: 'if [ "$2" = inspect ]; then echo "Error: no BuildKit"; fi',
    },
  ])('with the classic builder where docker $name; it gets the labels in the Dockerfile', async ({ script }) => {
    await expect(
      build(`${script}\nwhile [ "$1" != --file ]; do shift; done; cat "$2"; echo "BUILDKIT=$DOCKER_BUILDKIT"`),
    ).resolves.toEqual({
      builder: 'classic',
    });
    expect(lines).toEqual(['FROM scratch', 'LABEL "owner"="me"', 'BUILDKIT=0']);
  });

  test('that fails says where and why', async () => {
    const script = `${NO_BUILDX}\necho "Step 2/3 : RUN make"; echo "returned a non-zero code: 2" >&2; exit 1`;
    await expect(build(script)).rejects.toMatchObject({
      name: 'SetupError',
      message: expect.stringContaining('does not build at `RUN make`: returned a non-zero code: 2.'),
      details: expect.arrayContaining(['Step 2/3 : RUN make', 'returned a non-zero code: 2']),
    });
  });

  test('without a docker command', async () => {
    const ports = { onLine: () => undefined, signal: new AbortController().signal, docker: join(folder, 'no-docker') };
    await expect(buildImage(request, ports)).rejects.toThrow('The docker command is not on this runner');
  });
});

describe('a build with a cache', () => {
  test('that fails because of it is built again without, once', async () => {
    const script = 'case "$*" in *--cache-to*) echo "ERROR: Cache export is not supported" >&2; exit 1;; esac';
    await expect(build(script, CACHE)).resolves.toEqual({ builder: 'buildx' });
    expect(await calls()).toHaveLength(3);
    expect(lines.at(-1)).toMatch(/^the build's cache failed \(ERROR: Cache export is not supported\)/);
  });

  test('that fails for another reason is not', async () => {
    await expect(build('[ "$2" = inspect ] || { echo "ERROR: no such file" >&2; exit 1; }', CACHE)).rejects.toThrow(
      'no such file',
    );
    expect(await calls()).toHaveLength(2);
  });

  test('that fails both times says why at last', async () => {
    const script =
      '[ "$2" = inspect ] || case "$*" in *--cache*) echo "ERROR: cache export"; exit 1;; *) echo "ERROR: real"; exit 1;; esac';
    await expect(build(script, CACHE)).rejects.toThrow('real');
  });

  test('takes of it, with the classic builder, the images alone, and says so', async () => {
    const cacheFrom = ['app:cache', 'type=registry,ref=ghcr.io/o/app:cache', 'type=gha'];
    await build(NO_BUILDX, { cacheFrom, cacheTo: ['type=inline'] });
    expect((await calls())[1]).toContain('--cache-from app:cache --cache-from ghcr.io/o/app:cache --tag');
    expect(lines).toEqual([expect.stringContaining('the classic builder ignores cache-to')]);
  });
});

test.each([
  'Error response from daemon: failed to reach build target prod in Dockerfile',
  'ERROR: failed to build: failed to solve: target stage "prod" could not be found',
])('a stage that there is not is a wrong input: %s', async (words) => {
  const building = build(`[ "$2" = inspect ] || { echo '${words}' >&2; exit 1; }`, { target: 'prod' });
  await expect(building).rejects.toThrow('Input `target`: the Dockerfile has no stage "prod"; give the name of one');
});

describe('a build that is cancelled', () => {
  test('is killed, and rejects with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled by SIGINT');
    // It would wait for ever: nobody writes into the pipe.
    const docker = await fakeDocker('[ "$2" = inspect ] || { echo begun; mkfifo "$0.pipe"; read -r line <"$0.pipe"; }');
    const onLine = (): void => controller.abort(reason);
    await expect(buildImage(request, { onLine, signal: controller.signal, docker })).rejects.toBe(reason);
  });

  test('before it begins is not begun', async () => {
    const reason = new Error('cancelled');
    await expect(build('exit 0', {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await calls()).toEqual([]);
  });

  test('by a docker command that waits for the engine before it begins ends that, too', async () => {
    const [controller, reason] = [new AbortController(), new Error('no answer')];
    const building = build('mkfifo "$0.pipe"; read -r line <"$0.pipe"', {}, controller.signal);
    const outcome = building.catch((error: unknown) => error);
    // Once it waits, it has nothing under way that would outlast it.
    while (!existsSync(join(folder, 'docker.pipe'))) await settle();
    controller.abort(reason);
    await expect(outcome).resolves.toBe(reason);
  });
});

describe('the hunt for processes by an argument', () => {
  test('finds exactly that one, and leaves alone what only mentions it', async () => {
    const mark = `lb-cluster-action.run=hunt-${process.pid}-${Math.random()}`;
    const wait = ['-e', 'setInterval(() => undefined, 1000)', '--'];
    const named = spawn(process.execPath, [...wait, '--label', mark]);
    const mentions = spawn(process.execPath, [...wait, '--filter', `label=${mark}`]);
    const ended = once(named, 'exit');
    await Promise.all([once(named, 'spawn'), once(mentions, 'spawn')]);
    await expect(killProcessesNamed(mark)).resolves.toBe(1);
    await expect(ended).resolves.toEqual([null, 'SIGKILL']);
    expect(mentions.signalCode).toBeNull();
    mentions.kill('SIGKILL');
    await expect(killProcessesNamed(mark)).resolves.toBe(0);
  });
});
