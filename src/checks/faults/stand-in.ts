import { awaitReplica } from '../../cluster/cluster-ready';
import { describeAnswer, pastNginx, probe, waitReady } from '../../cluster/readiness';
import { SetupError } from '../../cluster/setup-error';
import type { ContainerFile, ContainerRequest } from '../../cluster/engine';
import { labelsFor, resourceName, spareAddress } from '../../cluster/topology';
import { joinFabric, leaveFabric } from './fabric';
import type { Scene } from './fault';

/** Whoever does not answer within this time, with nothing broken any more, does not do so by itself, in milliseconds. */
const AWAKE_MS = 10_000;

/** A container that takes a replica's place. */
export interface StandInRequest {
  readonly image: string;
  readonly command: readonly string[] | null;
  readonly withoutEntrypoint?: boolean;
  readonly files: readonly ContainerFile[];
  /** Of the container; the victim's are no part of it. */
  readonly hostname: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: ContainerRequest['limits'];
  readonly hardened: boolean;
  /** Names that it is known by in the network once it is in the victim's place. */
  readonly aliases: readonly string[];
  readonly healthPath: string;
  /** The answer on the health path that shows that it works. */
  readonly accept: (status: number) => boolean;
}

/** A stand-in at the victim's address. */
export interface StandIn {
  /** Status of its answer at the victim's address; null: none came. */
  readonly answered: number | null;
  /** Puts the victim back in its place, with its name, and removes the stand-in. */
  readonly giveBack: () => Promise<void>;
}

/**
 * Puts a container at the victim's address, so that NGINX finds another server there, whatever the app is. It is made ready
 * at a spare address first: between the two nobody is at the victim's for a moment only.
 *
 * @throws SetupError when it does not become ready; EngineError.
 */
export async function standIn(scene: Scene, request: StandInRequest): Promise<StandIn> {
  const { engine, victim, signal } = scene;
  const containerId = await engine.createContainer(containerRequest(scene, request));
  // A container with a read-only file system takes no files, not even none.
  if (request.files.length > 0) await engine.writeFiles(containerId, request.files);
  await engine.startContainer(containerId);
  await whenReady(scene, containerId, request);

  await Promise.all([leaveFabric(scene, containerId), leaveFabric(scene, victim.containerId)]);
  await joinFabric(scene, containerId, victim.address, request.aliases);
  const answer = await probe(pastNginx(scene.cluster.plan, victim, request.healthPath), signal);
  return {
    answered: answer.kind === 'status' ? answer.status : null,
    giveBack: async () => {
      // While it is connected, so that NGINX sees its connections close: one that it kept would fail the first request that it is used for, seconds later.
      await engine.stopContainer(containerId, 0);
      await leaveFabric(scene, containerId);
      await joinFabric(scene, victim.containerId, victim.address, [victim.hostname]);
      await engine.removeContainer(containerId);
      await awaken(scene);
    },
  };
}

/**
 * Starts the victim anew where it does not answer in its own place any more. What it was working on when its address was taken has lost its other
 * end, and a server that reads from a connection without a time-out waits there for ever. The fault `partition` is about that; who only answers 503,
 * or loses its name, keeps its connections.
 */
async function awaken(scene: Scene): Promise<void> {
  const { engine, cluster, victim, log } = scene;
  const { plan } = cluster;
  const readiness = await awaitReplica(plan, victim, Math.min(AWAKE_MS, plan.startupTimeoutMs), scene);
  if (readiness.ready || readiness.stopped) return;
  log(`${victim.hostname} hangs on connections that were lost when its address was taken: starting it anew`);
  await engine.stopContainer(victim.containerId, 0);
  await engine.startContainer(victim.containerId);
}

async function whenReady(
  { engine, clock, signal, cluster, victim }: Scene,
  container: string,
  { healthPath, accept }: StandInRequest,
): Promise<void> {
  const readiness = await waitReady(
    pastNginx(cluster.plan, { address: spareAddress(victim.address), port: victim.port }, healthPath),
    {
      ...{ accept, clock, signal, timeoutMs: cluster.plan.startupTimeoutMs },
      stillRunning: async () => (await engine.inspectContainer(container)).running,
    },
  );
  if (readiness.ready) return;
  const why = readiness.stopped ? 'it ended' : describeAnswer(readiness.last);
  throw new SetupError(`the container that should stand in for ${victim.hostname} did not become ready: ${why}`);
}

function containerRequest({ cluster, victim }: Scene, request: StandInRequest): ContainerRequest {
  const { image, command, withoutEntrypoint = false, hostname, env, limits, hardened } = request;
  const { ownership } = cluster.plan;
  return {
    ...{ image, command, withoutEntrypoint, hostname, env, limits, hardened },
    name: resourceName(ownership.run, cluster.name, hostname),
    labels: labelsFor(ownership, cluster.name, 'stand-in'),
    network: { id: cluster.fabricId, endpoint: { address: spareAddress(victim.address), aliases: [] } },
    extraHosts: {},
    publish: null,
  };
}
