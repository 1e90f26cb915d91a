import { waitUntil } from '../clock';
import { replicaStarted } from '../cluster/cluster-ready';
import { EngineError } from '../cluster/engine';
import { describeAnswer, pastNginx, probe, throughNginx, waitReady } from '../cluster/readiness';
import type { NginxModel } from '../cluster/nginx/model';
import { SetupError, withoutLog } from '../cluster/setup-error';
import type { FaultName } from '../settings/settings';
import { withPostsBefore } from '../traffic/attribution';
import type { Ending } from '../traffic/cut-off';
import { withCutOffs } from '../traffic/cut-off';
import type { RequestMix } from '../traffic/schedule';
import { allRecoveredAt } from '../traffic/share';
import { pointless, undisturbed } from './baseline';
import type { FaultEvidence, ScenarioEvidence } from './evidence';
import { ENDING_FAULTS } from './evidence';
import { FAULTS } from './faults/all';
import type { Fault, Injection, NotRun, Scene } from './faults/fault';
import { loadQualityOf } from './load-quality';
import { recoveryMs } from './observation';
import { sendUntilPunctual } from './punctuality';
import type { ScenarioContext } from './scenario';
import { replicaPlacesOf } from './scenario';
import { slowPartOf } from './slow-part';
import { pickVictim } from './victim';
import { watch } from './watch';

const POLL_MS = 25;
/** A replica that is silent for less, once it takes connections, harms nobody. */
const WORTH_ASKING_MS = 1_000;

/** A third of the requests are POSTs; half, where they go by a location of their own, and have to meet the victim as well. */
function mixFor({ route }: NginxModel): RequestMix {
  const gets = route?.postRoute == null ? 2 : 1;
  return { getFresh: gets, getKept: gets, postFresh: 1, postKept: 1 };
}

/**
 * Breaks one replica, or NGINX, under traffic and mends it: baseline, inject, proof, observe, heal, recovery. A third of the
 * requests are POSTs (half, where `mixFor` says so), half travel on kept-alive connections, and some ask for a late answer. Returns what was seen,
 * whatever it was.
 */
export async function runFailover(context: ScenarioContext, name: FaultName): Promise<ScenarioEvidence> {
  const { clock, cluster, settings } = context;
  // One after the other: each takes all workers that there are.
  const room = await context.slowRoom();
  const idleRoom = await context.idleRoom();
  const slow = slowPartOf(context.nginx, room, FAULTS[name].latenessMs?.(context.nginx));
  const startedAt = clock.now();
  const traffic = await context.openTraffic({
    rate: settings.rate,
    mix: mixFor(context.nginx),
    slow,
    path: settings.probePath,
    seed: context.seed,
    idPrefix: cluster.name,
  });
  context.log('baseline: nothing broken');
  await undisturbed(context, traffic, slow, startedAt);
  const fault = await breakAndMend({ ...context, traffic, victim: pickVictim(context, traffic) }, name);
  await sendUntilPunctual(context, traffic);
  // Those that hung when the fault was ended early hang on: they have shown what they had to.
  const result = await traffic.finish(fault.endedEarly === null ? 'wait' : 'abandon');
  const endedAt = clock.now();
  const places = replicaPlacesOf(cluster);
  const samples = withCutOffs(result.samples, places, endingsOf(fault));
  return {
    name: `failover.${name}`,
    check: 'failover',
    replicas: withPostsBefore(places, samples, fault.injectedAt),
    phases: [
      { name: 'baseline', from: startedAt, to: fault.injectedAt },
      { name: 'fault', from: fault.injectedAt, to: fault.healStartedAt },
      { name: 'recovery', from: fault.healStartedAt, to: endedAt },
    ],
    samples,
    missingLines: result.missingLines,
    load: loadQualityOf(result),
    fault,
    probes: [],
    rollout: null,
    idleRoom,
    startedAt,
    endedAt,
  };
}

/** Of a process that ends the kernel closes the connections. */
function endingsOf({ name, victim, notRun: why, injectedAt, healStartedAt }: FaultEvidence): readonly Ending[] {
  const ends = victim !== null && why === null && ENDING_FAULTS.has(name);
  return ends ? [{ replica: victim, from: injectedAt, to: healStartedAt }] : [];
}

async function breakAndMend(scene: Scene, name: FaultName): Promise<FaultEvidence> {
  const { clock, log } = scene;
  const fault = FAULTS[name];
  const victim = fault.target === 'replica' ? scene.victim.hostname : null;
  const injectedAt = clock.now();
  const why = pointless(scene.traffic.settledSamples(), replicaPlacesOf(scene.cluster));
  if (why !== null) {
    log(`not run: ${why}`);
    return notRun(name, victim, injectedAt, why);
  }
  log(`injecting: ${fault.describe(scene.victim.hostname)}`);
  const injection = await inject(fault, scene);
  if (injection.kind === 'not-run') {
    log(`not run: ${injection.why}`);
    return notRun(name, victim, injectedAt, injection.why);
  }
  const endedEarly = await watch(scene, name, injection.effectiveAt, fault.window);

  const healStartedAt = clock.now();
  log(`healing after ${Math.round(healStartedAt - injection.effectiveAt)} ms`);
  const healing = await heal(fault, injection, scene, name);
  if (healing.healedAt !== null) {
    await recovery(scene, victim, injectedAt, healing.healedAt);
  }
  const { effectiveAt } = injection;
  const proof = injection.proof();
  return { name, victim, notRun: null, injectedAt, effectiveAt, proof, endedEarly, healStartedAt, ...healing };
}

/** What the engine refuses, or cannot get to run, this machine cannot do; what breaks the engine itself ends the run. */
async function inject(fault: Fault, scene: Scene): Promise<Injection | NotRun> {
  try {
    return await fault.inject(scene);
  } catch (error) {
    const refused = error instanceof EngineError && (error.kind === 'other' || error.kind === 'conflict');
    if (!refused && !(error instanceof SetupError)) throw error;
    return { kind: 'not-run', why: error.message };
  }
}

function notRun(name: FaultName, victim: string | null, at: number, why: string): FaultEvidence {
  const never = {
    injectedAt: at,
    effectiveAt: at,
    endedEarly: null,
    healStartedAt: at,
    healedAt: null,
    healProblem: null,
  };
  return { name, victim, notRun: why, proof: { took: false, seen: 'unharmed' }, ...never };
}

async function heal(
  fault: Fault,
  injection: Injection,
  scene: Scene,
  name: FaultName,
): Promise<Pick<FaultEvidence, 'healedAt' | 'healProblem' | 'healLines' | 'silentMs'>> {
  const { plan } = scene.cluster;
  try {
    await injection.heal();
    if (fault.target !== 'replica') return { healedAt: await loadBalancerAnswers(scene), healProblem: null };
    const { at, silentMs } = await replicaStarted(plan, scene.victim, plan.startupTimeoutMs, scene);
    const silent = ENDING_FAULTS.has(name) ? { silentMs: await beyondAnswer(silentMs, scene) } : {};
    return { healedAt: at, healProblem: null, ...silent };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { healedAt: null, healProblem: withoutLog(error), healLines: error.details };
  }
}

/** An app whose answers take long says nothing for as long, whenever it is asked. */
async function beyondAnswer(silentMs: number, { clock, signal, cluster, victim }: Scene): Promise<number> {
  if (silentMs < WORTH_ASKING_MS) return silentMs;
  const { plan } = cluster;
  const from = clock.now();
  await probe(pastNginx(plan, victim, plan.healthPath), signal, silentMs);
  return Math.max(0, silentMs - (clock.now() - from));
}

async function loadBalancerAnswers({ engine, clock, signal, cluster }: Scene): Promise<number> {
  const { plan, loadBalancer } = cluster;
  const readiness = await waitReady(throughNginx(plan, loadBalancer.hostPort), {
    ...{ clock, signal, timeoutMs: plan.startupTimeoutMs },
    accept: () => true,
    acceptsSilence: true,
    stillRunning: async () => (await engine.inspectContainer(loadBalancer.containerId)).running,
  });
  if (readiness.ready) return readiness.at;
  throw new SetupError(
    `NGINX ${readiness.stopped ? 'has ended' : `does not serve: ${describeAnswer(readiness.last)}`}.`,
  );
}

async function recovery(
  { clock, signal, nginx, cluster, settings, traffic, log }: Scene,
  victim: string | null,
  injectedAt: number,
  healedAt: number,
): Promise<void> {
  const places = replicaPlacesOf(cluster);
  const hostnames = victim === null ? cluster.replicas.map(({ hostname }) => hostname) : [victim];
  const back = await waitUntil({
    // The very samples that the verdict will look at, or it might find that it was not so.
    poll: () => {
      const samples = traffic.settledSamples();
      const before = samples.filter((sample) => sample.doneAt < injectedAt);
      return allRecoveredAt(hostnames, before, samples, places, healedAt);
    },
    timeoutMs: recoveryMs(nginx, settings.gates, victim),
    intervalMs: POLL_MS * 2,
    clock,
    signal,
  });
  const who = hostnames.join(', ');
  log(
    back === null
      ? `not serving the usual share again: ${who}`
      : `serving the usual share again after ${Math.round(back - healedAt)} ms: ${who}`,
  );
}
