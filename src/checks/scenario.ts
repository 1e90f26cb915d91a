import type { Clock } from '../clock';
import type { Cluster, Replica } from '../cluster/cluster-types';
import type { Engine } from '../cluster/engine';
import type { RolloutImages } from '../cluster/images';
import type { NginxModel } from '../cluster/nginx/model';
import type { Settings } from '../settings/settings';
import type { ReplicaPlace } from '../traffic/attribution';
import type { Traffic, TrafficOrder } from '../traffic/traffic';
import type { HeldBack } from './evidence';
import type { SlowRoom } from './slow-part';

/** A machine whose processors are busier than this may be why anything goes wrong. */
export const CROWDED = 0.9;

/** What a check works with: a cluster of its own, and the means to send traffic and to break things. */
export interface ScenarioContext {
  readonly settings: Settings;
  readonly cluster: Cluster;
  /** What the NGINX configuration under test says. */
  readonly nginx: NginxModel;
  /** What the rolling update goes from and to. */
  readonly rollout: RolloutImages;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly seed: number;
  /** Others run at the same time. What comes out late is then run once more, without them. */
  readonly shared: boolean;
  /** How busy this machine's processors were since it was asked last: 0 not at all, 1 all of them. */
  readonly busy: () => number;
  /** Begins to count how often the kernel holds replicas back; the function tells how often it has been since. */
  readonly watchHeldBack: (replicas: readonly Replica[]) => Promise<() => Promise<readonly HeldBack[]>>;
  /** To be called when another container stands in a replica's place. */
  readonly onReplaced: (replica: Replica) => void;
  readonly log: (line: string) => void;
  /** To be called when all that is left to do is to wait, and nothing that others do with the replicas past NGINX spoils it. */
  readonly onQuiet: () => void;
  /** How many requests that ask for a late answer the replicas have room for; asked once a run, before any traffic. */
  readonly slowRoom: () => Promise<SlowRoom>;
  /** How many idle connections leave a replica no room for another, asked as well; null: not that few, or NGINX keeps none. */
  readonly idleRoom: () => Promise<number | null>;
  /** Begins to send requests through this cluster's NGINX. */
  readonly openTraffic: (order: TrafficOrder) => Promise<Traffic>;
}

/** The cluster's replicas as they appear in evidence. */
export function replicaPlacesOf(cluster: Cluster): readonly ReplicaPlace[] {
  return cluster.replicas.map((replica) => ({
    hostname: replica.hostname,
    address: `${replica.address}:${replica.port}`,
  }));
}
