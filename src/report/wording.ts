import type { Report, ReportGate } from './schema';

const METRIC_WORDS: Readonly<Record<string, string>> = {
  'baseline.errors': 'failed requests while nothing is broken',
  'rotation.coverage': 'replicas that serve',
  'rotation.excess': 'requests beyond the exact bound of the rotation',
  errors: 'failed GET requests',
  'unsafe-errors': 'failed POST requests that were not in flight on the lost replica',
  duplicates: 'POST requests that reached more than one replica',
  stall: 'longest wait',
  detect: 'until NGINX stops asking the lost replica',
  retries: 'attempts that NGINX hid from clients',
  recover: 'until the mended replica serves its share',
  'load.lag': 'lateness of the load generator (p99)',
};

/** A metric in words: `failover.crash.stall` → `crash: longest wait`. */
export function metricWords(metric: string, scenario: string | null): string {
  const own = METRIC_WORDS[metric];
  if (own !== undefined) return metric.startsWith('rotation.') ? `rotation: ${own}` : own;
  const parts = metric.split('.');
  const words = METRIC_WORDS[parts.at(-1) ?? ''] ?? metric;
  const subject = parts.length > 2 ? parts[1] : (scenario?.split('.')[1] ?? parts[0]);
  return `${subject ?? ''}: ${words}`;
}

/** A number in its unit: `38.6 s`, `15 ms`, `100 %`, `1,200`. */
export function quantity(value: number, unit: ReportGate['unit']): string {
  if (unit === '%') return `${trimmed(value, 1)} %`;
  if (unit === 'count') return grouped(value);
  return value >= 1000 ? `${trimmed(value / 1000, 1)} s` : `${trimmed(value, value < 10 ? 1 : 0)} ms`;
}

/** What a gate saw, in words where there is no number. */
export function observedWords(gate: ReportGate): string {
  if (gate.observed !== null) return quantity(gate.observed, gate.unit);
  if (gate.outcome === 'inconclusive') return 'unknown';
  return gate.reason?.startsWith('never') === true ? 'never' : 'not observable';
}

/** A gate's bound: `0`, `< 6 s`, `≥ 90 %`. */
export function allowedWords(gate: ReportGate): string {
  const bound = quantity(gate.allowed, gate.unit);
  return gate.operator === '==' ? bound : `${gate.operator.replace('<=', '≤').replace('>=', '≥').replace('!=', '≠')} ${bound}`;
}

/** `1200` → `1,200`. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

/** The answer in one line, words before everything else. */
export function headline(report: Report): string {
  switch (report.verdict) {
    case 'error':
      return 'Nothing could be judged';
    case 'inconclusive':
      return `Not proven: ${listed(subjects(report, 'inconclusive'))}`;
    case 'fail':
      return `Clients would notice: ${listed(subjects(report, 'fail'))}`;
    case 'pass':
      return `Clients notice nothing: ${listed(report.scenarios.map((scenario) => subjectOf(scenario.name)))}`;
  }
}

/** Which scenarios the gates of an outcome are about: `crash`, `rotation`. */
export function subjects(report: Report, outcome: ReportGate['outcome']): readonly string[] {
  const found = report.gates.filter((gate) => gate.outcome === outcome).map((gate) => subjectOf(gate.scenario ?? gate.metric));
  return [...new Set(found)];
}

function subjectOf(scenario: string): string {
  return scenario.startsWith('failover.') ? (scenario.split('.')[1] ?? scenario) : (scenario.split('.')[0] ?? scenario);
}

function listed(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? 'no scenario was run';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
