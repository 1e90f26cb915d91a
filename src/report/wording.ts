import type { Report, ReportGate } from './schema';
import { capitalized, counted, listed, quantity, subjectOf, subjectOfGate } from './gate-words';

/** What is wrong when a metric's gate is not met, by the things named. */
const TROUBLES: readonly { readonly metric: RegExp; readonly words: (faults: string) => string }[] = [
  { metric: /^baseline\.errors$/, words: () => 'clients see errors while nothing is broken' },
  { metric: /^rotation\./, words: () => 'not every replica gets its turns' },
  {
    metric: /^(failover|rollout)\.(.+\.)?(errors|unsafe-errors|stall)$/,
    words: (faults) => `clients would notice ${faults}`,
  },
  { metric: /^failover\.(.+\.)?duplicates$/, words: (faults) => `${faults} makes two replicas carry out one request` },
  { metric: /^failover\.(.+\.)?recover$/, words: (faults) => `the replica is not back in time after ${faults}` },
];

/** The answer in one line: `Clients would notice a crash`. */
export function headline(report: Report): string {
  switch (report.verdict) {
    case 'error':
      return report.scenarios.length === 0 ? 'Nothing could be judged' : 'Not everything could be judged';
    case 'inconclusive':
      return `Nothing is proven about ${listed(subjects(report, 'inconclusive')) || 'this cluster'}`;
    case 'fail':
      return capitalized(troubles(report.gates.filter((gate) => gate.outcome === 'fail')));
    case 'pass':
      return passed(report);
  }
}

/** The numbers behind it: what clients saw beside what NGINX hid from them; null where nothing was sent. */
export function twoSides(report: Report): string | null {
  const { scenarios } = report;
  const sum = (field: 'requests' | 'errors' | 'retries'): number =>
    scenarios.reduce((total, scenario) => total + scenario.counts[field], 0);
  if (sum('requests') === 0) return null;
  const waits = scenarios.flatMap((scenario) => scenario.latency.map((phase) => phase.max));
  return (
    `Clients sent ${counted(sum('requests'), 'request')} and saw ${counted(sum('errors'), 'error')}; ` +
    `NGINX hid ${counted(sum('retries'), 'failed attempt')} from them; ` +
    `the longest wait was ${quantity(Math.max(0, ...waits), 'ms')}.`
  );
}

/** Which scenarios the gates of an outcome are about: `rotation`, `crash`. */
export function subjects(report: Report, outcome: ReportGate['outcome']): readonly string[] {
  return [...new Set(report.gates.filter((gate) => gate.outcome === outcome).map(subjectOfGate))];
}

/** A gate that only warns, and is not met. */
export function isBrokenWarning({ outcome, observed, reason }: ReportGate): boolean {
  return outcome === 'warn' && (observed !== null || reason?.startsWith('never') === true);
}

function passed(report: Report): string {
  const broken = report.gates.filter(isBrokenWarning);
  if (broken.length > 0) return `Only warned: ${troubles(broken)}`;
  const faults = report.scenarios.filter((scenario) => scenario.fault !== null).map(({ name }) => subjectOf(name));
  const holds = (metric: string): boolean =>
    report.gates.some((gate) => gate.metric === metric && gate.outcome === 'pass');
  const parts = [
    ...(faults.length > 0 ? [`clients do not notice ${named(faults)}`] : []),
    ...(holds('rotation.coverage')
      ? [holds('rotation.excess') ? 'every replica gets its turns' : 'every replica serves']
      : []),
  ];
  return capitalized(parts.join(', and ')) || 'All gates are met';
}

function troubles(gates: readonly ReportGate[]): string {
  const known = TROUBLES.flatMap(({ metric, words }) => {
    const about = gates.filter((gate) => metric.test(gate.metric));
    return about.length === 0 ? [] : [words(named([...new Set(about.map(subjectOfGate))]))];
  });
  return [...new Set(known)].join('; ') || `not met: ${listed(gates.map((gate) => gate.metric))}`;
}

/** What scenarios do, as things that clients would notice; others are called by their names. */
const THINGS: Readonly<Record<string, string>> = {
  failover: 'a lost replica',
  oom: 'a replica killed for want of memory',
  throttle: 'a replica without processor time',
  error: 'a replica that answers with errors',
  slow: 'a slow replica',
  dns: 'a lost name',
  'lb-reload': 'a reload of NGINX',
  'lb-worker-crash': 'a crash of an NGINX worker',
  rollout: 'a rolling update',
};

/** `a crash and a freeze`. */
function named(subjectNames: readonly string[]): string {
  return listed(subjectNames.map((name) => THINGS[name] ?? `a ${name}`));
}
