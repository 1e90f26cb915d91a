import type { EndedReplica, ScenarioEvidence } from './checks/evidence';
import { runFailover } from './checks/failover';
import { runHardening } from './checks/hardening';
import { runIsolation } from './checks/isolation';
import { runLimits } from './checks/limits';
import { runRollout } from './checks/rollout';
import { runRotation } from './checks/rotation';
import type { ScenarioContext } from './checks/scenario';
import type { Clock } from './clock';
import type { Cluster, ClusterPlan } from './cluster/cluster-types';
import { clusterUp } from './cluster/cluster';
import type { Engine } from './cluster/engine';
import type { RolloutImages } from './cluster/images';
import type { NginxModel } from './cluster/nginx/model';
import { removeCluster } from './cluster/removal';
import type { Log } from './github/log';
import type { Settings } from './settings/settings';
import { startTraffic } from './traffic/traffic';

/** Longer than NGINX's own default time-outs of 60 s, so that a client sees how such a wait ends, in milliseconds. */
const PATIENCE_MS = 75_000;

/** One scenario, and the name of the cluster that it gets for itself. */
export interface Scenario {
  readonly name: string;
  readonly cluster: string;
  readonly run: (context: ScenarioContext) => Promise<ScenarioEvidence>;
  /** It makes a noise on purpose, and so runs when all others are over. */
  readonly alone?: true;
  /** Its cluster begins with the image that the rolling update starts from, not with the one under test. */
  readonly startsFromBaseline?: true;
}

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
  /** Bundle of the load thread. */
  readonly threadFile: string;
  /** Scenarios that run at the same time. */
  readonly width: number;
  /** `kept`: the cluster stays up after its scenario. */
  readonly plan: (kept: boolean) => ClusterPlan;
}

/** What the scenarios came to. */
export interface ScenarioResults {
  readonly evidence: readonly ScenarioEvidence[];
  /** The cluster of the first scenario: the one that the outputs tell about. */
  readonly first: Cluster | null;
  readonly timings: Readonly<Record<string, number>>;
}

/** The scenarios of the checks and faults that were asked for, calm ones first. */
export function planScenarios(settings: Settings): readonly Scenario[] {
  return settings.checks.flatMap((check): readonly Scenario[] => {
    switch (check) {
      case 'rotation':
        return [{ name: 'rotation', cluster: 'rotation', run: runRotation }];
      case 'failover':
        return settings.faults.map((fault) => ({
          name: `failover.${fault}`,
          cluster: fault,
          run: (context) => runFailover(context, fault),
        }));
      case 'rollout':
        return [{ name: 'rollout', cluster: 'rollout', run: runRollout, startsFromBaseline: true }];
      case 'isolation':
        return [{ name: 'isolation', cluster: 'isolation', run: runIsolation }];
      case 'hardening':
        return [{ name: 'hardening', cluster: 'hardening', run: runHardening }];
      case 'limits':
        return [{ name: 'limits', cluster: 'limits', run: runLimits, alone: true }];
    }
  });
}

/**
 * Runs each scenario on a cluster of its own, so that what one breaks poisons no other (NGINX remembers failures for
 * `fail_timeout`), `width` at a time: most of a scenario is waiting. Those that must be
 * alone come last, one by one. Each cluster is gone when its scenario ends, but for the first one where it is to be kept.
 * The first failure ends the others, and is thrown when they have ended.
 */
export async function runScenarios(scenarios: readonly Scenario[], tools: ScenarioTools): Promise<ScenarioResults> {
  const results: (ScenarioResult | undefined)[] = [];
  const failed = new AbortController();
  const signal = AbortSignal.any([tools.signal, failed.signal]);
  const runSideBySide = async (chosen: readonly [number, Scenario][], width: number): Promise<void> => {
    const waiting = chosen.values();
    const runner = async (): Promise<void> => {
      for (const [index, scenario] of waiting) {
        signal.throwIfAborted();
        results[index] = await runScenario(scenario, index, { ...tools, signal });
      }
    };
    const runners = Array.from({ length: Math.min(width, chosen.length) }, () =>
      runner().catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(runners);
  };
  const numbered = [...scenarios.entries()];
  const isAlone = ([, scenario]: [number, Scenario]): boolean => scenario.alone === true;
  await runSideBySide(
    numbered.filter((one) => !isAlone(one)),
    tools.width,
  );
  await runSideBySide(numbered.filter(isAlone), 1);
  // Its reason is the first failure; the runners that it ended may have failed in ways of their own.
  signal.throwIfAborted();

  const done = results.filter((result) => result !== undefined);
  return {
    evidence: done.map((result) => result.evidence),
    first: done[0]?.cluster ?? null,
    timings: Object.assign({}, ...done.map((result) => result.timings)) as Record<string, number>,
  };
}

interface ScenarioResult {
  readonly evidence: ScenarioEvidence;
  readonly cluster: Cluster;
  readonly timings: Readonly<Record<string, number>>;
}

async function runScenario(scenario: Scenario, index: number, tools: ScenarioTools): Promise<ScenarioResult> {
  const { clock, settings, engine } = tools;
  const started = clock.now();
  const seconds = (): string => `${((clock.now() - started) / 1000).toFixed(1)} s`;
  const log = (line: string): void => tools.log.line(`[${scenario.name} ${seconds()}] ${line}`);
  // Traffic must not outlive its scenario, however that ends.
  const over = new AbortController();
  const signal = AbortSignal.any([tools.signal, over.signal]);
  const kept = index === 0 && settings.keepCluster;
  try {
    const cluster = await up(scenario, index, kept, { ...tools, signal }, log);
    const seen = await scenario.run(contextOf(cluster, index, { ...tools, signal }, log));
    const downStarted = clock.now();
    const evidence = { ...seen, ended: await endedReplicas(cluster, engine) };
    if (!kept) {
      const { problems } = await removeCluster(engine, cluster.plan.ownership.run, cluster.name);
      for (const problem of problems) log(`not removed yet: ${problem}`);
    }
    log('done');
    const timings = {
      [`${scenario.name}.up`]: cluster.timings.totalMs,
      [`${scenario.name}.run`]: downStarted - started - cluster.timings.totalMs,
      [`${scenario.name}.down`]: clock.now() - downStarted,
    };
    return { evidence, cluster, timings };
  } finally {
    over.abort(new Error('the scenario is over'));
  }
}

/** Of the replicas that the cluster began with, those that nobody removed and that run no more. */
async function endedReplicas(cluster: Cluster, engine: Engine): Promise<readonly EndedReplica[]> {
  const states = await Promise.all(
    cluster.replicas.map(async ({ hostname, containerId }) => {
      // A rolling update has removed it; there is nothing to tell then.
      const state = await engine.inspectContainer(containerId).catch(() => null);
      return state === null || state.running ? [] : [{ ...state, hostname }];
    }),
  );
  return states.flat().map(({ hostname, exitCode, oomKilled }) => ({ hostname, exitCode, oomKilled }));
}

async function up(
  scenario: Scenario,
  index: number,
  kept: boolean,
  tools: ScenarioTools,
  log: (line: string) => void,
): Promise<Cluster> {
  const { settings, engine, clock, signal } = tools;
  const port = index === 0 && settings.port !== 'auto' ? settings.port : 0;
  const tested = tools.plan(kept);
  const plan = scenario.startsFromBaseline === true ? { ...tested, appImage: tools.rollout.from.id } : tested;
  const cluster = await clusterUp(plan, scenario.cluster, port, subnetHint(tools, index), {
    engine,
    clock,
    signal,
    log,
  });
  const { networksMs, containersMs, readyMs, totalMs } = cluster.timings;
  log(
    `cluster up at ${cluster.loadBalancer.url} in ${Math.round(totalMs)} ms ` +
      `(networks ${Math.round(networksMs)}, containers ${Math.round(containersMs)}, ready ${Math.round(readyMs)})`,
  );
  return cluster;
}

/** Runs on one machine begin at different places of the address pool, and so seldom meet. */
function subnetHint({ plan }: ScenarioTools, index: number): number {
  return parseInt(plan(false).ownership.run.slice(0, 6), 16) + index;
}

function contextOf(
  cluster: Cluster,
  index: number,
  tools: ScenarioTools,
  log: (line: string) => void,
): ScenarioContext {
  const { settings, engine, clock, signal, nginx, rollout, seed, threadFile } = tools;
  return {
    settings,
    cluster,
    nginx,
    rollout,
    engine,
    clock,
    signal,
    // Each scenario has a schedule of its own, all of them told by the one seed.
    seed: (seed + index) >>> 0,
    log,
    openTraffic: (order) =>
      startTraffic(order, {
        ...{ clock, signal, threadFile, patienceMs: PATIENCE_MS },
        host: '127.0.0.1',
        port: cluster.loadBalancer.hostPort,
        openLog: (onLine) => openLog(cluster, engine, onLine),
      }),
  };
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
