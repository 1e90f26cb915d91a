import type { Report, ReportGate, ReportScenario } from './schema';
import { whyNotRun } from './not-run';
import { capitalized, counted, grouped, hiddenWords, listed, quantity } from './quantities';
import { standingOf } from './standings';
import { subjectOf, subjectOfGate, subjectWith } from './subjects';
import { namesOf, troublesOf, troubleWords } from './trouble';

/** Troubles that the headline names; more than these nobody takes in. */
const MOST_TROUBLES = 3;
/** Faults that the headline of a pass names one by one. */
const MOST_FAULTS = 4;

const PREPOSITIONS: Readonly<Record<string, string>> = { oom: 'in', throttle: 'for', error: 'from', slow: 'from' };

/** The answer in one line, the worst first: `Freeze: clients wait 60 s`. */
export function headline(report: Report): string {
  switch (report.verdict) {
    case 'error':
      return report.scenarios.length === 0 ? 'Nothing could be judged' : 'Not everything could be judged';
    case 'inconclusive':
      return `Nothing is proven about ${listed(subjects(report, 'inconclusive')) || 'this cluster'}`;
    case 'fail':
      return troubles(report, 'fail');
    case 'pass': {
      const warned = troubles(report, 'warn');
      return warned === '' ? strengths(report, MOST_FAULTS) || 'All gates are met' : `Only warned: ${warned}`;
    }
  }
}

/** What holds in spite of the headline: `Survives crash and stop; every replica gets its turns`. null: nothing, or it is said. */
export function comfort(report: Report): string | null {
  if (report.verdict === 'pass' && troublesOf(report, 'warn').length === 0) {
    const faults = namesOf(survived(report).filter(({ fault }) => fault !== null));
    return faults.length > MOST_FAULTS ? `Survived: ${listed(faults)}` : null;
  }
  const all = strengths(report, Infinity);
  return all === '' ? null : all;
}

/** What the reader can do where not everything could be judged. */
export function afterTrouble({ scenarios }: Report): string {
  return scenarios.length === 0
    ? 'No request was judged. Put this right, and run the job again.'
    : 'What follows was measured without that. Put it right, and run the job again.';
}

/** What was tested; several apps have several images. */
export interface TestedApps {
  /** Of all apps. */
  readonly replicas: number;
  readonly images: readonly string[];
}

/** How an image is called that was built from the whole repository: it has no name that says more. */
const BUILT_HERE = 'this repository';

/** `3 replicas built from this repository`; null: not all of them are built from the whole of it. */
export function builtHere({ replicas, images }: TestedApps): string | null {
  return images.length === 1 && images[0] === BUILT_HERE
    ? `${counted(replicas, 'replica')} built from ${BUILT_HERE}`
    : null;
}

/** Null: it did not come to an image. */
export function testedApps({ cluster: { images, replicas } }: Report): TestedApps | null {
  const references = new Set(images.filter(({ role }) => role === 'app').map(({ reference }) => reference));
  return references.size === 0 ? null : { replicas: replicas.length, images: [...references] };
}

/** The numbers behind it: what clients saw beside what NGINX hid from them; null where nothing was sent. */
export function twoSides({ scenarios }: Report): string | null {
  const sum = (field: 'requests' | 'errors' | 'retries'): number =>
    scenarios.reduce((total, scenario) => total + scenario.counts[field], 0);
  if (sum('requests') === 0) return null;
  const waits = scenarios.flatMap((scenario) => scenario.latency.map((phase) => phase.max));
  const excuses = excuseWords(scenarios);
  const errors = sum('errors');
  const hidden = sum('retries');
  return (
    `Clients sent ${counted(sum('requests'), 'request')} and saw ${errors === 0 ? 'no errors' : counted(errors, 'error')}${excuses === '' ? '; ' : `, ${excuses}. `}` +
    `NGINX hid ${hiddenWords(hidden)}${hidden === 0 ? '' : ' from them'}; ` +
    `the longest wait was ${quantity(Math.max(0, ...waits), 'ms')}.`
  );
}

/** Errors that nobody could have avoided, as one and as several. */
interface Excuse {
  readonly one: string;
  readonly several: string;
}

const UNREPEATABLE = 'in flight on the lost replica that could not be sent again';
const LOST_WITH_WORKER = 'in flight in the killed worker process';
const CLOSED_AT_RELOAD = 'that a reload closed, which this version of NGINX cannot avoid';

/**
 * Which of the errors nobody could have avoided, by what they were: `all of them requests in flight on the lost replica that
 * could not be sent again`. Empty: none.
 */
function excuseWords(scenarios: readonly ReportScenario[]): string {
  const errors = scenarios.reduce((sum, { counts }) => sum + counts.errors, 0);
  const excused = scenarios.filter(({ counts }) => counts.excused > 0);
  const parts = [...Map.groupBy(excused, (one) => excuseOf(one).several).values()].flatMap((group) => {
    const number = group.reduce((sum, { counts }) => sum + counts.excused, 0);
    const excuse = group[0] === undefined ? null : excuseOf(group[0]);
    if (excuse === null) return [];
    if (number === errors && number === 1) return [excuse.one];
    const all = number === 2 ? 'both' : 'all';
    return [`${number === errors ? all : grouped(number)} of them ${number === 1 ? excuse.one : excuse.several}`];
  });
  // Not as other lists: each has a comma of its own.
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1) ?? ''}`;
}

function excuseOf({ fault, rollout }: ReportScenario): Excuse {
  if (rollout !== null || fault?.name === 'lb-reload') {
    return {
      one: `a POST request on a kept connection ${CLOSED_AT_RELOAD}`,
      several: `POST requests on kept connections ${CLOSED_AT_RELOAD}`,
    };
  }
  const where = fault?.name === 'lb-worker-crash' ? LOST_WITH_WORKER : UNREPEATABLE;
  return { one: `a request ${where}`, several: `requests ${where}` };
}

/** Which scenarios the gates of an outcome are about: `rotation`, `crash`. */
export function subjects(report: Report, outcome: ReportGate['outcome']): readonly string[] {
  const gates = report.gates.filter((gate) => gate.outcome === outcome);
  return [
    ...new Set(
      gates.flatMap((gate) => {
        const about = report.scenarios.filter(({ gates: own }) =>
          own.some(({ metric, outcome: theirs }) => metric === gate.metric && theirs === outcome),
        );
        return about.length === 0 ? [subjectOfGate(gate)] : namesOf(about);
      }),
    ),
  ];
}

function troubles(report: Report, outcome: 'fail' | 'warn'): string {
  const all = troublesOf(report, outcome);
  const more = all.length - MOST_TROUBLES;
  return [
    ...all.slice(0, MOST_TROUBLES).map((one) => capitalized(troubleWords(one))),
    ...(more > 0 ? [`and ${counted(more, 'more trouble')}`] : []),
  ].join('; ');
}

/** What holds, in one sentence; empty: nothing does. More than `most` faults are only counted. */
function strengths(report: Report, most: number): string {
  const through = survived(report);
  const faults = namesOf(through.filter(({ fault }) => fault !== null));
  const all = report.scenarios.filter(({ fault }) => fault !== null).length;
  const named = faults.length > most ? [`${faults.length === all ? 'all ' : ''}${faults.length} faults`] : faults;
  const update = through.some(({ rollout }) => rollout !== null) ? ['a rolling update'] : [];
  const holds = (metric: string): boolean =>
    report.gates.some((gate) => gate.metric === metric && gate.outcome === 'pass');
  // That nothing was found says little where the same scenario could not ask everything, or its requests failed without a reason to.
  const isSound = (check: 'isolation' | 'hardening' | 'limits'): boolean => {
    const own = report.scenarios.filter((scenario) => scenario.check === check).flatMap(({ gates }) => gates);
    return (
      holds(check === 'isolation' ? 'isolation.leaks' : `${check}.findings`) &&
      own.every(({ outcome }) => outcome !== 'inconclusive' && outcome !== 'fail')
    );
  };
  const kept = [...(isSound('isolation') ? ['isolated'] : []), ...(isSound('hardening') ? ['hardened'] : [])];
  const parts = [
    ...(through.length > 0 ? [`survives ${listed([...named, ...update])}`] : []),
    ...(holds('rotation.coverage')
      ? [holds('rotation.excess') ? 'every replica gets its share' : 'every replica serves']
      : []),
    ...(kept.length === 0 ? [] : [`the replicas are ${listed(kept)}`]),
    ...(isSound('limits') ? ['the limits hold'] : []),
  ];
  return capitalized(parts.join('; '));
}

/** Scenarios that broke or replaced something, and that clients got through. */
function survived({ scenarios }: Report): readonly ReportScenario[] {
  return scenarios.filter(
    (scenario) =>
      (scenario.fault !== null || scenario.rollout !== null) &&
      standingOf(scenario) === 'pass' &&
      scenario.gates.some(
        ({ metric, outcome }) => outcome === 'pass' && /\.(errors|stall)$/.test(metric) && metric !== 'baseline.errors',
      ),
  );
}

/** One scenario by name, and whom it struck: `crash of app2`. */
export function scenarioWords({ name, fault }: ReportScenario): string {
  if (fault !== null && whyNotRun(fault) !== null) return subjectWith(name, ', not run');
  if (fault === null || fault.victim === 'nginx') return subjectOf(name);
  return subjectWith(name, ` ${PREPOSITIONS[fault.name] ?? 'of'} ${fault.victim}`);
}
