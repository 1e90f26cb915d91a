import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Clock } from '../../src/clock';
import { EngineError } from '../../src/cluster/engine';
import { hasOwnerEnded, ownerOfThisProcess } from '../../src/cluster/owner';
import { removeCluster, removeRun, removeStale } from '../../src/cluster/removal';
import { labelsFor, resourceName } from '../../src/cluster/topology';
import { MemoryEngine } from '../support/memory-engine';

const clock: Clock = { now: () => 0, sleep: () => Promise.resolve() };
let engine: MemoryEngine;
let subnets = 0;

beforeEach(() => {
  engine = new MemoryEngine({ images: { app: {} } });
});

/** A network and a container of a run's cluster. */
async function create(
  run: string,
  cluster: string,
  { owner = 'unknown/unknown/1/unknown', kept = false } = {},
): Promise<void> {
  const ownership = { run, owner, kept };
  const network = await engine.createNetwork({
    name: resourceName(run, cluster, 'fabric'),
    labels: labelsFor(ownership, cluster, 'fabric'),
    internal: true,
    subnet: `10.0.${subnets++}.0/24`,
  });
  await engine.createContainer({
    name: resourceName(run, cluster, 'app1'),
    image: 'app',
    labels: labelsFor(ownership, cluster, 'replica'),
    hostname: 'app1',
    command: null,
    env: {},
    network: { id: network, endpoint: { address: `10.0.${subnets - 1}.11`, aliases: [] } },
    extraHosts: {},
    limits: null,
    hardened: true,
    publish: null,
  });
}

function left(): readonly string[] {
  return [...engine.containers.values()]
    .map(({ name }) => name)
    .concat([...engine.networks.values()].map(({ name }) => name));
}

describe('removal', () => {
  test('of a run takes all its clusters, and nothing of another run', async () => {
    await create('aaaa', 'rotation');
    await create('aaaa', 'crash');
    await create('bbbb', 'rotation');
    await expect(removeRun(engine, 'aaaa', clock, 2)).resolves.toEqual({ removed: 4, problems: [] });
    expect(left()).toEqual(['lbca-bbbb-rotation-app1', 'lbca-bbbb-rotation-fabric']);
  });

  test('of a cluster leaves the run’s others', async () => {
    await create('aaaa', 'rotation');
    await create('aaaa', 'crash');
    await removeCluster(engine, 'aaaa', 'crash');
    expect(left()).toEqual(['lbca-aaaa-rotation-app1', 'lbca-aaaa-rotation-fabric']);
  });

  test('tries again what would not go the first time', async () => {
    await create('aaaa', 'crash');
    engine.failNext('removeNetwork', new EngineError('conflict', 'Cannot remove network: has active endpoints'));
    await expect(removeRun(engine, 'aaaa', clock, 2)).resolves.toEqual({ removed: 2, problems: [] });
    expect(left()).toEqual([]);
  });

  test('finds what appears after the first look', async () => {
    await create('aaaa', 'crash');
    let looks = 0;
    const late: Clock = { ...clock, sleep: () => (looks++ === 0 ? create('aaaa', 'late') : Promise.resolve()) };
    await expect(removeRun(engine, 'aaaa', late, 2)).resolves.toEqual({ removed: 4, problems: [] });
    expect(left()).toEqual([]);
  });

  test('gives up where the engine leaves it unanswered, once nothing else goes', async () => {
    await create('aaaa', 'crash');
    // Twice for each container: the first time their networks go, and the second time nothing does.
    for (let time = 0; time < 4; time += 1) {
      engine.failNext('removeContainer', new EngineError('unanswered', 'no answer to DELETE /containers/x'));
    }
    await create('aaaa', 'freeze');
    await expect(removeRun(engine, 'aaaa', clock, 2)).resolves.toEqual({
      removed: 2,
      problems: [
        'lbca-aaaa-crash-app1: no answer to DELETE /containers/x',
        'lbca-aaaa-freeze-app1: no answer to DELETE /containers/x',
      ].map((problem) => expect.stringContaining(problem) as unknown),
    });
  });

  test('begins no new pass after five minutes', async () => {
    await create('aaaa', 'crash');
    let now = 0;
    const slow: Clock = { now: () => (now += 100_000), sleep: () => Promise.resolve() };
    const stuck = new EngineError('conflict', 'Cannot remove network: has active endpoints');
    for (let pass = 0; pass < 15; pass += 1) engine.failNext('removeNetwork', stuck);
    const { problems } = await removeRun(engine, 'aaaa', slow, 2);
    expect(problems).toHaveLength(1);
    expect(engine.calls.filter(({ verb }) => verb === 'removeNetwork')).toHaveLength(2);
  });

  test('never throws: an engine that is gone is a problem in words', async () => {
    engine.failNext('listLabelled', new EngineError('unreachable', 'no Docker Engine answers'));
    await expect(removeCluster(engine, 'aaaa', 'crash')).resolves.toEqual({
      removed: 0,
      problems: ['no Docker Engine answers'],
    });
  });
});

describe('what is stale', () => {
  test('the remains of a process that is gone, and only these', async () => {
    const living = await ownerOfThisProcess();
    const gone = living.replace(/\/[^/]+$/, '/1');
    await create('dead', 'crash', { owner: gone });
    await create('kept', 'rotation', { owner: gone, kept: true });
    await create('before', 'rotation', { owner: living.replace(/^[^/]+/, 'another-boot'), kept: true });
    await create('live', 'crash', { owner: living });
    await create('unknown', 'crash');
    await expect(removeStale(engine)).resolves.toEqual({ removed: 4, problems: [] });
    expect(left().filter((name) => name.includes('-app1'))).toEqual([
      'lbca-kept-rotation-app1',
      'lbca-live-crash-app1',
      'lbca-unknown-crash-app1',
    ]);
  });
});

describe('the owner of a run', () => {
  test('lives as long as its process', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const pid = child.pid ?? 0;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    const own = (await ownerOfThisProcess()).split('/');
    const owner = [own[0], own[1], pid, start].join('/');
    await expect(hasOwnerEnded(owner)).resolves.toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect(hasOwnerEnded(owner)).resolves.toBe(true);
  });

  test.each(['', 'nonsense', 'unknown/pid:[1]/1/1', 'other-boot/pid:[1]/x/1'])('%j tells nothing', async (owner) => {
    await expect(hasOwnerEnded(owner)).resolves.toBe(false);
  });

  test('of an earlier boot is gone; in another process table nothing can be told', async () => {
    const [boot = '', , pid = '', start = ''] = (await ownerOfThisProcess()).split('/');
    await expect(hasOwnerEnded(`earlier/pid:[1]/${pid}/${start}`)).resolves.toBe(true);
    await expect(hasOwnerEnded(`${boot}/pid:[1]/999999/1`)).resolves.toBe(false);
  });
});
