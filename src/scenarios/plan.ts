import type { ScenarioEvidence } from '../checks/evidence';
import { runFailover } from '../checks/failover';
import { runHardening } from '../checks/hardening';
import { runIsolation } from '../checks/isolation';
import { runLimits } from '../checks/limits';
import { runRollout } from '../checks/rollout';
import { runRotation } from '../checks/rotation';
import type { ScenarioContext } from '../checks/scenario';
import type { FaultName, Settings } from '../settings/settings';

/** One scenario. */
export interface Scenario {
  /** Unique in a run: `rotation`, `failover.crash`. */
  readonly name: string;
  /** Its place among all scenarios of the run, from 0: evidence is told in this order, and seeds count up by it. */
  readonly index: number;
  /** It sends nothing through NGINX, and so may begin while the one before it on its cluster only waits. */
  readonly beginsWhenQuiet: boolean;
  readonly run: (context: ScenarioContext) => Promise<ScenarioEvidence>;
}

/** A cluster, and the scenarios that take turns on it. */
export interface Stage {
  /** Name of the cluster. */
  readonly cluster: string;
  readonly scenarios: readonly Scenario[];
  /** It makes a noise on purpose, and so comes last, and runs alone where that could make requests late. */
  readonly alone: boolean;
  /** Its cluster begins with the image that the rolling update starts from, not with the one under test. */
  readonly startsFromBaseline: boolean;
}

/**
 * Stages that last long by their nature come first, so that none of them is left over at the end: a throttled replica is slow to recover,
 * freeze waits for read time-outs. In the order of what they took on good clusters of all kinds.
 */
const LONGEST_FIRST: readonly string[] = ['throttle', 'freeze', 'rollout', 'oom', 'error', 'dns', 'stop'];

/**
 * The clusters that the checks and faults need, the longest-lasting first. What breaks something has a cluster of its own, so that
 * it poisons no other scenario (NGINX remembers failures for `fail_timeout`). What only looks shares one: rotation sends its requests
 * before anything else is done there, isolation is looked at while a connection of rotation's lies idle, and hardening, which stops a
 * replica in the end, comes last.
 */
export function planStages(settings: Pick<Settings, 'checks' | 'faults'>): readonly Stage[] {
  const scenarios = scenariosOf(settings).map((scenario, index) => ({
    ...scenario,
    index,
    beginsWhenQuiet: scenario.name === 'isolation',
  }));
  const stages = [...Map.groupBy(scenarios, ({ cluster }) => cluster)].map(([cluster, ones]) => ({
    cluster,
    scenarios: ones,
    alone: cluster === 'limits',
    startsFromBaseline: cluster === 'rollout',
  }));
  return stages.toSorted((one, other) => rank(one) - rank(other));
}

interface Planned extends Omit<Scenario, 'index' | 'beginsWhenQuiet'> {
  readonly cluster: string;
}

function scenariosOf({ checks, faults }: Pick<Settings, 'checks' | 'faults'>): readonly Planned[] {
  const has = (check: Settings['checks'][number]): boolean => checks.includes(check);
  return [
    ...(has('rotation') ? [{ name: 'rotation', cluster: 'calm', run: runRotation }] : []),
    ...(has('failover') ? faults.map(failover) : []),
    ...(has('rollout') ? [{ name: 'rollout', cluster: 'rollout', run: runRollout }] : []),
    ...(has('isolation') ? [{ name: 'isolation', cluster: 'calm', run: runIsolation }] : []),
    ...(has('hardening') ? [{ name: 'hardening', cluster: 'calm', run: runHardening }] : []),
    ...(has('limits') ? [{ name: 'limits', cluster: 'limits', run: runLimits }] : []),
  ];
}

function failover(fault: FaultName): Planned {
  return { name: `failover.${fault}`, cluster: fault, run: (context) => runFailover(context, fault) };
}

function rank({ cluster, alone }: Stage): number {
  const place = LONGEST_FIRST.indexOf(cluster);
  if (place >= 0) return place;
  return LONGEST_FIRST.length + (alone ? 2 : cluster === 'calm' ? 1 : 0);
}
