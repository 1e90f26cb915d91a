import { waitUntil } from '../../clock';
import { EngineError, MACHINE_FOLDER } from '../../cluster/engine';
import { SIGKILLED } from '../container-stop';
import { startTool } from '../tool-container';
import type { ControlGroup } from './control-group';
import { controlGroup } from './control-group';
import { endedProof, whenEnded } from './ending';
import type { Fault, NotRun, Scene } from './fault';

/** The least that Docker takes as a limit (moby, `linuxMinMemory`). */
const LEAST_BYTES = 6 * 2 ** 20;
/** Left above what is in use, on version 1, where the kernel takes no limit below it; /dev/shm holds four times this. */
const MARGIN_BYTES = 16 * 2 ** 20;
const PAGE_BYTES = 4_096;
/** So long what the kernel has killed may take to be gone, on a machine that is busy, in milliseconds. */
const OUTLIVED_MS = 1_000;
const POLL_MS = 25;

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
    const group = await controlGroup(await engine.inspectContainer(victim.containerId), 'memory');
    const squeezed = cgroupVersion === 1 ? await fillGroup(scene, group) : await lowerLimit(scene, group);
    if (squeezed.kind === 'not-run') return squeezed;
    const ended = await whenEnded(scene, squeezed.cause);
    const effectiveAt = clock.now();
    const complaint = await squeezed.clear();
    if (!ended.ended && complaint !== null) return { kind: 'not-run', why: complaint };
    return {
      kind: 'caused',
      effectiveAt,
      heal,
      proof: () => endedProof(ended, ({ exitCode, oomKilled }) => oomKilled || exitCode === SIGKILLED),
    };
  },
};

/** What was done to the victim's memory; whether it ended by that is to be seen. */
interface Squeezed {
  readonly kind: 'squeezed';
  /** What should have ended it: `its memory ran out`. */
  readonly cause: string;
  /** Removes what it took. Why it may not have worked, which says nothing where the victim has ended; null: it worked. */
  readonly clear: () => Promise<string | null>;
}

const RAN_OUT = 'its memory ran out';

/**
 * Version 2: a limit below what is in use makes the kernel kill at once (kernel, cgroup-v2.rst, "memory.max"); so soon that the
 * engine may find the container gone before it has written everything. What needs less than the least limit that the engine takes, or gets along
 * with that once its files are no longer kept in memory, outlives it: it is left nothing at all then.
 *
 * @param group the victim's; null: it cannot be seen from where this process runs.
 */
export async function lowerLimit(scene: Scene, group: ControlGroup | null): Promise<Squeezed> {
  const { engine, victim } = scene;
  const complaint = await engine.updateLimits(victim.containerId, { memoryBytes: LEAST_BYTES }).then(
    () => null,
    (error: unknown) => {
      if (error instanceof EngineError) return error.message;
      throw error;
    },
  );
  if (group !== null && (await outlives(scene, group))) return leaveNothing(scene, group);
  const cause = `its memory was limited to ${LEAST_BYTES / 2 ** 20} MiB, the least that the engine takes`;
  return { kind: 'squeezed', cause, clear: () => Promise.resolve(complaint) };
}

/** Whether there is still a process in the group once what the kernel kills had time to end. */
async function outlives({ clock, signal }: Scene, group: ControlGroup): Promise<boolean> {
  const ended = await waitUntil({
    poll: async () => ((await group.read('cgroup.procs')) ?? '') === '' || null,
    timeoutMs: OUTLIVED_MS,
    intervalMs: POLL_MS,
    clock,
    signal,
  });
  return ended === null;
}

/** Only root may take the limit down to nothing: a container does it that has the victim's control group and no other. */
async function leaveNothing(scene: Scene, { folder }: ControlGroup): Promise<Squeezed> {
  const { engine } = scene;
  const command = ['sh', '-c', `echo 0 > ${MACHINE_FOLDER}/memory.max`];
  const id = await startTool(scene, { what: 'squeezer', role: 'stand-in', command, machineFolder: folder });
  const clear = async (): Promise<string | null> => {
    const { exitCode } = await engine.inspectContainer(id);
    const words = (await engine.readOutput(id)).stderr.trim();
    await engine.removeContainer(id);
    return exitCode === 0 ? null : `the memory limit of the replica could not be taken down to nothing: ${words}`;
  };
  return { kind: 'squeezed', cause: RAN_OUT, clear };
}

/**
 * Version 1: the limit is lowered to little more than what is in use, and a container inside the victim's own control group
 * takes the rest with a file in memory. Such a file belongs to no process, and replicas are made to go first, so the kernel kills
 * the largest of the victim's.
 */
async function fillGroup(scene: Scene, group: ControlGroup | null): Promise<Squeezed | NotRun> {
  const { engine, victim, cluster } = scene;
  const used = Number((await group?.read('memory.usage_in_bytes')) ?? Number.NaN);
  if (group === null || Number.isNaN(used)) {
    return { kind: 'not-run', why: 'the control group of the replica cannot be seen from where this step runs' };
  }
  const { limits } = cluster.plan;
  const tight = Math.ceil((used + MARGIN_BYTES) / PAGE_BYTES) * PAGE_BYTES;
  if (tight < limits.memoryBytes) await engine.updateLimits(victim.containerId, { memoryBytes: tight });
  const command = ['dd', 'if=/dev/zero', 'of=/dev/shm/filler', 'bs=64k'];
  const id = await startTool(scene, { what: 'filler', role: 'stand-in', command, cgroupParent: group.path });
  const clear = async (): Promise<null> => {
    await engine.removeContainer(id);
    return null;
  };
  return { kind: 'squeezed', cause: RAN_OUT, clear };
}
