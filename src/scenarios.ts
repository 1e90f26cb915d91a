import type { ScenarioEvidence } from './checks/evidence';
import { runFailover } from './checks/failover';
import { runRotation } from './checks/rotation';
import type { ScenarioContext } from './checks/scenario';
import type { Clock } from './clock';
import type { Cluster, ClusterPlan } from './cluster/cluster-types';
import { clusterUp } from './cluster/cluster';
import type { Engine } from './cluster/engine';
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
    }
  });
}

/**
 * Runs each scenario on a cluster of its own, so that what one breaks poisons no other (NGINX remembers failures for
 * `fail_timeout`), as many at a time as the machine has processors: most of a scenario is waiting. Each cluster is gone
 * when its scenario ends, but for the first one where it is to be kept. The first failure ends the others, and is thrown
 * when they have ended.
 */
export async function runScenarios(scenarios: readonly Scenario[], tools: ScenarioTools): Promise<ScenarioResults> {
  const results: (ScenarioResult | undefined)[] = [];
  const waiting = scenarios.entries();
  const failed = new AbortController();
  const signal = AbortSignal.any([tools.signal, failed.signal]);
  const runner = async (): Promise<void> => {
    for (const [index, scenario] of waiting) {
      signal.throwIfAborted();
      results[index] = await runScenario(scenario, index, { ...tools, signal });
    }
  };
  const runners = Array.from({ length: Math.min(tools.width, scenarios.length) }, () =>
    runner().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(runners);
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
    const evidence = await scenario.run(contextOf(cluster, index, { ...tools, signal }, log));
    const downStarted = clock.now();
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

async function up(
  scenario: Scenario,
  index: number,
  kept: boolean,
  tools: ScenarioTools,
  log: (line: string) => void,
): Promise<Cluster> {
  const { settings, engine, clock, signal } = tools;
  const port = index === 0 && settings.port !== 'auto' ? settings.port : 0;
  const cluster = await clusterUp(tools.plan(kept), scenario.cluster, port, subnetHint(tools, index), {
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
  const { settings, engine, clock, signal, nginx, seed, threadFile } = tools;
  return {
    settings,
    cluster,
    nginx,
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
