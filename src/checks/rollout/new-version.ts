import type { Replica } from '../../cluster/cluster-types';
import type { RolloutImages } from '../../cluster/images';
import type { Settings } from '../../settings/settings';
import type { Probe } from '../evidence';
import { stopProbe } from '../hardening/ending';
import { healthCheckProbes } from '../hardening/health-check';
import { kernelProbes } from '../hardening/kernel';
import { secretFileProbes } from '../hardening/secret-files';
import { secretProbes } from '../hardening/secrets';
import { logProbes } from '../probe-evidence';
import type { ScenarioContext } from '../scenario';
import { sightReplicas } from '../sight';

/** Of what the kernel tells, all else is how the container was made, and so the same for both versions. */
const OF_THE_IMAGE = 'non-root';

/**
 * Whether a rolling update deploys an image that the check `hardening` is asked for and never sees: it looks at the image under test, which
 * is what is deployed only where the update starts from a baseline.
 */
export function isUnseen({ checks }: Pick<Settings, 'checks'>, { from, to, promisedBy }: RolloutImages): boolean {
  return checks.includes('hardening') && promisedBy !== 'baseline-image' && from.id !== to.id;
}

/**
 * Asks the new version, once it is deployed and the traffic has ended, what the check `hardening` asks the image under test, as far as the answer lies
 * in the image: who it runs as, what its environment and its files give away, whether its HEALTHCHECK is right, and whether it ends when it is told
 * to. It stops one replica, or two.
 *
 * @param replicas those of the new version, at least one.
 */
export async function newVersionProbes(
  context: ScenarioContext,
  replicas: readonly Replica[],
): Promise<readonly Probe[]> {
  const { engine, rollout, log } = context;
  const sighted = await sightReplicas(replicas, engine);
  const [last, another = last] = sighted.toReversed();
  if (last === undefined || another === undefined) return [];
  const image = await engine.findImage(rollout.to.id);
  const steps = image === null ? [] : await engine.imageSteps(rollout.to.id);
  const probes = [
    ...kernelProbes(sighted).filter(({ id }) => id === OF_THE_IMAGE),
    ...(await healthCheckProbes(last.replica, image?.healthCheck ?? null, context)),
    ...secretProbes(image?.env ?? null, steps),
    ...(await secretFileProbes(rollout.to.id, image, steps, context)),
    await stopProbe(last, another, image?.start ?? null, context),
  ].map((probe) => ({ ...probe, claim: `of the new version: ${probe.claim}` }));
  logProbes(probes, log);
  return probes;
}
