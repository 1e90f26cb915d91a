import { EngineError } from '../../cluster/engine';
import { labelsFor, resourceName } from '../../cluster/topology';
import { SIGKILLED } from '../container-stop';
import { controlGroup } from './control-group';
import { endedProof, whenEnded } from './ending';
import type { Fault, NotRun, Scene } from './fault';

/** The least that Docker takes as a limit (moby, `linuxMinMemory`). */
const LEAST_BYTES = 6 * 2 ** 20;
/** Left above what is in use, on version 1, where the kernel takes no limit below it; /dev/shm holds four times this. */
const MARGIN_BYTES = 16 * 2 ** 20;
const PAGE_BYTES = 4_096;

/** The replica needs more memory than it may have, and the kernel kills it. It is started again to heal. */
export const oom: Fault = {
  target: 'replica',
  window: 'fail-timeout',
  describe: (victim) => `memory of ${victim} runs out (the kernel kills it)`,

  inject: async (scene) => {
    const { engine, clock, victim, cluster } = scene;
    const { cgroupVersion } = await engine.describe();
    const heal = async (): Promise<void> => {
      await engine.updateLimits(victim.containerId, { memoryBytes: cluster.plan.limits.memoryBytes });
      await engine.startContainer(victim.containerId);
    };
    const squeezed = cgroupVersion === 1 ? await fillGroup(scene) : await lowerLimit(scene);
    if (squeezed.kind === 'not-run') return squeezed;
    const ended = await whenEnded(scene, 'its memory ran out');
    const effectiveAt = clock.now();
    await squeezed.clear();
    if (!ended.ended && squeezed.complaint !== null) return { kind: 'not-run', why: squeezed.complaint };
    return {
      kind: 'caused',
      effectiveAt,
      heal,
      proof: () => endedProof(ended, ({ exitCode, oomKilled }) => oomKilled || exitCode === SIGKILLED),
    };
  },
};

interface Squeezed {
  readonly kind: 'squeezed';
  /** The engine's, about something that may have worked all the same. */
  readonly complaint: string | null;
  readonly clear: () => Promise<void>;
}

/**
 * Version 2: a limit below what is in use makes the kernel kill at once (kernel, cgroup-v2.rst, "memory.max"); so soon that the
 * engine may find the container gone before it has written everything.
 */
async function lowerLimit({ engine, victim }: Scene): Promise<Squeezed> {
  const complaint = await engine.updateLimits(victim.containerId, { memoryBytes: LEAST_BYTES }).then(
    () => null,
    (error: unknown) => {
      if (error instanceof EngineError) return error.message;
      throw error;
    },
  );
  return { kind: 'squeezed', complaint, clear: () => Promise.resolve() };
}

/**
 * Version 1: the limit is lowered to little more than what is in use, and a container inside the victim's own control group
 * takes the rest with a file in memory. Such a file belongs to no process, and replicas are made to go first, so the kernel kills
 * the largest of the victim's.
 */
async function fillGroup({ engine, victim, cluster }: Scene): Promise<Squeezed | NotRun> {
  const group = await controlGroup(await engine.inspectContainer(victim.containerId), 'memory');
  const used = Number((await group?.read('memory.usage_in_bytes')) ?? Number.NaN);
  if (group === null || Number.isNaN(used)) {
    return { kind: 'not-run', why: 'the control group of the replica cannot be seen from where this step runs' };
  }
  const { ownership, limits, nginxImage } = cluster.plan;
  const tight = Math.ceil((used + MARGIN_BYTES) / PAGE_BYTES) * PAGE_BYTES;
  if (tight < limits.memoryBytes) await engine.updateLimits(victim.containerId, { memoryBytes: tight });
  const filler = await engine.createContainer({
    name: resourceName(ownership.run, cluster.name, 'filler'),
    image: nginxImage,
    labels: labelsFor(ownership, cluster.name, 'stand-in'),
    hostname: null,
    command: ['dd', 'if=/dev/zero', 'of=/dev/shm/filler', 'bs=64k'],
    env: {},
    network: 'none',
    extraHosts: {},
    limits: null,
    cgroupParent: group.path,
    hardened: false,
    publish: null,
  });
  await engine.startContainer(filler);
  return { kind: 'squeezed', complaint: null, clear: () => engine.removeContainer(filler) };
}
