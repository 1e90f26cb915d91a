import { replicaRequest } from '../../cluster/cluster';
import { replicaReady } from '../../cluster/cluster-ready';
import type { Replica } from '../../cluster/cluster-types';
import { blamingImage } from '../../cluster/image-faults';
import { SetupError, withoutLog } from '../../cluster/setup-error';
import { resourceName } from '../../cluster/topology';
import { GRACE_SECONDS } from '../container-stop';
import type { ScenarioContext } from '../scenario';

/** How a container took being asked to stop. */
export interface Stop {
  readonly stopAt: number;
  readonly stoppedAt: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
}

/** Asks the replica to stop (SIGTERM, or the image's own stop signal), and kills it after the grace. */
export async function stopOld({ engine, clock }: ScenarioContext, { containerId }: Replica): Promise<Stop> {
  const stopAt = clock.now();
  await engine.stopContainer(containerId, GRACE_SECONDS);
  const stoppedAt = clock.now();
  const { exitCode, oomKilled } = await engine.inspectContainer(containerId);
  return { stopAt, stoppedAt, exitCode, oomKilled };
}

/**
 * A new container in a replica's place. `problem`: why it could not be started, which is the image's fault; without a `containerId` it could
 * not even be made.
 */
export type Fresh =
  | { readonly containerId: string; readonly problem: null }
  | { readonly containerId: string | null; readonly problem: string };

/** Starts the new version in the place of a replica that has stopped: same name, hostname, alias and address. */
export async function startNew({ engine, cluster, rollout }: ScenarioContext, old: Replica): Promise<Fresh> {
  const { plan, name, fabricId } = cluster;
  const { hostname, address } = old;
  await engine.renameContainer(old.containerId, oldName(cluster, old));
  let containerId: string | null = null;
  try {
    const request = replicaRequest({ ...plan, appImage: rollout.to.id }, name, fabricId, hostname, address);
    const made = (containerId = await blamingImage(hostname, plan.limits.memoryBytes, () =>
      engine.createContainer(request),
    ));
    await blamingImage(hostname, plan.limits.memoryBytes, () => engine.startContainer(made));
    return { containerId: made, problem: null };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { containerId, problem: error.message };
  }
}

/** Whether a container came up: when, or why not with its last log lines. */
export type Readying =
  | { readonly ready: true; readonly at: number }
  | { readonly ready: false; readonly why: string; readonly details: readonly string[] };

/** Waits for a replica as the cluster's start does: the health path, the start-up time-out. */
export async function becomeReady(context: ScenarioContext, replica: Replica): Promise<Readying> {
  const { plan } = context.cluster;
  try {
    return { ready: true, at: await replicaReady(plan, replica, plan.startupTimeoutMs, context) };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { ready: false, why: withoutLog(error), details: error.details };
  }
}

/** Removes the new container, where there is one, and starts the old one again, in its place. */
export async function rollBack(context: ScenarioContext, old: Replica, { containerId }: Fresh): Promise<Readying> {
  const { engine, cluster } = context;
  if (containerId !== null) await engine.removeContainer(containerId);
  await engine.renameContainer(old.containerId, resourceName(cluster.plan.ownership.run, cluster.name, old.hostname));
  await engine.startContainer(old.containerId);
  return becomeReady(context, old);
}

function oldName({ plan, name }: ScenarioContext['cluster'], { hostname }: Replica): string {
  return resourceName(plan.ownership.run, name, `${hostname}-old`);
}
