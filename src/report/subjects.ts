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

/** What a scenario is about, in words: `failover.crash` → `crash`, `rollout` → `rolling update`. */
export function subjectOf(scenario: string): string {
  // Of several clusters: `failover.lb-reload (shop)`.
  const [, name = scenario, cluster = ''] = /^(?:failover\.)?(\S+)( \(.*\))?$/.exec(scenario) ?? [];
  return `${WORDS[name] ?? name}${cluster}`;
}

/** What a gate is about: the scenario that decided, or else the fault or the check that its metric names. */
export function subjectOfGate({ metric, scenario }: Pick<ReportGate, 'metric' | 'scenario'>): string {
  if (scenario !== null) return subjectOf(scenario);
  const parts = metric.split('.');
  return subjectOf((parts.length > 2 ? parts[1] : parts[0]) ?? metric);
}
