import type { ReportGate, ReportScenario } from './schema';
import { listed } from './quantities';
import { clusterPart, subjectOf, subjectOfGate } from './subjects';

/** Metrics that have words of their own, whatever scenario decided. */
const WHOLE: Readonly<Record<string, string>> = {
  'baseline.errors': 'failed requests while nothing is broken',
  'failover.alone': 'replicas that some requests depend on alone',
  'failover.listens-early': 'replicas that take connections long before they answer',
  'load.lag': 'lateness of the load generator, p99',
};

/** Metrics by what stands after their check, and after the fault if there is one. */
const PARTS: Readonly<Record<string, string>> = {
  'rotation.coverage': 'replicas that serve',
  'rotation.excess': 'requests beyond the exact bound',
  'rotation.sessions': 'cookies that other replicas do not take',
  'rotation.closed': 'idle connections that the app closes before NGINX does',
  'rotation.held': 'replicas whose workers idle connections can take',
  'rotation.cut': 'answers that are longer than they say',
  'rollout.unsafe-errors': 'failed POST requests',
  'rollout.updated': 'traffic that the new version serves at the end',
  'rollout.killed': 'replicas that did not end when told to',
  'rollout.changed': 'GET requests that the new version redirects, or answers with nothing',
  'rollout.slower': 'by how much answers take longer',
  'isolation.leaks': 'ways in or out that should be closed',
  'hardening.findings': 'rules that are not kept',
  'hardening.secret-files': 'files of the image that hold a secret',
  'limits.findings': 'limits that do not hold',
  errors: 'failed GET requests',
  'unsafe-errors': 'failed POST requests beyond those in flight',
  duplicates: 'POST requests that reached two replicas',
  stall: 'longest wait',
  detect: 'until NGINX asks the lost replica no more',
  retries: 'failed attempts that NGINX hid',
  recover: 'until the mended replica serves its share',
};

/** Subjects that are named one by one; of more only the worst is. */
const MOST_NAMED = 3;

/** A metric in words: `failover.crash.stall` → `crash: longest wait`. One of several scenarios: `scenario` decided. */
export function metricWords(metric: string, scenario: string | null): string {
  const words = WHOLE[metric];
  if (words !== undefined) return words;
  const quality = qualityWords(metric);
  return quality === null ? metric : `${subjectOfGate({ metric, scenario })}: ${quality}`;
}

/**
 * The same for a judged gate, which may be about several scenarios: `crash and freeze: longest wait` where both fail it,
 * `worst of 11 faults, freeze: longest wait` where all of them meet it.
 */
export function gateSubjectWords(gate: ReportGate, scenarios: readonly ReportScenario[]): string {
  const quality = qualityWords(gate.metric);
  const cluster = gate.scenario === null ? '' : clusterPart(gate.scenario);
  const about = aboutOf(gate, scenarios);
  if (quality === null || WHOLE[gate.metric] !== undefined || about.length < 2) {
    return metricWords(gate.metric, gate.scenario);
  }
  const alike = about.filter(({ gates }) =>
    gates.some(({ metric, outcome }) => metric === gate.metric && outcome === gate.outcome),
  );
  const worst = subjectOfGate(gate);
  if (gate.outcome === 'pass') {
    // The image under test, and the one that a rolling update deploys.
    if (!gate.metric.startsWith('failover.')) return `${listed(about.map(({ name }) => subjectOf(name)))}: ${quality}`;
    return `${standsForAll(gate, scenarios) ? `all ${about.length} faults${cluster}` : `worst of ${about.length} faults, ${worst}`}: ${quality}`;
  }
  const named = alike.map(({ name }) => subjectOf(name));
  return named.length <= MOST_NAMED
    ? `${listed([worst, ...named.filter((name) => name !== worst)])}: ${quality}`
    : `${named.length} of ${about.length} faults, worst ${worst}: ${quality}`;
}

/** The scenarios of a gate's cluster that have such a gate of their own. */
function aboutOf({ metric, scenario }: ReportGate, scenarios: readonly ReportScenario[]): readonly ReportScenario[] {
  const cluster = scenario === null ? '' : clusterPart(scenario);
  return scenarios.filter(
    ({ name, gates }) => clusterPart(name) === cluster && gates.some((one) => one.metric === metric),
  );
}

/** The same gate as each of these scenarios meets it. */
export function ofMetric(gate: ReportGate, scenarios: readonly ReportScenario[]): readonly ReportGate[] {
  return aboutOf(gate, scenarios).flatMap(({ gates }) => gates.filter(({ metric }) => metric === gate.metric));
}

/** Whether a gate is met by several faults that came to nothing, all of them. */
export function standsForAll(gate: ReportGate, scenarios: readonly ReportScenario[]): boolean {
  const { outcome, observed, metric } = gate;
  const isOne = outcome !== 'pass' || observed !== 0 || !metric.startsWith('failover.') || WHOLE[metric] !== undefined;
  return !isOne && qualityWords(metric) !== null && aboutOf(gate, scenarios).length > 1;
}

/** What a metric measures, without what it is about; null: no words for it. */
function qualityWords(metric: string): string | null {
  const parts = metric.split('.');
  return PARTS[metric] ?? PARTS[`${parts[0] ?? ''}.${parts.at(-1) ?? ''}`] ?? PARTS[parts.at(-1) ?? ''] ?? null;
}
