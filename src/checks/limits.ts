import type { Probe, ScenarioEvidence } from './evidence';
import { limitProbes } from './limits/kernel';
import type { Fare, Stretch } from './limits/noise';
import { errorProbe, fareOf, waitProbe } from './limits/noise';
import type { Rounds } from './limits/rounds';
import { burnCpu, eatenProbe, eatMemory, forkTooMuch, stretch, warmUp } from './limits/rounds';
import { loadQualityOf } from './load-quality';
import { logProbes } from './probe-evidence';
import { sendUntilPunctual } from './punctuality';
import type { ScenarioContext } from './scenario';
import { replicaPlacesOf } from './scenario';
import { sightReplicas } from './sight';

/**
 * Reads the replicas' limits in the kernel, and then lets containers with the same limits misbehave beside them, under
 * traffic: one burns CPU, one eats memory until it is killed, one starts processes. Returns what was seen.
 */
export async function runLimits(context: ScenarioContext): Promise<ScenarioEvidence> {
  const { cluster, clock, settings } = context;
  const startedAt = clock.now();
  const inForce = await askKernel(context);
  const traffic = await context.openTraffic({
    rate: settings.rate,
    mix: { getFresh: 1, getKept: 1, postFresh: 1, postKept: 1 },
    path: settings.probePath,
    seed: context.seed,
    idPrefix: cluster.name,
  });
  await warmUp(traffic, context);
  const calm = await stretch(context);
  await sendUntilPunctual(context, traffic, calm.from);
  const baseline = { from: calm.from, to: clock.now() };
  const burnt = await burnCpu(traffic, baseline, context);
  const eaten = await eatMemory(traffic, baseline, context);
  const noisyUntil = clock.now();
  const forked = await forkTooMuch(context);
  const result = await traffic.finish();

  const fare = (part: Stretch): Fare => fareOf(part, result.samples, replicaPlacesOf(cluster));
  const before = fare(baseline);
  const noise = (neighbour: string, rounds: Rounds<unknown>): readonly Probe[] =>
    noiseProbes(neighbour, rounds, { fare, before, shared: context.shared });
  const probes = [
    ...inForce,
    ...noise('cpu-burner', burnt),
    eatenProbe(eaten),
    ...noise('memory-eater', eaten),
    forked,
  ];
  logProbes(probes, context.log);
  return {
    name: 'limits',
    check: 'limits',
    replicas: replicaPlacesOf(cluster),
    phases: [
      { name: 'baseline', from: baseline.from, to: baseline.to },
      { name: 'fault', from: baseline.to, to: noisyUntil },
      { name: 'recovery', from: noisyUntil, to: clock.now() },
    ],
    samples: result.samples,
    missingLines: result.missingLines,
    // How late the generator was beside a noisy neighbour counts for the questions about that neighbour alone.
    load: { ...loadQualityOf(result), lagP99Ms: before.latenessP99Ms },
    fault: null,
    rollout: null,
    probes,
    startedAt,
    endedAt: clock.now(),
  };
}

async function askKernel({ cluster, engine }: ScenarioContext): Promise<readonly Probe[]> {
  return limitProbes(await sightReplicas(cluster.replicas, engine), cluster.plan.limits);
}

function noiseProbes(
  neighbour: string,
  { rounds, calm, why }: Rounds<unknown>,
  { fare, before, shared }: { readonly fare: (part: Stretch) => Fare; readonly before: Fare; readonly shared: boolean },
): readonly Probe[] {
  if (why !== null) {
    const claim = 'the replicas do not suffer while it misbehaves';
    return [{ id: `${neighbour}-wait`, subject: neighbour, claim, seen: why, holds: null }];
  }
  const [loud, quiet] = [rounds.map(fare), calm.map(fare)];
  return [errorProbe(neighbour, loud, quiet, before), waitProbe(neighbour, loud, quiet, before, shared)];
}
