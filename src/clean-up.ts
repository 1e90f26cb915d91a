import { systemClock } from './clock';
import { createDockerEngine } from './cluster/docker-engine';
import { killProcessesNamed } from './cluster/process-hunt';
import { removeRun } from './cluster/removal';
import { createLog } from './github/log';
import { STATE } from './github/names';
import { getState } from './github/step';

/**
 * The post step: removes what the main step left, on purpose (`keep-cluster`) or because it was killed. It only warns: the
 * verdict has been given, and a clean-up error must not hide it.
 */
export async function cleanUp(): Promise<void> {
  const log = createLog();
  const runId = getState(STATE.runId);
  if (runId === '') {
    log.line('Nothing was created, so there is nothing to remove.');
    return;
  }
  // A build that outlived a killed main step would go on creating things.
  await killProcessesNamed(runId);
  const removal = await removeRun(createDockerEngine(), runId, systemClock);
  log.line(
    removal.removed === 0
      ? `Nothing is left of run ${runId}.`
      : `Removed ${removal.removed} leftovers of run ${runId}.`,
  );
  for (const problem of removal.problems) log.line(`Not removed: ${problem}`);
}
