import { waitUntil } from '../clock';
import type { Replica } from '../cluster/cluster-types';
import { replicaReady } from '../cluster/cluster-ready';
import { SetupError } from '../cluster/setup-error';
import type { FaultName } from '../settings/settings';
import { distributionOf } from '../traffic/attribution';
import { recoveredAt, shareOf } from '../traffic/share';
import type { Traffic } from '../traffic/traffic';
import type { FaultEvidence, ScenarioEvidence } from './evidence';
import { crash } from './faults/crash';
import type { Fault } from './faults/fault';
import { loadQualityOf } from './load-quality';
import { observationMs, recoveryMs } from './observation';
import type { ScenarioContext } from './scenario';
import { replicaPlacesOf } from './scenario';

const FAULTS: Readonly<Record<FaultName, Fault>> = { crash };

/** Answers a replica that a baseline needs before anything is broken, and how long they may take. */
const BASELINE_PER_REPLICA = 30;
const BASELINE_LEAST_MS = 1_500;
const BASELINE_MOST_MS = 30_000;
const POLL_MS = 25;

/**
 * Breaks one replica under traffic and mends it: baseline, inject, proof, observe, heal, recovery. Half the requests are
 * POSTs, half travel on kept-alive connections. Returns what was seen, whatever it was.
 */
export async function runFailover(context: ScenarioContext, name: FaultName): Promise<ScenarioEvidence> {
  const { clock, cluster, settings, log } = context;
  const fault = FAULTS[name];
  const startedAt = clock.now();
  const traffic = await context.openTraffic({
    rate: settings.rate,
    mix: { getFresh: 1, getKept: 1, postFresh: 1, postKept: 1 },
    path: settings.probePath,
    seed: context.seed,
    idPrefix: cluster.name,
  });
  await baseline(context, traffic);

  const victim = pickVictim(context, traffic);
  const usualShare = shareOf(victim.hostname, traffic.samples(), replicaPlacesOf(cluster));
  log(`injecting: ${fault.describe(victim.hostname)}`);
  const injectedAt = clock.now();
  const injection = await fault.inject(context, victim);
  await observe(context, traffic, injection.effectiveAt);

  const healStartedAt = clock.now();
  log(`healing ${victim.hostname} after ${Math.round(healStartedAt - injection.effectiveAt)} ms`);
  const { healedAt, healProblem } = await heal(context, fault, victim);
  if (healedAt !== null) await recovery(context, traffic, victim, healedAt, usualShare);

  const result = await traffic.finish();
  const endedAt = clock.now();
  const evidence: FaultEvidence = {
    name,
    victim: victim.hostname,
    injectedAt,
    effectiveAt: injection.effectiveAt,
    proof: injection.proof,
    healStartedAt,
    healedAt,
    healProblem,
  };
  return {
    name: `failover.${name}`,
    check: 'failover',
    replicas: replicaPlacesOf(cluster),
    phases: [
      { name: 'baseline', from: startedAt, to: injectedAt },
      { name: 'fault', from: injectedAt, to: healStartedAt },
      { name: 'recovery', from: healStartedAt, to: endedAt },
    ],
    samples: result.samples,
    missingLines: result.missingLines,
    load: loadQualityOf(result.summary),
    fault: evidence,
    probes: [],
    startedAt,
    endedAt,
  };
}

async function baseline({ clock, cluster, signal, log }: ScenarioContext, traffic: Traffic): Promise<void> {
  const wanted = BASELINE_PER_REPLICA * cluster.replicas.length;
  const from = clock.now();
  log('baseline: nothing broken');
  await waitUntil({
    poll: () => (traffic.samples().length >= wanted && clock.now() - from >= BASELINE_LEAST_MS ? true : null),
    timeoutMs: BASELINE_MOST_MS,
    intervalMs: POLL_MS,
    clock,
    signal,
  });
}

/** One of the replicas that serve, drawn by the seed: breaking one that serves nothing would prove nothing. */
function pickVictim({ cluster, seed }: ScenarioContext, traffic: Traffic): Replica {
  const counts = distributionOf(traffic.samples(), replicaPlacesOf(cluster));
  const serving = cluster.replicas.filter((replica) => (counts[replica.hostname] ?? 0) > 0);
  const candidates = serving.length > 0 ? serving : cluster.replicas;
  const victim = candidates[seed % candidates.length];
  if (victim === undefined) throw new Error('a cluster without replicas');
  return victim;
}

/**
 * Keeps the fault up past NGINX's own `fail_timeout`, so that it tries the victim again, and then until every request
 * that was due by then has come to an end: healing while one of them hangs would rescue it, and hide the wait.
 */
async function observe(
  { clock, signal, nginx, log }: ScenarioContext,
  traffic: Traffic,
  effectiveAt: number,
): Promise<void> {
  const window = observationMs(nginx);
  log(`observing for ${window / 1000} s`);
  await clock.sleep(Math.max(0, effectiveAt + window - clock.now()), signal);
  const end = clock.now();
  const waiting = traffic.outstandingBefore(end);
  if (waiting > 0) log(`${waiting} requests still wait for an answer; the fault stays until they have one`);
  await waitUntil({
    poll: () => (traffic.outstandingBefore(end) === 0 ? true : null),
    // Each request has its own patience, so this comes to an end.
    timeoutMs: Infinity,
    intervalMs: POLL_MS,
    clock,
    signal,
  });
}

async function heal(
  context: ScenarioContext,
  fault: Fault,
  victim: Replica,
): Promise<Pick<FaultEvidence, 'healedAt' | 'healProblem'>> {
  const { cluster } = context;
  try {
    await fault.heal(context, victim);
    return {
      healedAt: await replicaReady(cluster.plan, victim, cluster.plan.startupTimeoutMs, context),
      healProblem: null,
    };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { healedAt: null, healProblem: error.message };
  }
}

async function recovery(
  { clock, signal, nginx, cluster, settings, log }: ScenarioContext,
  traffic: Traffic,
  victim: Replica,
  healedAt: number,
  usualShare: number,
): Promise<void> {
  const back = await waitUntil({
    poll: () => recoveredAt(victim.hostname, traffic.samples(), replicaPlacesOf(cluster), healedAt, usualShare),
    timeoutMs: recoveryMs(nginx, settings.gates),
    intervalMs: POLL_MS * 2,
    clock,
    signal,
  });
  log(
    back === null
      ? `${victim.hostname} does not serve its share again`
      : `${victim.hostname} serves its share again after ${Math.round(back - healedAt)} ms`,
  );
}
