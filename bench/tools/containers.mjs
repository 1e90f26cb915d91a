/** What the containers of a run hold of the machine's memory. */
import Docker from 'dockerode';

const PAUSE_MS = 1_000;
const MIB = 2 ** 20;

/**
 * Watches until the function that it returns is called; that one resolves to the most MiB that all containers held at once.
 *
 * @param runOf the run's id, or null as long as it is not known.
 */
export function watchContainers(runOf) {
  const docker = new Docker();
  let [peak, over] = [0, false];
  const watching = (async () => {
    while (!over) {
      const run = runOf();
      if (run !== null) peak = Math.max(peak, await held(docker, run).catch(() => 0));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  return async () => {
    over = true;
    await watching;
    return peak;
  };
}

/** One reading a container, not the second one a second later that the engine would take for processor shares. */
async function held(docker, run) {
  const containers = await docker.listContainers({ filters: { label: [`lb-cluster-action.run=${run}`] } });
  const readings = await Promise.all(
    containers.map(({ Id }) =>
      docker
        .getContainer(Id)
        .stats({ stream: false, 'one-shot': true })
        // It may end meanwhile: that is what the action does to containers.
        .catch(() => ({})),
    ),
  );
  return readings.reduce((sum, { memory_stats: memory }) => sum + own(memory), 0) / MIB;
}

/** Without files that the kernel may drop at any time (as `docker stats` has it); cgroup v1 and v2 name them differently. */
function own(memory) {
  if (memory?.usage === undefined) return 0;
  return memory.usage - (memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0);
}
