import { kernelFacts } from '../cluster/process-facts';
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
  const probes = [
    ...inForce,
    ...noiseProbes('cpu-burner', burnt, fare, fare(baseline)),
    eatenProbe(eaten),
    ...noiseProbes('memory-eater', eaten, fare, fare(baseline)),
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
    load: { ...loadQualityOf(result), lagP99Ms: fare(baseline).latenessP99Ms },
    fault: null,
    rollout: null,
    probes,
    startedAt,
    endedAt: clock.now(),
  };
}

async function askKernel({ cluster, engine }: ScenarioContext): Promise<readonly Probe[]> {
  const sighted = await Promise.all(
    cluster.replicas.map(async ({ hostname, containerId }) => ({
      hostname,
      sight: await kernelFacts(await engine.inspectContainer(containerId)),
    })),
  );
  return limitProbes(sighted, cluster.plan.limits);
}

function noiseProbes(
  neighbour: string,
  { rounds, calm, why }: Rounds<unknown>,
  fare: (part: Stretch) => Fare,
  before: Fare,
): readonly Probe[] {
  if (why !== null) {
    const claim = 'the replicas do not suffer while it misbehaves';
    return [{ id: `${neighbour}-wait`, subject: neighbour, claim, seen: why, holds: null }];
  }
  const fares = rounds.map(fare);
  return [errorProbe(neighbour, fares, calm.map(fare), before), waitProbe(neighbour, fares, calm.map(fare), before)];
}
