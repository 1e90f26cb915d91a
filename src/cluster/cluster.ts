import type { Cluster, ClusterPlan, ClusterTools, Replica } from './cluster-types';
import type { ContainerRequest } from './engine';
import { EngineError } from './engine';
import { blamingImage } from './image-faults';
import { appKnowsProbePath, loadBalancerReady, replicaReady } from './cluster-ready';
import type { Subnet, Topology } from './topology';
import { labelsFor, replicaPlaces, resourceName, subnetAt, SUBNET_COUNT } from './topology';

/**
 * Starts one cluster: two networks, the replicas in parallel, and NGINX as soon as their names resolve; it is up when every
 * replica is ready and NGINX has answered. On failure everything that was begun has come to an end (so that it can be
 * removed by label) before this throws a {@link SetupError}, or an {@link EngineError} where the engine is to blame.
 *
 * @param hostPort of NGINX on 127.0.0.1; 0: one that is free.
 * @param subnetHint where in the address pool to look first; clusters of one run pass different ones.
 */
export async function clusterUp(
  plan: ClusterPlan,
  name: string,
  hostPort: number,
  subnetHint: number,
  tools: ClusterTools,
): Promise<Cluster> {
  const { clock } = tools;
  const started = clock.now();
  const { topology, fabricId, edgeId } = await createNetworks(plan, name, subnetHint, tools);
  const networksDone = clock.now();

  const nginx = createLoadBalancer(plan, topology, fabricId, edgeId, hostPort, tools);
  const starting = all(topology.replicas.map((place) => startReplica(plan, topology, fabricId, place, tools)));
  // Whichever fails: a network that a container is just being connected to could not be removed.
  await Promise.allSettled([nginx, starting]);
  const [loadBalancerId, replicas] = [await nginx, await starting];
  await tools.engine.startContainer(loadBalancerId);
  const containersDone = clock.now();

  await all(replicas.map((replica) => replicaReady(plan, replica, plan.startupTimeoutMs, tools)));
  const address = topology.edge.loadBalancerAddress;
  const loadBalancer = await loadBalancerReady(plan, { containerId: loadBalancerId, address }, tools);
  await appKnowsProbePath(plan, replicas[0], loadBalancer, tools.signal);
  const done = clock.now();
  return {
    name,
    plan,
    fabricId,
    edgeId,
    replicas,
    loadBalancer,
    timings: {
      networksMs: networksDone - started,
      containersMs: containersDone - networksDone,
      readyMs: done - containersDone,
      totalMs: done - started,
    },
  };
}

/** Waits for all to settle before it reports the first failure: nothing is still being created when it throws. */
async function all<T>(tasks: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(tasks);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

async function createNetworks(
  plan: ClusterPlan,
  name: string,
  hint: number,
  tools: ClusterTools,
): Promise<{ topology: Topology; fabricId: string; edgeId: string }> {
  const [fabric, edge] = await all([
    createNetwork(plan, name, 'fabric', hint, tools),
    createNetwork(plan, name, 'edge', hint + SUBNET_COUNT / 2, tools),
  ]);
  if (fabric === undefined || edge === undefined) throw new Error('two networks were asked for');
  const topology = {
    cluster: name,
    replicas: replicaPlaces(plan.hostnames, fabric.subnet),
    fabric: fabric.subnet,
    edge: edge.subnet,
  };
  return { topology, fabricId: fabric.id, edgeId: edge.id };
}

/** Creates a network of a cluster: tries one subnet after the other until the engine has no other network there. */
export async function createNetwork(
  plan: ClusterPlan,
  cluster: string,
  role: 'fabric' | 'edge' | 'outside',
  hint: number,
  tools: ClusterTools,
): Promise<{ id: string; subnet: Subnet }> {
  for (let tries = 0; ; tries += 1) {
    const subnet = subnetAt(hint + tries);
    try {
      const id = await tools.engine.createNetwork({
        name: resourceName(plan.ownership.run, cluster, role),
        labels: labelsFor(plan.ownership, cluster, role),
        internal: role === 'fabric',
        subnet: subnet.cidr,
      });
      return { id, subnet };
    } catch (error) {
      const overlap = error instanceof EngineError && error.kind === 'address-overlap';
      if (!overlap || tries >= SUBNET_COUNT) throw error;
    }
  }
}

async function startReplica(
  plan: ClusterPlan,
  topology: Topology,
  fabricId: string,
  place: Topology['replicas'][number],
  tools: ClusterTools,
): Promise<Replica> {
  const { engine, signal } = tools;
  signal.throwIfAborted();
  const request = replicaRequest(plan, topology.cluster, fabricId, place.hostname, place.address);
  const containerId = await blamingImage(place.hostname, plan.limits.memoryBytes, () =>
    engine.createContainer(request),
  );
  signal.throwIfAborted();
  await blamingImage(place.hostname, plan.limits.memoryBytes, () => engine.startContainer(containerId));
  return { hostname: place.hostname, address: place.address, port: plan.appPort, containerId };
}

/** How a replica's container is made. */
export function replicaRequest(
  plan: ClusterPlan,
  cluster: string,
  fabricId: string,
  hostname: string,
  address: string,
): ContainerRequest {
  return {
    name: resourceName(plan.ownership.run, cluster, hostname),
    image: plan.appImage,
    labels: labelsFor(plan.ownership, cluster, 'replica'),
    hostname,
    command: null,
    env: plan.appEnv,
    network: { id: fabricId, endpoint: { address, aliases: [hostname] } },
    extraHosts: {},
    limits: { ...plan.limits },
    hardened: plan.hardened,
    publish: null,
  };
}

/** An address that nobody has (TEST-NET-1 of RFC 5737). */
const NOWHERE = '192.0.2.1';

async function createLoadBalancer(
  plan: ClusterPlan,
  topology: Topology,
  fabricId: string,
  edgeId: string,
  hostPort: number,
  tools: ClusterTools,
): Promise<string> {
  const { engine } = tools;
  const id = await engine.createContainer({
    name: resourceName(plan.ownership.run, topology.cluster, 'nginx'),
    image: plan.nginxImage,
    labels: labelsFor(plan.ownership, topology.cluster, 'load-balancer'),
    hostname: 'nginx',
    command: plan.nginxCommand,
    withoutEntrypoint: plan.nginxWithoutEntrypoint,
    env: {},
    network: { id: edgeId, endpoint: { address: topology.edge.loadBalancerAddress, aliases: [] } },
    extraHosts: Object.fromEntries(plan.strangers.map((host) => [host, NOWHERE])),
    limits: null,
    hardened: false,
    publish: { containerPort: plan.nginxPort, hostPort },
  });
  await engine.connectNetwork(fabricId, id, {
    address: topology.fabric.loadBalancerAddress,
    aliases: ['nginx'],
  });
  await engine.writeFiles(id, plan.nginxFiles);
  return id;
}
