import type { ReportGate } from './schema';

/** What scenarios are called where their own name would not tell a reader. */
const WORDS: Readonly<Record<string, string>> = {
  failover: 'failover',
  oom: 'out of memory',
  throttle: 'no processor time',
  error: 'error answers',
  slow: 'slow answers',
  dns: 'lost name',
  'lb-reload': 'NGINX reload',
  'lb-worker-crash': 'NGINX worker crash',
  rollout: 'rolling update',
};

/** Of several clusters: `failover.lb-reload (shop)`. */
const NAME = /^(?:failover\.)?(\S+)( \(.*\))?$/;

/** What a scenario is about, in words: `failover.crash` → `crash`, `rollout` → `rolling update`. */
export function subjectOf(scenario: string): string {
  return subjectWith(scenario, '');
}

/** The same with what follows before the cluster, as in `crash of app2 (shop)`. */
export function subjectWith(scenario: string, whom: string): string {
  const [, name = scenario] = NAME.exec(scenario) ?? [];
  return `${WORDS[name] ?? name}${whom}${clusterPart(scenario)}`;
}

/** ` (shop)`, where there are several clusters and the scenario is one of shop; empty: there is one. */
export function clusterPart(scenario: string): string {
  return NAME.exec(scenario)?.[2] ?? '';
}

/** What a gate is about: the scenario that decided, or else the fault or the check that its metric names. */
export function subjectOfGate({ metric, scenario }: Pick<ReportGate, 'metric' | 'scenario'>): string {
  if (scenario !== null) return subjectOf(scenario);
  const parts = metric.split('.');
  return subjectOf((parts.length > 2 ? parts[1] : parts[0]) ?? metric);
}
