import type { Replica } from '../cluster/cluster-types';
import type { Engine } from '../cluster/engine';
import { kernelFacts, type KernelSight } from '../cluster/process-facts';

/** What the kernel says of a replica, by its hostname. */
export interface ReplicaSight {
  readonly hostname: string;
  readonly sight: KernelSight;
}

/** The same, with the replica, which may be asked more. */
export interface SightedReplica extends ReplicaSight {
  readonly replica: Replica;
}

/** Looks at the processes of each of these replicas as the kernel has them; in their order. */
export async function sightReplicas(
  replicas: readonly Replica[],
  engine: Pick<Engine, 'inspectContainer'>,
): Promise<readonly SightedReplica[]> {
  return Promise.all(
    replicas.map(async (replica) => ({
      replica,
      hostname: replica.hostname,
      sight: await kernelFacts(await engine.inspectContainer(replica.containerId)),
    })),
  );
}
