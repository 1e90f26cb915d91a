import type { Replica } from '../cluster/cluster-types';
import type { ClientError } from '../traffic/attribution';
import { clientError, withPostsBefore } from '../traffic/attribution';
import type { Ending } from '../traffic/cut-off';
import { withCutOffs } from '../traffic/cut-off';
import { aftermathOf } from './aftermath';
import { undisturbed } from './baseline';
import type { RolloutEvidence, RolloutFailure, RolloutStep, ScenarioEvidence } from './evidence';
import { loadQualityOf } from './load-quality';
import { asideMs } from './observation';
import { isUnseen, newVersionProbes } from './rollout/new-version';
import { servedVersion } from './rollout/served-version';
import { takeTurn } from './rollout/turn';
import { sendUntilPunctual } from './punctuality';
import type { ScenarioContext } from './scenario';
import { replicaPlacesOf } from './scenario';
import { slowPartOf } from './slow-part';

/** Errors that a replica may get over, once it is up for long enough. */
const IS_OF_APP: ReadonlySet<ClientError | null> = new Set(['server-error', 'refused']);

/**
 * Replaces every replica by the new version, one at a time, under traffic: GET and POST, on fresh and on kept-alive
 * connections, some of them slow. Stops at a new version that does not come up. Once nothing is sent any more, the new version is asked what
 * the check `hardening` cannot ask it. Returns what was seen, whatever it was.
 */
export async function runRollout(context: ScenarioContext): Promise<ScenarioEvidence> {
  const { clock, cluster, settings, rollout, log } = context;
  const before = await versionsOf(context, cluster.replicas);
  // One after the other: each takes all workers that there are.
  const room = await context.slowRoom();
  const idleRoom = await context.idleRoom();
  const slow = slowPartOf(context.nginx, room);
  const startedAt = clock.now();
  const traffic = await context.openTraffic({
    rate: settings.rate,
    mix: { getFresh: 1, getKept: 1, postFresh: 1, postKept: 1 },
    slow,
    path: settings.probePath,
    seed: context.seed,
    idPrefix: cluster.name,
  });
  log('baseline: nothing is replaced yet');
  await undisturbed(context, traffic, slow, startedAt);

  const rolloutStartedAt = clock.now();
  log(`rolling out ${rollout.to.reference}`);
  const { steps, failure, replicas } = await update(context);
  const rolloutEndedAt = clock.now();
  log(failure === null ? 'every replica is replaced' : `the update was stopped: ${failure.why}`);
  await undisturbed(context, traffic, slow, rolloutEndedAt);
  const samples = traffic.samples();
  const places = withPostsBefore(replicaPlacesOf(cluster), samples, rolloutStartedAt);
  const sinceThen = samples.filter(({ sentAt }) => sentAt >= rolloutStartedAt);
  if (sinceThen.some((sample) => IS_OF_APP.has(clientError(sample, places)))) {
    // NGINX set replicas aside for it, and asks them again after that: only then it shows whether they have got over it.
    log('the app answered with errors: observing on, whether they pass');
    await clock.sleep(asideMs(context.nginx), context.signal);
  }

  await sendUntilPunctual(context, traffic);

  const after = await versionsOf(context, replicas);
  const result = await traffic.finish();
  const endedAt = clock.now();
  const seen = withCutOffs(result.samples, places, endingsOf(steps, rolloutStartedAt));
  const evidence: RolloutEvidence = {
    from: rollout.from.reference,
    to: rollout.to.reference,
    sameImage: rollout.from.id === rollout.to.id,
    promisedBy: rollout.promisedBy,
    startedAt: rolloutStartedAt,
    endedAt: rolloutEndedAt,
    steps: steps.map((step) => ({
      ...step,
      versionBefore: before.get(step.replica) ?? null,
      versionAfter: after.get(step.replica) ?? null,
    })),
    failure,
  };
  const aftermath = await aftermathOf({ samples: seen, replicas: places }, replicas, context.engine);
  // What is not deployed, or has ended by itself, has other troubles, and no answers.
  const isAsked = failure === null && aftermath.ended?.length === 0 && isUnseen(settings, rollout);
  return {
    name: 'rollout',
    check: 'rollout',
    ...aftermath,
    replicas: places,
    phases: [
      { name: 'baseline', from: startedAt, to: rolloutStartedAt },
      { name: 'rollout', from: rolloutStartedAt, to: rolloutEndedAt },
      { name: 'recovery', from: rolloutEndedAt, to: endedAt },
    ],
    samples: seen,
    missingLines: result.missingLines,
    load: loadQualityOf(result),
    fault: null,
    rollout: evidence,
    idleRoom,
    probes: isAsked ? await newVersionProbes(context, replicas) : [],
    startedAt,
    endedAt,
  };
}

/** What the new version answers may be longer or shorter. */
function endingsOf(steps: readonly RolloutStep[], alikeUntil: number): readonly Ending[] {
  return steps.flatMap(({ replica, stopAt, startAt }) =>
    stopAt === null ? [] : [{ replica, from: stopAt, to: startAt ?? Infinity, alikeUntil }],
  );
}

interface Update {
  readonly steps: readonly RolloutStep[];
  readonly failure: RolloutFailure | null;
  /** What stands in each place now. */
  readonly replicas: readonly Replica[];
}

async function update(context: ScenarioContext): Promise<Update> {
  const steps: RolloutStep[] = [];
  const replicas = [...context.cluster.replicas];
  for (const [index, old] of context.cluster.replicas.entries()) {
    context.signal.throwIfAborted();
    const turn = await takeTurn(context, old);
    steps.push(turn.step);
    replicas[index] = turn.replica;
    if (turn.failure !== null) return { steps, failure: turn.failure, replicas };
  }
  return { steps, failure: null, replicas };
}

async function versionsOf(
  { cluster, signal }: ScenarioContext,
  replicas: readonly Replica[],
): Promise<ReadonlyMap<string, string | null>> {
  return new Map(
    await Promise.all(
      replicas.map(async (replica) => [replica.hostname, await servedVersion(replica, cluster.plan, signal)] as const),
    ),
  );
}
