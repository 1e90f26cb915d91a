import type { Introduction } from './client-headers';
import type { Clock } from '../clock';
import type { ReplicaLimits } from '../settings/settings';
import type { ContainerFile, Engine } from './engine';
import type { Ownership } from './topology';

/** What every cluster of a run has in common. */
export interface ClusterPlan extends Introduction {
  readonly ownership: Ownership;
  readonly hostnames: readonly string[];
  readonly appImage: string;
  readonly appPort: number;
  readonly appEnv: Readonly<Record<string, string>>;
  readonly limits: ReplicaLimits;
  readonly hardened: boolean;
  readonly healthPath: string;
  readonly probePath: string;
  readonly startupTimeoutMs: number;
  readonly nginxImage: string;
  /** Configuration, with the evidence log in it. */
  readonly nginxFiles: readonly ContainerFile[];
  readonly nginxCommand: readonly string[];
  /** The command is run alone, without the image's ENTRYPOINT. */
  readonly nginxWithoutEntrypoint: boolean;
  readonly nginxPort: number;
  /** Hosts that NGINX would hand on to replicas, where it does not hand this one on. */
  readonly otherHosts: readonly string[];
  /** Hosts that the configuration names and that do not exist here. NGINX does not start with a name that nobody knows. */
  readonly strangers: readonly string[];
}

/** The probed path, as the traffic asks for it. */
export type Asked = Introduction & Pick<ClusterPlan, 'probePath'>;

/** A replica that runs. */
export interface Replica {
  readonly hostname: string;
  readonly address: string;
  readonly port: number;
  readonly containerId: string;
}

/** NGINX that runs. */
export interface LoadBalancer {
  readonly containerId: string;
  /** In the edge network, where this machine reaches it without the engine's proxy for published ports in between. */
  readonly address: string;
  readonly port: number;
  /** On 127.0.0.1. */
  readonly hostPort: number;
  readonly url: string;
}

/** A cluster that is up: a value; several stand side by side. */
export interface Cluster {
  readonly name: string;
  readonly plan: ClusterPlan;
  readonly fabricId: string;
  readonly edgeId: string;
  readonly replicas: readonly Replica[];
  readonly loadBalancer: LoadBalancer;
  /** How long its parts took, in milliseconds. */
  readonly timings: ClusterTimings;
}

export interface ClusterTimings {
  readonly networksMs: number;
  readonly containersMs: number;
  readonly readyMs: number;
  readonly totalMs: number;
}

/** What the cluster is built with. */
export interface ClusterTools {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}
