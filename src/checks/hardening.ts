import type { ScenarioEvidence } from './evidence';
import { stopProbe } from './hardening/ending';
import { healthCheckProbes } from './hardening/health-check';
import { kernelProbes } from './hardening/kernel';
import { secretFileProbes } from './hardening/secret-files';
import { secretProbes } from './hardening/secrets';
import { writeProbe } from './hardening/writing';
import { probeEvidence } from './probe-evidence';
import type { ScenarioContext } from './scenario';
import { sightReplicas } from './sight';

/**
 * Looks at the replicas' processes as the kernel sees them, tries to write, asks one how it is as its image says, and stops it. Returns what
 * was seen.
 */
export async function runHardening(context: ScenarioContext): Promise<ScenarioEvidence> {
  const { cluster, engine, clock } = context;
  const startedAt = clock.now();
  const sighted = await sightReplicas(cluster.replicas, engine);
  const one = sighted[context.seed % sighted.length];
  const another = sighted[(context.seed + 1) % sighted.length];
  if (one === undefined || another === undefined) throw new Error('a cluster without replicas');
  const image = await engine.findImage(cluster.plan.appImage);
  const steps = image === null ? [] : await engine.imageSteps(cluster.plan.appImage);
  const probes = [
    ...kernelProbes(sighted),
    await writeProbe(one.replica, context),
    ...(await healthCheckProbes(one.replica, image?.healthCheck ?? null, context)),
    ...secretProbes(image?.env ?? null, steps),
    ...(await secretFileProbes(cluster.plan.appImage, image, steps, context)),
    await stopProbe(one, another, image?.start ?? null, context),
  ];
  return probeEvidence('hardening', context, startedAt, probes);
}
