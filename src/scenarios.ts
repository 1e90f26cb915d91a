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
 * `fail_timeout`). Each cluster is gone when the next begins, but for the first one where it is to be kept.
 */
export async function runScenarios(scenarios: readonly Scenario[], tools: ScenarioTools): Promise<ScenarioResults> {
  const evidence: ScenarioEvidence[] = [];
  const timings: Record<string, number> = {};
  let first: Cluster | null = null;
  for (const [index, scenario] of scenarios.entries()) {
    const kept = index === 0 && tools.settings.keepCluster;
    await tools.log.group(`Scenario ${scenario.name}`, async () => {
      const cluster = await up(scenario, index, kept, tools);
      first ??= cluster;
      timings[`${scenario.cluster}.up`] = cluster.timings.totalMs;
      evidence.push(await scenario.run(contextOf(cluster, index, tools)));
      if (kept) return;
      const started = tools.clock.now();
      const { problems } = await removeCluster(tools.engine, cluster.plan.ownership.run, cluster.name);
      timings[`${scenario.cluster}.down`] = tools.clock.now() - started;
      for (const problem of problems) tools.log.line(`Not removed yet: ${problem}`);
    });
  }
  return { evidence, first, timings };
}

async function up(scenario: Scenario, index: number, kept: boolean, tools: ScenarioTools): Promise<Cluster> {
  const { settings, log, engine, clock, signal } = tools;
  const port = index === 0 && settings.port !== 'auto' ? settings.port : 0;
  const cluster = await clusterUp(tools.plan(kept), scenario.cluster, port, subnetHint(tools, index), {
    engine,
    clock,
    signal,
    log: (line) => log.line(line),
  });
  const { networksMs, containersMs, readyMs, totalMs } = cluster.timings;
  log.line(
    `cluster up at ${cluster.loadBalancer.url} in ${Math.round(totalMs)} ms ` +
      `(networks ${Math.round(networksMs)}, containers ${Math.round(containersMs)}, ready ${Math.round(readyMs)})`,
  );
  return cluster;
}

/** Runs on one machine begin at different places of the address pool, and so seldom meet. */
function subnetHint({ plan }: ScenarioTools, index: number): number {
  return parseInt(plan(false).ownership.run.slice(0, 6), 16) + index;
}

function contextOf(cluster: Cluster, index: number, tools: ScenarioTools): ScenarioContext {
  const { settings, engine, clock, signal, log, nginx, seed, threadFile } = tools;
  return {
    settings,
    cluster,
    nginx,
    engine,
    clock,
    signal,
    // Each scenario has a schedule of its own, all of them told by the one seed.
    seed: (seed + index) >>> 0,
    log: (line) => log.line(line),
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
