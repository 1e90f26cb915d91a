import { systemClock } from './clock';
import { removeBuildFolders } from './cluster/build-folder';
import { createDockerEngine } from './cluster/docker-engine';
import type { Patience } from './cluster/docker-patience';
import { PATIENCE } from './cluster/docker-patience';
import { killProcessesNamed } from './cluster/process-hunt';
import { removeRun } from './cluster/removal';
import { LABELS } from './cluster/topology';
import { createLog } from './github/log';
import { STATE } from './github/names';
import { annotate, getState } from './github/step';
import { counted } from './settings/wording';

/** Passes, 0.3 s apart, in which nothing may be found: the engine may still be at work for a main step that was killed. */
const PASSES = 2;
const PASSES_AFTER_A_BUILD = 6;

/**
 * The post step: removes what the main step left, on purpose (`keep-cluster`) or because it was killed. It only warns: the
 * verdict has been given, and a clean-up error must not hide it.
 *
 * @param patience how long the engine may take to answer; tests have less.
 */
export async function cleanUp(patience: Patience = PATIENCE): Promise<void> {
  const log = createLog();
  const runId = getState(STATE.runId);
  if (runId === '') {
    log.line('Nothing was created, so there is nothing to remove.');
    return;
  }
  // A build that outlived a killed main step would go on creating things, and does so for a moment after its end.
  const builds = await killProcessesNamed(`${LABELS.run}=${runId}`);
  await removeBuildFolders(runId);
  const quietPasses = builds > 0 ? PASSES_AFTER_A_BUILD : PASSES;
  const engine = createDockerEngine({ patience, tell: (line) => log.line(line) });
  const removal = await removeRun(engine, runId, systemClock, quietPasses);
  if (removal.removed > 0) log.line(`Removed ${counted(removal.removed, 'leftover')} of run ${runId}.`);
  else if (removal.problems.length === 0) log.line(`Nothing is left of run ${runId}.`);
  const warning = { kind: 'warning', title: 'Not removed', file: null, line: null } as const;
  annotate(
    removal.problems.map((message) => ({ ...warning, message })),
    log,
  );
}
