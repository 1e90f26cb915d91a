import { expect, test } from '@jest/globals';
import { secretFileProbes } from '../../../src/checks/hardening/secret-files';
import type { Cluster } from '../../../src/cluster/cluster-types';
import { systemClock } from '../../../src/clock';
import { MemoryEngine } from '../../support/memory-engine';

const CLUSTER = { name: 'calm', plan: { ownership: { run: 'r1', owner: 'o', kept: true } } } as Cluster;
const IMAGE = 'shop:1';

function machine(files: Readonly<Record<string, string>>): MemoryEngine {
  return new MemoryEngine({ images: { [IMAGE]: { id: IMAGE, workingDir: '/app', files } } });
}

async function asked(engine: MemoryEngine, signal = new AbortController().signal): Promise<readonly unknown[]> {
  const image = await engine.findImage(IMAGE);
  const probes = await secretFileProbes(IMAGE, image, ['COPY . . # buildkit', 'WORKDIR /app'], {
    ...{ engine, clock: systemClock, signal, cluster: CLUSTER },
  });
  return probes.map(({ subject, seen, holds }) => [subject, seen, holds]);
}

test('each file that holds a secret is a finding by its path, and its value is not told', async () => {
  const engine = machine({
    ...{ '/app/.env': 'TOKEN=hunter2', '/app/app.py': 'TOKEN', '/root/.netrc': 'machine a login b password hunter2' },
    '/usr/lib/x/.env': 'TOKEN=hunter2',
  });
  const told = await asked(engine);
  expect(told).toEqual([
    ['/app/.env', 'it holds TOKEN (not shown)', false],
    ['/root/.netrc', 'it holds a password (not shown)', false],
  ]);
  expect(JSON.stringify(told)).not.toContain('hunter2');
});

test('they are read out of a container that never runs, and that is gone afterwards', async () => {
  const engine = machine({ '/app/app.py': 'x' });
  await expect(asked(engine)).resolves.toEqual([['image', 'none in 1 file and folders of the app', true]]);
  const verbs = engine.calls.map(({ verb }) => verb);
  expect(verbs).toEqual(['findImage', 'createContainer', 'readFiles', 'readFiles', 'readFiles', 'removeContainer']);
  expect(engine.containers.size).toBe(0);
  engine.failNext('readFiles', new Error('no room'));
  await expect(asked(engine)).resolves.toEqual([['image', 'no room', null]]);
  expect(engine.containers.size).toBe(0);
});

test('an image that is gone, or is larger than anybody’s, is not judged', async () => {
  await expect(asked(new MemoryEngine())).resolves.toEqual([['image', 'the image is gone', null]]);
  const many = Object.fromEntries(Array.from({ length: 300_001 }, (_, index) => [`/app/${index}`, '']));
  await expect(asked(machine(many))).resolves.toMatchObject([
    ['image', expect.stringMatching(/^none in 300,000 files/), null],
  ]);
});

test('a cancelled run ends it', async () => {
  const controller = new AbortController();
  controller.abort(new Error('cancelled'));
  const engine = machine({ '/app/app.py': 'x' });
  await expect(asked(engine, controller.signal)).rejects.toThrow('cancelled');
  expect(engine.containers.size).toBe(0);
});

test('as many are told as anybody reads, and a path no longer than a line', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`/app/${'d'.repeat(300)}/${index}/.env`, 'TOKEN=hunter2']),
  );
  const told = await asked(machine(files));
  expect(told).toHaveLength(20);
  expect(JSON.stringify(told[0])).toMatch(/^\["\/app\/d{195}…"/);
});
