import type { ReportGate } from './schema';

const METRIC_WORDS: Readonly<Record<string, string>> = {
  'baseline.errors': 'failed requests while nothing is broken',
  'rotation.coverage': 'rotation: replicas that serve',
  'rotation.excess': 'rotation: requests beyond the exact bound',
  errors: 'failed GET requests',
  'unsafe-errors': 'failed POST requests not in flight on the lost replica',
  duplicates: 'POST requests that reached two replicas',
  stall: 'longest wait',
  detect: 'until NGINX asks the lost replica no more',
  retries: 'failed attempts that NGINX hid',
  recover: 'until the mended replica serves its share',
  'load.lag': 'lateness of the load generator, p99',
};

/** A metric in words: `failover.crash.stall` → `crash: longest wait`. One of several scenarios: `scenario` decided. */
export function metricWords(metric: string, scenario: string | null): string {
  const own = METRIC_WORDS[metric];
  if (own !== undefined) return own;
  const [check = '', ...rest] = metric.split('.');
  const words = METRIC_WORDS[rest.at(-1) ?? ''];
  if (words === undefined) return metric;
  const subject = rest.length > 1 ? rest[0] : scenario === null ? check : subjectOf(scenario);
  return `${subject ?? check}: ${words}`;
}

/** What a scenario is about: `failover.crash` → `crash`. */
export function subjectOf(scenario: string): string {
  return scenario.replace(/^failover\./, '');
}

/** What a gate is about: the scenario that decided, or else the fault or the check that its metric names. */
export function subjectOfGate({ metric, scenario }: Pick<ReportGate, 'metric' | 'scenario'>): string {
  if (scenario !== null) return subjectOf(scenario);
  const parts = metric.split('.');
  return (parts.length > 2 ? parts[1] : parts[0]) ?? metric;
}

/** A number in its unit: `38.6 s`, `15 ms`, `100 %`, `1,200`. */
export function quantity(value: number, unit: ReportGate['unit']): string {
  if (unit === '%') return `${trimmed(value, 1)} %`;
  if (unit === 'count') return grouped(value);
  // 999.6 is a second, and not 1000 ms.
  if (Math.round(value) >= 1000) return `${trimmed(value / 1000, 1)} s`;
  return `${trimmed(value, value < 10 ? 1 : 0)} ms`;
}

/** What a gate saw, in words where there is no number. */
export function observedWords({ observed, unit, outcome, reason }: ReportGate): string {
  if (observed !== null) return quantity(observed, unit);
  if (reason?.startsWith(NEVER) === true) return 'never';
  return outcome === 'warn' && reason?.startsWith('not observable') === true ? 'not observable' : 'unknown';
}

/** A gate's bound: `0`, `< 6 s`, `≥ 90 %`. */
export function allowedWords({ allowed, operator, unit }: ReportGate): string {
  const sign = { '==': '', '!=': '≠ ', '<': '< ', '<=': '≤ ', '>': '> ', '>=': '≥ ' }[operator];
  return `${sign}${quantity(allowed, unit)}`;
}

/** How far from its bound a gate is: `5 s to spare`, `32.6 s over`; empty where a bound leaves no room. */
export function marginWords({ observed, allowed, operator, unit }: ReportGate): string {
  if (observed === null || operator === '==' || operator === '!=') return '';
  const upper = operator === '<' || operator === '<=';
  const spare = upper ? allowed - observed : observed - allowed;
  if (spare === 0) return 'none';
  return `${quantity(Math.abs(spare), unit)} ${spare > 0 ? 'to spare' : upper ? 'over' : 'short'}`;
}

/** What a gate's number is made of, or why it never came; empty where there is nothing to add, or no number at all. */
export function remarkWords({ observed, reason }: ReportGate): string {
  if (reason === null) return '';
  if (observed !== null) return reason;
  return reason.startsWith(NEVER) ? reason.slice(NEVER.length) : '';
}

/** `1200` → `1,200`. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 request`, `1,200 requests`. */
export function counted(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${Math.round(number) === 1 ? '' : 's'}`;
}

/** `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** `crash` → `Crash`. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** How the verdict begins a reason for what should have happened and did not. */
const NEVER = 'never: ';

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
