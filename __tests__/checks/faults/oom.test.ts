import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ControlGroup } from '../../../src/checks/faults/control-group';
import type { Scene } from '../../../src/checks/faults/fault';
import { lowerLimit } from '../../../src/checks/faults/oom';
import { EngineError } from '../../../src/cluster/engine';
import type { Traffic } from '../../../src/traffic/traffic';
import type { Stage } from '../rollout/stage';
import { setStage } from '../rollout/stage';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});
afterEach(() => stage.close());

/** With this in the victim's `cgroup.procs`, at each look; null: the group is gone. */
function groupWith(...processes: readonly (string | null)[]): ControlGroup {
  let looks = 0;
  const read = (): Promise<string | null> => {
    looks += 1;
    return Promise.resolve(processes[Math.min(looks, processes.length) - 1] ?? null);
  };
  return { path: '/system.slice/docker-1.scope', folder: '/sys/fs/cgroup/system.slice/docker-1.scope', read };
}

function scene(): Scene {
  const [victim] = stage.context.cluster.replicas;
  if (victim === undefined) throw new Error('a cluster without replicas');
  return { ...stage.context, victim, traffic: {} as Traffic };
}

const helpers = (): readonly string[] =>
  [...stage.engine.containers.values()].flatMap(({ name }) => (name.includes('squeezer') ? [name] : []));

describe('a limit below what is in use (control groups of version 2)', () => {
  test('is all where the kernel ends everybody at once', async () => {
    const at = scene();
    const squeezed = await lowerLimit(at, groupWith('71\n72', null));
    expect(stage.engine.container(at.victim.containerId).limits).toMatchObject({ memoryBytes: 6 * 2 ** 20 });
    expect(helpers()).toEqual([]);
    await expect(squeezed.clear()).resolves.toBeNull();
  });

  test('is followed by one of nothing at all where the app gets along with the least that the engine takes', async () => {
    const squeezed = await lowerLimit(scene(), groupWith('71'));
    expect(squeezed.cause).toBe('its memory ran out');
    const [name = ''] = helpers();
    const { request, ...helper } = stage.engine.container(name);
    expect(request).toMatchObject({
      ...{ image: 'nginx', network: 'none', limits: null },
      machineFolder: '/sys/fs/cgroup/system.slice/docker-1.scope',
      command: ['sh', '-c', 'echo 0 > /mnt/memory.max'],
    });
    expect(helper.running).toBe(true);
    await expect(squeezed.clear()).resolves.toBeNull();
    expect(helpers()).toEqual([]);
  });

  test('that could not be set to nothing is told in the words of the machine', async () => {
    const squeezed = await lowerLimit(scene(), groupWith('71'));
    const helper = stage.engine.container(helpers()[0] ?? '');
    helper.write({ stream: 'stderr', text: 'sh: cannot create /mnt/memory.max: Permission denied' });
    helper.end(2);
    await expect(squeezed.clear()).resolves.toBe(
      'the memory limit of the replica could not be taken down to nothing: sh: cannot create /mnt/memory.max: Permission denied',
    );
    expect(helpers()).toEqual([]);
  });

  test('is all that can be done where the group is not seen, and is called no more than that', async () => {
    stage.engine.failNext('updateLimits', new EngineError('other', 'Cannot limit container 1: no such process'));
    const squeezed = await lowerLimit(scene(), null);
    expect(helpers()).toEqual([]);
    expect(squeezed.cause).toBe('its memory was limited to 6 MiB, the least that the engine takes');
    await expect(squeezed.clear()).resolves.toBe('Cannot limit container 1: no such process');
  });
});
