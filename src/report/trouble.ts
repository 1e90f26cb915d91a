import type { Report, ReportGate } from './schema';
import { explains } from './explained';
import { allowedWords, observedWords, remarkWords } from './gate-words';
import { findingWords } from './finding-words';
import { metricWords } from './metric-words';
import { counted, grouped, listed, quantity } from './quantities';
import { isBroken, qualityOf } from './standings';
import { subjectOf, subjectOfGate } from './subjects';

/** One thing that is wrong, and with what: `crash and freeze`, `clients wait 60 s`. */
export interface Trouble {
  readonly subjects: readonly string[];
  /** The worst of the subjects decides the number. */
  readonly words: string;
}

/** A kind of trouble: metrics that end like this, and what is wrong then. `worst` is the gate that is missed by most. */
interface Kind {
  readonly metric: RegExp;
  readonly words: (worst: ReportGate, several: boolean, report: Report) => string;
}

/** The worst kind first. */
const KINDS: readonly Kind[] = [
  { metric: /^baseline\.errors$/, words: failingAtRest },
  { metric: /\.errors$/, words: failingGets },
  { metric: /\.unsafe-errors$/, words: failing('POST request') },
  {
    metric: /\.duplicates$/,
    words: (worst) => `${count(worst, 'POST request')} reached two replicas`,
  },
  {
    metric: /\.stall$/,
    words: stallWords,
  },
  { metric: /^isolation\.leaks$/, words: found((worst) => `${count(worst, 'way')} in or out should be closed`) },
  { metric: /^rollout\.updated$/, words: updateWords },
  { metric: /^rotation\.coverage$/, words: coverageWords },
  { metric: /^rotation\.sessions$/, words: () => 'a session is lost when another replica answers' },
  {
    metric: /^failover\.alone$/,
    words: (worst) => `some requests depend on ${remarkWords(worst) || 'one replica'} alone`,
  },
  { metric: /^rotation\.closed$/, words: () => 'the app closes idle connections before NGINX does' },
  { metric: /\.recover$/, words: recoveryWords },
  { metric: /^hardening\.findings$/, words: found((worst) => `${count(worst, 'rule')} not kept`) },
  {
    metric: /^hardening\.secret-files$/,
    words: (worst) => `${count(worst, 'file')} of the image ${worst.observed === 1 ? 'holds' : 'hold'} a secret`,
  },
  { metric: /^limits\.findings$/, words: found((worst) => `${count(worst, 'limit')} not holding`) },
  {
    metric: /^rotation\.excess$/,
    words: (worst) => `the load is uneven, by ${count(worst, 'request')} more than NGINX’s algorithm allows`,
  },
  {
    metric: /^rollout\.changed$/,
    words: (worst) => `the new version redirects ${count(worst, 'GET request')}, or answers with nothing`,
  },
  { metric: /^rollout\.slower$/, words: (worst) => `answers take ${observedWords(worst)} longer` },
  {
    metric: /\.listens-early$/,
    words: () => 'a replica that starts takes connections long before it answers',
  },
  { metric: /^rollout\.killed$/, words: (worst) => `${count(worst, 'replica')} had to be killed` },
  {
    metric: /\.detect$/,
    words: (worst) => `NGINX takes ${observedWords(worst)} to leave the lost replica alone`,
  },
  { metric: /\.retries$/, words: (worst) => `NGINX has to hide ${count(worst, 'failed attempt')}` },
];

/**
 * What is wrong, the worst first; each scenario under its worst trouble, and where requests fail, under how long others wait,
 * too: what else is wrong with it stands in the table. Scenarios with the same troubles are told together.
 * @param outcome the gates to tell about: those that fail, or those that only warn.
 */
export function troublesOf(report: Report, outcome: 'fail' | 'warn'): readonly Trouble[] {
  const bySubject = Map.groupBy(brokenGates(report, outcome), subjectOfTrouble);
  const told = [...bySubject.values()].map(worstTwo);
  const alike = Map.groupBy(told, (gates) => gates.map(rankOf).join());
  return [...alike.values()]
    .toSorted(([a = []], [b = []]) => Math.min(...a.map(rankOf)) - Math.min(...b.map(rankOf)))
    .map((scenarios) => troubleOf(scenarios, report));
}

/** The gate of the worst kind, and beside failed requests how long others wait, or that what was broken or replaced stays away. */
function worstTwo(gates: readonly ReportGate[]): readonly ReportGate[] {
  const [first, ...rest] = gates.toSorted((a, b) => rankOf(a) - rankOf(b) || missedBy(b) - missedBy(a));
  const known = rest.filter((gate) => kindOf(gate) !== null);
  const beside = known.find((gate) => qualityOf(gate) === 'stall') ?? known.find(neverCame);
  const fails = first !== undefined && kindOf(first) !== null && first.metric.endsWith('errors');
  return [...(first === undefined ? [] : [first]), ...(fails && beside !== undefined ? [beside] : [])];
}

/** A replica that does not come back, or an update that was stopped. */
function neverCame(gate: ReportGate): boolean {
  const quality = qualityOf(gate);
  return (quality === 'recover' && gate.observed === null) || (quality === 'updated' && stoppedAt(gate) !== null);
}

function rankOf(gate: ReportGate): number {
  const kind = kindOf(gate);
  return kind === null ? KINDS.length : KINDS.indexOf(kind);
}

/** Each scenario's own view of the gates that are not met; a gate that no scenario explains stands for itself. */
function brokenGates(report: Report, outcome: 'fail' | 'warn'): readonly ReportGate[] {
  const own = report.scenarios.flatMap(({ gates }) => gates);
  return report.gates
    .filter((gate) => gate.outcome === outcome && isBroken(gate) && !isSaid(gate, report))
    .flatMap((gate) => {
      const seen = own.filter(
        ({ metric, outcome: theirs, observed, reason }) =>
          metric === gate.metric && theirs === outcome && isBroken({ ...gate, outcome: theirs, observed, reason }),
      );
      return seen.length === 0 ? [gate] : seen;
    });
}

/** Where every request fails with nothing broken, it goes without saying that no replica serves. */
function isSaid({ metric, observed, cluster }: ReportGate, { gates }: Report): boolean {
  const isTotal = (other: ReportGate): boolean =>
    other.metric === 'baseline.errors' && other.outcome === 'fail' && other.cluster === cluster && isWhole(other);
  return metric === 'rotation.coverage' && observed === 0 && gates.some(isTotal);
}

/** A bound that is no plain upper or exact one needs its numbers told, whatever it is about. */
function kindOf(gate: ReportGate): Kind | null {
  const { operator, metric, unit } = gate;
  const usual = operator === '==' || (unit === '%' ? operator === '>=' || operator === '>' : operator.startsWith('<'));
  return usual ? (KINDS.find((kind) => kind.metric.test(metric)) ?? null) : null;
}

/** Scenarios with the same kinds of trouble; for each kind the one that misses it by most gives the number. */
function troubleOf(scenarios: readonly (readonly ReportGate[])[], report: Report): Trouble {
  const kinds = (scenarios[0] ?? []).map((_, index) => scenarios.flatMap((gates) => gates.slice(index, index + 1)));
  return {
    subjects: [...new Set(scenarios.flat().map(subjectOfTrouble))],
    words: listed(
      kinds.flatMap((gates) => {
        const worst = gates.toSorted((a, b) => missedBy(b) - missedBy(a))[0];
        return worst === undefined ? [] : [kindOf(worst)?.words(worst, gates.length > 1, report) ?? plainWords(worst)];
      }),
    ),
  };
}

function plainWords(gate: ReportGate): string {
  const words = metricWords(gate.metric, gate.scenario).split(': ').at(-1) ?? gate.metric;
  return `${words} ${observedWords(gate)}, allowed ${allowedWords(gate)}`;
}

function subjectOfTrouble(gate: ReportGate): string {
  return gate.metric === 'baseline.errors' ? 'with nothing broken' : subjectOfGate(gate);
}

function missedBy({ observed, allowed }: ReportGate): number {
  return observed === null ? Infinity : Math.abs(observed - allowed);
}

function failing(noun: string): Kind['words'] {
  return (worst, several) => {
    const many = several ? 'up to ' : isWhole(worst) ? 'all ' : '';
    return `${many}${count(worst, noun)} ${worst.observed === 1 ? 'fails' : 'fail'}`;
  };
}

/** GETs, and POSTs as well where those of the same scenario fail, too: `3 GET and 2 POST requests fail`. */
function failingGets(worst: ReportGate, several: boolean, report: Report): string {
  const own = report.scenarios.find(({ name }) => name === worst.scenario)?.gates ?? [];
  const posts = own.find((gate) => qualityOf(gate) === 'unsafe-errors' && gate.outcome === worst.outcome);
  if (several || posts?.observed == null || posts.observed === 0) return failing('GET request')(worst, several, report);
  const all = isWhole(worst) && isWhole(posts) ? 'all ' : '';
  const gets = posts.observed === 1 ? count(worst, 'GET request') : `${grouped(worst.observed ?? 0)} GET`;
  return `${all}${gets} and ${count(posts, 'POST request')} fail`;
}

function isWhole({ observed, samples }: ReportGate): boolean {
  return observed === samples && samples > 1;
}

/** Diagnoses of answers that somebody else than a replica gave: users may well be content with them, and nothing is known of the replicas. */
const ANSWERED_ELSEWHERE: readonly string[] = [
  'proxy-cache',
  'no-replica-answered',
  'default-server',
  'wrong-upstream',
];

function failingAtRest(worst: ReportGate, several: boolean, report: Report): string {
  const isElsewhere = report.diagnoses.some((one) => explains(one, worst) && ANSWERED_ELSEWHERE.includes(one.id));
  if (!isElsewhere) return failing('request')(worst, several, report);
  return isWhole(worst)
    ? `no replica answers any of ${count(worst, 'request')}`
    : `no replica answers ${several ? 'up to ' : ''}${count(worst, 'request')}`;
}

/** What a check found, by name where that is short. */
function found(otherwise: (worst: ReportGate) => string): Kind['words'] {
  return (worst, _several, report) => findingWords(report, worst) ?? otherwise(worst);
}

function count({ observed }: ReportGate, noun: string): string {
  return counted(observed ?? 0, noun);
}

function recoveryWords(worst: ReportGate): string {
  if (worst.observed !== null) return `the mended replica needs ${observedWords(worst)} to come back`;
  // It is there, and gets nothing yet: it may come back later than anybody watched.
  const isWaited = /\bserved (?:none|\d)/.test(remarkWords(worst));
  return `the mended replica does not come back${isWaited ? ` within ${quantity(worst.allowed, worst.unit)}` : ''}`;
}

/** The remark says how many of how many, where the verdict counted them. */
function coverageWords(worst: ReportGate): string {
  const [, some, all, servers] = /^(\d+) of (\d+) replicas(?:, of (\d+) servers)?/.exec(remarkWords(worst)) ?? [];
  if (some === undefined || all === undefined)
    return `only ${quantity(worst.observed ?? 0, '%')} of the replicas serve`;
  if (some === all && servers !== undefined)
    return `only ${some} of the ${servers} servers that NGINX lists are replicas`;
  if (some === '0') return `none of the ${all} replicas serves`;
  return `only ${some} of ${all} replicas ${some === '1' ? 'serves' : 'serve'}`;
}

/** Where an update was stopped, and why; null: it was not. */
function stoppedAt({ reason }: ReportGate): string | null {
  return /^stopped at [^;]*/.exec(reason ?? '')?.[0] ?? null;
}

function updateWords(worst: ReportGate): string {
  const stopped = stoppedAt(worst);
  if (stopped !== null) return `it ${stopped}`;
  return worst.reason?.startsWith('not a new version') === true
    ? 'what was deployed is no new version'
    : `the new version serves only ${observedWords(worst)} of the traffic`;
}

/** A fault that was ended because the gate was lost has not shown how long they would have waited. */
function stallWords(worst: ReportGate, several: boolean): string {
  const endedEarly = remarkWords(worst).startsWith('the fault was ended');
  return `clients wait ${several && !endedEarly ? 'up to ' : ''}${observedWords(worst)}${endedEarly ? ' or longer' : ''}`;
}

/** `crash and freeze: clients wait up to 60 s`. */
export function troubleWords({ subjects, words }: Trouble): string {
  return `${listed(subjects)}: ${words}`;
}

/** Subjects of scenarios, in words. */
export function namesOf(scenarios: readonly { readonly name: string }[]): readonly string[] {
  return scenarios.map(({ name }) => subjectOf(name));
}
