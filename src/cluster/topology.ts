import type { Settings } from '../settings/settings';

/** Labels on everything that a run creates; clean-up finds it by them and by nothing else. */
export const LABELS = {
  run: 'lb-cluster-action.run',
  cluster: 'lb-cluster-action.cluster',
  role: 'lb-cluster-action.role',
  /** The process that answers for it: `<boot id>/<pid>/<start time>`; its end makes the resource stale. */
  owner: 'lb-cluster-action.owner',
  /** `true`: meant to outlive the main step, until the post step. */
  kept: 'lb-cluster-action.kept',
} as const;

export type Role =
  | 'replica'
  | 'load-balancer'
  | 'fabric'
  | 'edge'
  | 'stand-in'
  | 'config-check'
  | 'app-image'
  | 'attacker'
  | 'outside'
  | 'files';

/** Who a resource belongs to. */
export interface Ownership {
  readonly run: string;
  readonly owner: string;
  readonly kept: boolean;
}

/** One cluster's place on the machine; nothing in it is shared with another cluster. */
export interface Topology {
  readonly cluster: string;
  readonly replicas: readonly ReplicaPlace[];
  readonly fabric: Subnet;
  readonly edge: Subnet;
}

export interface ReplicaPlace {
  readonly hostname: string;
  readonly address: string;
}

export interface Subnet {
  readonly cidr: string;
  readonly loadBalancerAddress: string;
}

/**
 * Networks are cut from 198.18.0.0/15, set aside for benchmark tests (RFC 2544, appendix C.2.2; RFC 6890): no real
 * network uses it, and the engine's own pool of about thirty networks, which many clusters at once would drain, is left
 * alone. A /26 holds 16 replicas, NGINX and the gateway.
 */
const POOL_BASE = (198 << 24) | (18 << 16);
const SUBNET_SIZE = 64;
export const SUBNET_COUNT = (1 << 17) / SUBNET_SIZE;

const FIRST_REPLICA_OFFSET = 10;
/** The last address below the broadcast address. */
const SPARE_OFFSET = SUBNET_SIZE - 2;

/** The labels of one resource. */
export function labelsFor(ownership: Ownership, cluster: string, role: Role): Readonly<Record<string, string>> {
  return {
    [LABELS.run]: ownership.run,
    [LABELS.cluster]: cluster,
    [LABELS.role]: role,
    [LABELS.owner]: ownership.owner,
    ...(ownership.kept ? { [LABELS.kept]: 'true' } : {}),
  };
}

/** A container's or network's name: unique on the machine, and readable in `docker ps`. */
export function resourceName(run: string, cluster: string, what: string): string {
  return `lbca-${run}-${cluster}-${what}`;
}

/** Hostnames of the replicas: `app{n}` gives app1, app2, … */
export function replicaHostnames(settings: Pick<Settings, 'replicas' | 'hostnamePattern'>): readonly string[] {
  return Array.from({ length: settings.replicas }, (_, index) =>
    settings.hostnamePattern.replace('{n}', String(index + 1)),
  );
}

/** Subnet `index` of the pool, counted round at its end. */
export function subnetAt(index: number): Subnet {
  const start = POOL_BASE + (index % SUBNET_COUNT) * SUBNET_SIZE;
  return { cidr: `${dotted(start)}/26`, loadBalancerAddress: dotted(start + 2) };
}

/** The machine's own address in a subnet: the engine's bridge takes the first one unless told otherwise. */
export function gatewayOf({ cidr }: Subnet): string {
  return dotted(undotted(cidr.slice(0, cidr.indexOf('/'))) + 1);
}

/** Fixed addresses for the replicas in a fabric, so that a replica that comes back is found where it was. */
export function replicaPlaces(hostnames: readonly string[], fabric: Subnet): readonly ReplicaPlace[] {
  const start = undotted(fabric.cidr.slice(0, fabric.cidr.indexOf('/')));
  return hostnames.map((hostname, index) => ({
    hostname,
    address: dotted(start + FIRST_REPLICA_OFFSET + index + 1),
  }));
}

/** An address of the same fabric as a replica's, which neither a replica nor NGINX ever has. */
export function spareAddress(replica: string): string {
  const address = undotted(replica);
  return dotted((address & ~(SUBNET_SIZE - 1)) + SPARE_OFFSET);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

function undotted(text: string): number {
  return text.split('.').reduce((value, octet) => (value << 8) | Number(octet), 0);
}
