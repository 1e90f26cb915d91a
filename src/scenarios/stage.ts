import { aftermathOf } from '../checks/aftermath';
import type { ScenarioEvidence } from '../checks/evidence';
import { createCpuGroups, type CpuGroups } from '../checks/faults/control-group';
import { watchHeldBack } from '../checks/held-back';
import { watchProcessorWaits, type ProcessorWatch } from '../checks/processor-waits';
import type { ScenarioContext } from '../checks/scenario';
import type { Clock } from '../clock';
import { introducingHeaders } from '../cluster/client-headers';
import { clusterUp } from '../cluster/cluster';
import type { Cluster, ClusterPlan } from '../cluster/cluster-types';
import type { Engine } from '../cluster/engine';
import type { RolloutImages } from '../cluster/images';
import type { NginxModel } from '../cluster/nginx/model';
import { isOneForEachClient } from '../cluster/nginx/upstream';
import { removeCluster } from '../cluster/removal';
import { SetupError } from '../cluster/setup-error';
import type { Log } from '../github/log';
import type { Settings } from '../settings/settings';
import { clientError, waitedMs } from '../traffic/attribution';
import type { Complaints } from '../traffic/error-log';
import { createComplaints } from '../traffic/error-log';
import type { Loads } from '../traffic/load';
import { startTraffic } from '../traffic/traffic';
import type { Suspicion } from '../verdict/suspicion';
import type { Scenario, Stage } from './plan';
import { createBusyMeter } from './processors';

/** Longer than NGINX's own default time-outs of 60 s, so that a client sees how such a wait ends, in milliseconds. */
const PATIENCE_MS = 75_000;

/** What scenarios are run with. */
export interface ScenarioTools {
  readonly settings: Settings;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly seed: number;
  readonly nginx: NginxModel;
  readonly rollout: RolloutImages;
  readonly loads: Loads;
  /** How many requests that ask for a late answer a replica works on at the same time. */
  readonly slowRoom: (cluster: Cluster) => Promise<number>;
  /** How many idle connections leave a replica no room for another; null: not that few, or NGINX keeps none. */
  readonly idleRoom: (cluster: Cluster) => Promise<number | null>;
  /** Processors of this machine. */
  readonly processors: number;
  /** Requests leave on time, whatever else the machine is busy with. */
  readonly loadGoesFirst: boolean;
  /** `crowded`: processors were so busy meanwhile that any broken gate is reason enough. */
  readonly suspect: (evidence: ScenarioEvidence, crowded: boolean) => Suspicion | null;
  /** `kept`: the cluster stays up after its scenarios. */
  readonly plan: (kept: boolean) => ClusterPlan;
}

/** A stage whose cluster is up. */
export interface StandingStage {
  readonly stage: Stage;
  readonly cluster: Cluster;
  readonly kept: boolean;
}

/** What one scenario came to. */
export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly evidence: ScenarioEvidence;
  readonly runMs: number;
  /** How busy this machine's processors were meanwhile: 0 not at all, 1 all of them. */
  readonly busy: number;
}

/** How a scenario runs: beside others or not, and who is told how late its requests left, and when it only waits. */
export interface Company {
  readonly shared: boolean;
  readonly onLateness: (latenessesMs: readonly number[]) => void;
  readonly onQuiet: () => void;
}

/** Lines of one part of the run, with the seconds since it began. */
function stopwatchLog({ log, clock }: Pick<ScenarioTools, 'log' | 'clock'>, name: string): (line: string) => void {
  const started = clock.now();
  return (line) => log.line(`[${name} ${((clock.now() - started) / 1000).toFixed(1)} s] ${line}`);
}

/** Whether the outputs tell about this stage's cluster: the one of the first scenario. */
export function isFirst(stage: Stage): boolean {
  return stage.scenarios.some(({ index }) => index === 0);
}

/**
 * Starts a stage's cluster. Throws what {@link clusterUp} throws.
 *
 * @param name of the cluster, where it is not the stage's own.
 */
export async function stageUp(stage: Stage, tools: ScenarioTools, name = stage.cluster): Promise<StandingStage> {
  const { settings, engine, clock, signal } = tools;
  const log = stopwatchLog(tools, name);
  const first = isFirst(stage) && name === stage.cluster;
  const kept = first && settings.keepCluster;
  const port = first && settings.port !== 'auto' ? settings.port : 0;
  const tested = tools.plan(kept);
  const plan = stage.startsFromBaseline ? { ...tested, appImage: tools.rollout.from.id } : tested;
  const starting = clusterUp(plan, name, port, subnetHint(plan, stage), { engine, clock, signal, log });
  const cluster = await (plan.appImage === tested.appImage ? starting : starting.catch(blameBaseline));
  const { networksMs, containersMs, readyMs, totalMs } = cluster.timings;
  log(
    `cluster up at ${cluster.loadBalancer.url} in ${Math.round(totalMs)} ms ` +
      `(networks ${Math.round(networksMs)}, containers ${Math.round(containersMs)}, ready ${Math.round(readyMs)})`,
  );
  return { stage, cluster, kept };
}

/** Says that it is not this pull request's image that does not start. */
function blameBaseline(error: unknown): never {
  if (!(error instanceof SetupError)) throw error;
  const { message, details, place } = error;
  const words = `What the rolling update starts from (input baseline-image) does not work: ${message}`;
  throw new SetupError(words, details, { place, cause: error });
}

/** Removes a stage's cluster, unless it is to be kept. */
export async function stageDown({ cluster, kept }: StandingStage, tools: ScenarioTools): Promise<void> {
  if (kept) return;
  const { engine, clock, log } = tools;
  const started = clock.now();
  const { problems } = await removeCluster(engine, cluster.plan.ownership.run, cluster.name);
  for (const problem of problems) log.line(`Cluster ${cluster.name}: not removed yet: ${problem}`);
  if (problems.length === 0) log.line(`[${cluster.name}] cluster down in ${Math.round(clock.now() - started)} ms`);
}

/** Runs one scenario on a cluster that is up. */
export async function runScenario(
  scenario: Scenario,
  { cluster }: StandingStage,
  tools: ScenarioTools,
  company: Company,
): Promise<ScenarioResult> {
  const { clock, engine } = tools;
  const started = clock.now();
  const log = stopwatchLog(tools, scenario.name);
  const busy = createBusyMeter();
  const complaints = createComplaints();
  const groups = createCpuGroups(engine);
  // Traffic must not outlive its scenario, however that ends.
  const over = new AbortController();
  const signal = AbortSignal.any([tools.signal, over.signal]);
  try {
    // The scenario need not wait for that, nor the end of one in which nobody waited.
    const watching = watchHeldBack(cluster.replicas, groups);
    const processors = watchProcessorWaits(cluster, { groups, clock, signal });
    const seen = await scenario.run(
      contextOf(scenario, cluster, { ...tools, signal }, company, { log, complaints, groups, processors }),
    );
    // Who has looked after its replicas itself, has replaced them.
    const isLeft = seen.ended === undefined;
    const aftermath = isLeft ? await aftermathOf(seen, cluster.replicas, engine) : {};
    const heldBack = isLeft && isTrouble(seen) ? { heldBack: await (await watching)() } : {};
    const evidence = {
      ...seen,
      ...aftermath,
      ...heldBack,
      processorWaits: processors.waits(),
      complaints: complaints.list(),
    };
    log('done');
    return { scenario, evidence, runMs: clock.now() - started, busy: busy() };
  } finally {
    over.abort(new Error('the scenario is over'));
  }
}

/** A client waits no longer than this where all is well, in milliseconds. */
const LONG_WAIT_MS = 1_000;

/** Clients saw errors, or waited: it may be that the replicas lack processor time. */
function isTrouble({ samples, replicas }: ScenarioEvidence): boolean {
  return samples.some((sample) => clientError(sample, replicas) !== null || waitedMs(sample) > LONG_WAIT_MS);
}

/** Runs on one machine begin at different places of the address pool, and so seldom meet. */
function subnetHint({ ownership }: ClusterPlan, { scenarios }: Stage): number {
  return parseInt(ownership.run.slice(0, 6), 16) + (scenarios[0]?.index ?? 0);
}

function contextOf(
  { index }: Scenario,
  cluster: Cluster,
  tools: ScenarioTools,
  { shared, onLateness, onQuiet }: Company,
  {
    log,
    complaints,
    groups,
    processors,
  }: {
    readonly log: (line: string) => void;
    readonly complaints: Complaints;
    readonly groups: CpuGroups;
    readonly processors: ProcessorWatch;
  },
): ScenarioContext {
  const { engine, clock, signal, nginx, rollout, seed, loads } = tools;
  const settings = { ...tools.settings, rate: rateOf(tools) };
  return {
    ...{ settings, cluster, nginx, rollout, engine, clock, signal, shared, log, onQuiet, busy: createBusyMeter() },
    watchHeldBack: (replicas) => watchHeldBack(replicas, groups),
    onReplaced: processors.add,
    // Each scenario has a schedule of its own, all of them told by the one seed.
    seed: (seed + index) >>> 0,
    slowRoom: async () => ({ replicas: cluster.replicas.length, ofEach: await tools.slowRoom(cluster) }),
    idleRoom: () => tools.idleRoom(cluster),
    openTraffic: (order) =>
      startTraffic(
        { ...order, arrivals: 'random' },
        {
          ...{ clock, signal, loads, patienceMs: PATIENCE_MS, onLateness },
          // Not by way of the published port: at high rates the engine's proxy would be tested, and it gives up for good when it runs
          // out of file handles (moby, cmd/docker-proxy/tcp_proxy_linux.go).
          ...{ host: cluster.loadBalancer.address, port: cluster.loadBalancer.port },
          authority: cluster.plan.host ?? new URL(cluster.loadBalancer.url).host,
          headers: introducingHeaders(cluster.plan),
          openLog: (onLine) =>
            openLog(cluster, engine, (line) => {
              onLine(line);
              complaints.add(line);
            }),
        },
      ),
  };
}

/** As many requests a second still show something. */
const LEAST_RATE = 25;

/**
 * Requests a second. Where each client has a replica of its own, this one client's is sent what replicas share otherwise: to fail over the
 * requests of all users at once to a single other replica is more than any of them has to carry.
 */
function rateOf({ settings: { rate, replicas }, nginx: { route } }: ScenarioTools): number {
  const isOne = route !== null && isOneForEachClient(route.upstream.algorithm);
  return isOne ? Math.min(rate, Math.max(LEAST_RATE, rate / replicas)) : rate;
}

/** The log is read from the container's start, so that no line can be missed between attaching and the first request. */
function openLog(cluster: Cluster, engine: Engine, onLine: (line: string) => void): Promise<() => void> {
  const end = new AbortController();
  engine
    .followLogs(cluster.loadBalancer.containerId, (line) => onLine(line.text), end.signal)
    // A log that breaks off leaves requests without NGINX's side, which is judged.
    .catch(() => undefined);
  return Promise.resolve(() => end.abort());
}
