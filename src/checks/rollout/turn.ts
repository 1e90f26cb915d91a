import type { Replica } from '../../cluster/cluster-types';
import type { RolloutFailure, RolloutStep } from '../evidence';
import type { ScenarioContext } from '../scenario';
import { drain, undrain, type ReloadFailure } from './drain';
import type { Fresh } from './replacement';
import { becomeReady, rollBack, startNew, stopOld } from './replacement';

/** What one replica's turn came to. */
export interface Turn {
  readonly step: RolloutStep;
  readonly failure: RolloutFailure | null;
  /** What stands in the replica's place now. */
  readonly replica: Replica;
}

const NOTHING_YET = {
  ...{ undrained: null, serversLeft: null, drainAt: null, drainedAt: null },
  ...{ stopAt: null, stoppedAt: null, exitCode: null, oomKilled: false, startAt: null, readyAt: null },
  ...{ backAt: null, rolledBackAt: null, versionBefore: null, versionAfter: null },
} as const;

/**
 * Replaces one replica by the new version: spare it, stop it, start the new one in its place, and send to it again when it
 * is ready. A new one that never is goes, and the old one comes back.
 */
export async function takeTurn(context: ScenarioContext, old: Replica): Promise<Turn> {
  const { clock, engine, log } = context;
  const replica = old.hostname;
  const drained = await drain(context, old);
  if (drained.kind === 'reload-failed') {
    const back = await undrain(context);
    const rollbackProblem = back.kind === 'reload-failed' ? back.why : null;
    return {
      step: { replica, ...NOTHING_YET },
      failure: reloadFailure(replica, drained, rollbackProblem),
      replica: old,
    };
  }
  const sparing = sparingOf(drained);
  if (sparing.undrained !== null) log(`${replica}: not spared by NGINX: ${sparing.undrained}`);
  else if (sparing.drainedAt === null) log(`${replica}: old workers of NGINX are still there`);

  context.signal.throwIfAborted();
  const stop = await stopOld(context, old);
  log(`${replica}: stopped with exit code ${stop.exitCode} after ${Math.round(stop.stoppedAt - stop.stopAt)} ms`);
  const made = await startNew(context, old);
  const started = { replica, ...NOTHING_YET, ...sparing, ...stop, startAt: clock.now() };
  if (made.problem !== null) return rolledBack(context, started, old, made, { why: made.problem, details: [] });
  const fresh = { ...old, containerId: made.containerId };
  const readying = await becomeReady(context, fresh);
  if (!readying.ready) return rolledBack(context, started, old, made, readying);

  context.onReplaced(fresh);
  const back = sparing.undrained === null ? await undrain(context) : null;
  await engine.removeContainer(old.containerId);
  const step = { ...started, readyAt: readying.at };
  if (back?.kind === 'reload-failed') {
    return { step, failure: reloadFailure(replica, back, null), replica: fresh };
  }
  log(`${replica}: replaced, ready after ${Math.round(readying.at - started.startAt)} ms`);
  return { step: { ...step, backAt: back?.at ?? readying.at }, failure: null, replica: fresh };
}

function reloadFailure(
  replica: string,
  { why, nginxEnded }: ReloadFailure,
  rollbackProblem: string | null,
): RolloutFailure {
  const ended = nginxEnded === undefined ? {} : { nginxEnded };
  return { kind: 'reload', replica, why, ...ended, details: [], rollbackProblem };
}

function sparingOf(
  drained: Exclude<Awaited<ReturnType<typeof drain>>, { kind: 'reload-failed' }>,
): Pick<RolloutStep, 'undrained' | 'serversLeft' | 'drainAt' | 'drainedAt'> {
  if (drained.kind === 'impossible') {
    return { undrained: drained.why, serversLeft: null, drainAt: null, drainedAt: null };
  }
  const { serversLeft, drainAt, drainedAt } = drained;
  return { undrained: null, serversLeft, drainAt, drainedAt };
}

async function rolledBack(
  context: ScenarioContext,
  step: RolloutStep,
  old: Replica,
  fresh: Fresh,
  { why, details }: { readonly why: string; readonly details: readonly string[] },
): Promise<Turn> {
  const { clock, log } = context;
  const { replica } = step;
  log(`${replica}: the new version is not ready; rolling back`);
  const readying = await rollBack(context, old, fresh);
  const back = readying.ready && step.undrained === null ? await undrain(context) : null;
  const rollbackProblem = readying.ready ? (back?.kind === 'reload-failed' ? back.why : null) : readying.why;
  return {
    step: { ...step, rolledBackAt: rollbackProblem === null ? clock.now() : null },
    failure: { kind: 'not-ready', replica, why, details, rollbackProblem },
    replica: old,
  };
}
