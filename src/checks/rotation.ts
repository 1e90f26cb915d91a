import { cpus } from 'node:os';
import { waitUntil } from '../clock';
import { keptIdleMs } from '../cluster/nginx/model';
import type { Probe, ScenarioEvidence } from './evidence';
import { loadQualityOf } from './load-quality';
import { sendUntilPunctual } from './punctuality';
import type { Replica } from '../cluster/cluster-types';
import type { ScenarioContext } from './scenario';
import { logProbes } from './probe-evidence';
import { idleProbe } from './rotation/idle';
import { lengthProbe } from './rotation/length';
import { sessionProbes } from './rotation/sessions';
import { replicaPlacesOf } from './scenario';

/** Requests a replica at the least, so that a skew shows beside the bound that workers without a zone are allowed. */
const REQUESTS_PER_REPLICA = 40;
const LEAST_REQUESTS = 300;
const MOST_REQUESTS = 3_000;

/**
 * Sends traffic through a healthy cluster and returns who served it; asks whether replicas take each other’s cookies, whether one's answer ends where
 * it says, and whether it keeps a connection for as long as NGINX does.
 */
export async function runRotation(context: ScenarioContext): Promise<ScenarioEvidence> {
  const { clock, cluster, settings, signal } = context;
  const wanted = requestsWanted(context);
  const idleRoom = await context.idleRoom();
  const startedAt = clock.now();
  context.log(`sending ${wanted} requests at ${settings.rate}/s`);
  const traffic = await context.openTraffic({
    rate: settings.rate,
    mix: { getFresh: 1, getKept: 1, postFresh: 0, postKept: 0 },
    path: settings.probePath,
    seed: context.seed,
    idPrefix: cluster.name,
  });
  await waitUntil({
    poll: () => (traffic.dueBy(clock.now()) >= wanted ? true : null),
    timeoutMs: Infinity,
    intervalMs: 20,
    clock,
    signal,
  });
  await sendUntilPunctual(context, traffic);
  const result = await traffic.finish();
  const endedAt = clock.now();
  const asking = { asked: cluster.plan, clock, signal };
  const sessions = await sessionProbes(cluster.replicas, asking);
  const lengths = await lengthProbes(context);
  context.onQuiet();
  // A connection on which more comes than was announced is of no use to anybody, and is closed.
  const isKept = lengths.every(({ holds }) => holds !== false);
  const probes = [...sessions, ...lengths, ...(isKept ? await idleProbes(context) : [])];
  logProbes(probes, context.log);
  return {
    name: 'rotation',
    check: 'rotation',
    replicas: replicaPlacesOf(cluster),
    phases: [{ name: 'baseline', from: startedAt, to: endedAt }],
    samples: result.samples,
    missingLines: result.missingLines,
    load: loadQualityOf(result),
    fault: null,
    rollout: null,
    probes,
    idleRoom,
    startedAt,
    endedAt,
  };
}

/** All replicas run the same app: one of them tells. */
function anyReplica({ cluster: { replicas }, seed }: ScenarioContext): Replica | undefined {
  return replicas[seed % replicas.length];
}

async function lengthProbes(context: ScenarioContext): Promise<readonly Probe[]> {
  const { cluster, signal } = context;
  const one = anyReplica(context);
  const probe = one === undefined ? null : await lengthProbe(one, cluster.plan, signal);
  return probe === null ? [] : [probe];
}

/** Where NGINX keeps connections to the replicas, one of them is asked for how long it does. */
async function idleProbes(context: ScenarioContext): Promise<readonly Probe[]> {
  const { nginx, cluster, clock, signal } = context;
  const keptMs = keptIdleMs(nginx);
  const one = anyReplica(context);
  if (keptMs === null || one === undefined) return [];
  const probe = await idleProbe(one, { asked: cluster.plan, keptMs, clock, signal });
  return probe === null ? [] : [probe];
}

/** Enough for every replica to be picked by every worker, also the one with the smallest weight. */
function requestsWanted({ nginx, settings }: ScenarioContext): number {
  const weights = nginx.route?.upstream.servers.map((server) => server.weight) ?? [];
  const turns = Math.max(
    settings.replicas,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  // `auto` is one for each processor (`ngx_ncpu`, from _SC_NPROCESSORS_ONLN).
  const workers = nginx.workers === 'auto' ? cpus().length : nginx.workers;
  const wanted = Math.max(LEAST_REQUESTS, REQUESTS_PER_REPLICA * settings.replicas, 2 * workers * turns);
  return Math.min(MOST_REQUESTS, wanted);
}
