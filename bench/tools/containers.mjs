/** What the containers of a run take of the machine's memory and processors. */
import Docker from 'dockerode';

const PAUSE_MS = 1_000;
const MIB = 2 ** 20;

/**
 * Watches until the function that it returns is called; that one resolves to `peakMiB`, the most that all containers held at once,
 * and `cpuSeconds`, what each had worked when it was last seen, added up.
 *
 * @param runOf the run's id, or null as long as it is not known.
 */
export function watchContainers(runOf) {
  const docker = new Docker();
  const worked = new Map();
  let [peakMiB, over] = [0, false];
  const watching = (async () => {
    while (!over) {
      const run = runOf();
      if (run !== null) peakMiB = Math.max(peakMiB, await held(docker, run, worked).catch(() => 0));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  return async () => {
    over = true;
    await watching;
    return { peakMiB, cpuSeconds: [...worked.values()].reduce((sum, seconds) => sum + seconds, 0) };
  };
}

/** One reading a container, not the second one a second later that the engine would take for processor shares. */
async function held(docker, run, worked) {
  const containers = await docker.listContainers({ filters: { label: [`lb-cluster-action.run=${run}`] } });
  const readings = await Promise.all(
    containers.map(async ({ Id }) => {
      // It may end meanwhile: that is what the action does to containers.
      const stats = await docker
        .getContainer(Id)
        .stats({ stream: false, 'one-shot': true })
        .catch(() => ({}));
      const nanoseconds = stats.cpu_stats?.cpu_usage?.total_usage ?? 0;
      // One that was started again counts from 0: what it had worked before is kept as the larger of the two.
      worked.set(Id, Math.max(worked.get(Id) ?? 0, nanoseconds / 1e9));
      return own(stats.memory_stats);
    }),
  );
  return readings.reduce((sum, bytes) => sum + bytes, 0) / MIB;
}

/** Without files that the kernel may drop at any time (as `docker stats` has it); cgroup v1 and v2 name them differently. */
function own(memory) {
  if (memory?.usage === undefined) return 0;
  return memory.usage - (memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0);
}
