import type { Report, ReportGate } from './schema';
import { allowedWords, observedWords, remarkWords } from './gate-words';
import { metricWords } from './metric-words';
import { counted, listed, quantity } from './quantities';
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
  readonly words: (worst: ReportGate, several: boolean) => string;
}

/** The worst kind first. */
const KINDS: readonly Kind[] = [
  { metric: /^baseline\.errors$/, words: failing('request') },
  { metric: /\.errors$/, words: failing('GET request') },
  { metric: /\.unsafe-errors$/, words: failing('POST request') },
  {
    metric: /\.duplicates$/,
    words: (worst) => `${count(worst, 'POST request')} reached two replicas`,
  },
  {
    metric: /\.stall$/,
    words: stallWords,
  },
  {
    metric: /^isolation\.leaks$/,
    words: (worst) => `${count(worst, 'way')} in or out should be closed`,
  },
  { metric: /^rollout\.updated$/, words: updateWords },
  { metric: /^rotation\.coverage$/, words: coverageWords },
  { metric: /^rotation\.sessions$/, words: () => 'sessions do not go on at other replicas' },
  { metric: /^rotation\.closed$/, words: () => 'the app closes idle connections before NGINX does' },
  { metric: /\.recover$/, words: recoveryWords },
  { metric: /^hardening\.findings$/, words: (worst) => `${count(worst, 'rule')} not kept` },
  { metric: /^limits\.findings$/, words: (worst) => `${count(worst, 'limit')} not holding` },
  {
    metric: /^rotation\.excess$/,
    words: (worst) => `${count(worst, 'request')} more than their turns allow`,
  },
  { metric: /^rollout\.killed$/, words: (worst) => `${count(worst, 'replica')} had to be killed` },
  {
    metric: /\.detect$/,
    words: (worst) => `NGINX needs ${observedWords(worst)} to spare the lost replica`,
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
    .map(troubleOf);
}

/** The gate of the worst kind, and the longest wait beside failed requests. */
function worstTwo(gates: readonly ReportGate[]): readonly ReportGate[] {
  const [first, ...rest] = gates.toSorted((a, b) => rankOf(a) - rankOf(b) || missedBy(b) - missedBy(a));
  const wait = rest.find((gate) => kindOf(gate) !== null && qualityOf(gate) === 'stall');
  const fails = first !== undefined && kindOf(first) !== null && first.metric.endsWith('errors');
  return [...(first === undefined ? [] : [first]), ...(fails && wait !== undefined ? [wait] : [])];
}

function rankOf(gate: ReportGate): number {
  const kind = kindOf(gate);
  return kind === null ? KINDS.length : KINDS.indexOf(kind);
}

/** Each scenario's own view of the gates that are not met; a gate that no scenario explains stands for itself. */
function brokenGates(report: Report, outcome: 'fail' | 'warn'): readonly ReportGate[] {
  const own = report.scenarios.flatMap(({ gates }) => gates);
  return report.gates
    .filter((gate) => gate.outcome === outcome && isBroken(gate))
    .flatMap((gate) => {
      const seen = own.filter(
        ({ metric, outcome: theirs, observed, reason }) =>
          metric === gate.metric && theirs === outcome && isBroken({ ...gate, outcome: theirs, observed, reason }),
      );
      return seen.length === 0 ? [gate] : seen;
    });
}

/** A bound that is no plain upper or exact one needs its numbers told, whatever it is about. */
function kindOf(gate: ReportGate): Kind | null {
  const { operator, metric, unit } = gate;
  const usual = operator === '==' || (unit === '%' ? operator === '>=' || operator === '>' : operator.startsWith('<'));
  return usual ? (KINDS.find((kind) => kind.metric.test(metric)) ?? null) : null;
}

/** Scenarios with the same kinds of trouble; for each kind the one that misses it by most gives the number. */
function troubleOf(scenarios: readonly (readonly ReportGate[])[]): Trouble {
  const kinds = (scenarios[0] ?? []).map((_, index) => scenarios.flatMap((gates) => gates.slice(index, index + 1)));
  return {
    subjects: [...new Set(scenarios.flat().map(subjectOfTrouble))],
    words: listed(
      kinds.flatMap((gates) => {
        const worst = gates.toSorted((a, b) => missedBy(b) - missedBy(a))[0];
        return worst === undefined ? [] : [kindOf(worst)?.words(worst, gates.length > 1) ?? plainWords(worst)];
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
  return (worst, several) =>
    `${several ? 'up to ' : ''}${count(worst, noun)} ${worst.observed === 1 ? 'fails' : 'fail'}`;
}

function count({ observed }: ReportGate, noun: string): string {
  return counted(observed ?? 0, noun);
}

function recoveryWords(worst: ReportGate): string {
  return worst.observed === null
    ? 'the mended replica does not come back'
    : `the mended replica needs ${observedWords(worst)} to come back`;
}

/** The remark says how many of how many, where the verdict counted them. */
function coverageWords(worst: ReportGate): string {
  const [, some, all] = /^(\d+) of (\d+) replicas\b/.exec(remarkWords(worst)) ?? [];
  return some === undefined || all === undefined
    ? `only ${quantity(worst.observed ?? 0, '%')} of the replicas serve`
    : `only ${some} of ${all} replicas ${some === '1' ? 'serves' : 'serve'}`;
}

function updateWords(worst: ReportGate): string {
  const [stopped] = /^stopped at [^;]*/.exec(worst.reason ?? '') ?? [];
  if (stopped !== undefined) return stopped;
  return worst.reason?.startsWith('not a new version') === true
    ? 'what was deployed is no new version'
    : `the new version serves only ${observedWords(worst)} of the traffic`;
}

/** A fault that was ended because the gate was lost has not shown how long they would have waited. */
function stallWords(worst: ReportGate, several: boolean): string {
  const endedEarly = remarkWords(worst).startsWith('the fault was ended then');
  return `clients wait ${several && !endedEarly ? 'up to ' : ''}${observedWords(worst)}${endedEarly ? ' and longer' : ''}`;
}

/** `crash and freeze: clients wait up to 60 s`. */
export function troubleWords({ subjects, words }: Trouble): string {
  return `${listed(subjects)}: ${words}`;
}

/** Subjects of scenarios, in words. */
export function namesOf(scenarios: readonly { readonly name: string }[]): readonly string[] {
  return scenarios.map(({ name }) => subjectOf(name));
}
