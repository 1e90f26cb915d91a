import type { FaultEvidence, LoadQuality, ScenarioEvidence } from '../checks/evidence';
import type { FaultName } from '../settings/settings';
import { servedBy } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';
import type { VictimAttempt } from './victim-attempts';
import { attemptsOnVictim } from './victim-attempts';
import { counted } from '../settings/wording';

/** Fewer samples than this show nothing. */
export const LEAST_SAMPLES = 30;

/** Samples of a scenario before anything was broken or replaced: finished by then. */
export function beforeFault({ fault, rollout, samples }: ScenarioEvidence): readonly Sample[] {
  const begun = fault?.injectedAt ?? rollout?.startedAt ?? Infinity;
  return samples.filter((sample) => sample.doneAt < begun);
}

/** Samples that the fault could touch: all that were still under way when it was injected, to the scenario's end. */
export function sinceFault(evidence: ScenarioEvidence): readonly Sample[] {
  const { fault } = evidence;
  return fault === null ? [] : evidence.samples.filter((sample) => sample.doneAt >= fault.injectedAt);
}

/**
 * Why nothing can rest on a scenario's traffic, or null: the machine could not send on time, or NGINX's side is missing.
 *
 * @param lagBoundMs the bound of the `load.lag` gate, in milliseconds.
 */
export function trafficProblem(evidence: ScenarioEvidence, lagBoundMs: number): string | null {
  const { load, missingLines, samples } = evidence;
  const late = loadProblem(load, lagBoundMs);
  const missing = missingLines - linesKilled(evidence);
  if (late !== null || missing <= 0) return late;
  return `NGINX's access log has no line for ${missing} of ${samples.length} requests, so it is unknown which replica answered`;
}

/** What a worker process has answered and not yet logged when it is killed, it never logs; between the two is next to no time. */
const UNLOGGED_MS = 250;

/** Requests whose lines the killed worker process took along. */
function linesKilled({ fault, samples }: ScenarioEvidence): number {
  if (fault?.name !== 'lb-worker-crash' || fault.notRun !== null) return 0;
  const { injectedAt, effectiveAt } = fault;
  return samples.filter(
    ({ outcome, proxy, doneAt }) =>
      outcome.kind === 'answered' &&
      proxy === null &&
      doneAt >= injectedAt - UNLOGGED_MS &&
      doneAt <= effectiveAt + UNLOGGED_MS,
  ).length;
}

/**
 * Why nothing can rest on what the load generator sent, or null: it could not send on time.
 *
 * @param lagBoundMs the bound of the `load.lag` gate, in milliseconds.
 */
export function loadProblem({ notSent, lagP99Ms }: LoadQuality, lagBoundMs: number): string | null {
  if (notSent > 0) return `this machine could not send ${notSent} of the requests`;
  if (lagP99Ms <= lagBoundMs) return null;
  return `the load generator itself was late: p99 ${Math.round(lagP99Ms)} ms, allowed ${lagBoundMs} ms`;
}

/** Why too little is known, or null. */
export function sampleProblem(samples: readonly Sample[], phase: string): string | null {
  if (samples.length >= LEAST_SAMPLES) return null;
  return `only ${counted(samples.length, 'request')} ${phase}; at least ${LEAST_SAMPLES} are needed (raise the input rate)`;
}

/** What a fault does to the victim, as traffic shows it. */
export type Effect =
  /** It answers nothing. */
  | 'silent'
  /** It answers with server errors and nothing else. */
  | 'refusing'
  /** It answers late, or not at all. */
  | 'late'
  /** Other worker processes of NGINX serve. */
  | 'replaced'
  /** One worker process of NGINX serves no more. */
  | 'one-less'
  /** Nothing, if NGINX does as it should. */
  | 'unseen';

export const EFFECTS: Readonly<Record<FaultName, Effect>> = {
  crash: 'silent',
  stop: 'silent',
  freeze: 'silent',
  partition: 'silent',
  oom: 'silent',
  throttle: 'late',
  error: 'refusing',
  slow: 'late',
  'lb-reload': 'replaced',
  'lb-worker-crash': 'one-less',
  dns: 'unseen',
};

/** Why the fault proves nothing, or null when it surely took effect: by the engine's word and by the traffic. */
export function faultProblem(evidence: ScenarioEvidence): string | null {
  const { fault, replicas } = evidence;
  if (fault === null) return 'nothing was broken';
  if (fault.notRun !== null) return `not run: ${fault.notRun}`;
  const { victim } = fault;
  if (!fault.proof.took) return `the fault did not take effect: ${victim ?? 'NGINX'} is ${fault.proof.seen}`;
  if (victim !== null && !beforeFault(evidence).some((sample) => servedBy(sample, replicas) === victim)) {
    return `${victim} served nothing before the fault, so losing it shows nothing`;
  }
  return effectProblem(evidence, fault);
}

function effectProblem(evidence: ScenarioEvidence, fault: FaultEvidence): string | null {
  const who = fault.victim ?? 'NGINX';
  switch (EFFECTS[fault.name]) {
    case 'silent': {
      const served = answeredWhile(evidence, fault).length;
      return served === 0 ? null : `${who} went on serving during the fault (${counted(served, 'request')})`;
    }
    case 'refusing':
      return refusalProblem(evidence, fault, who);
    case 'late':
      return latenessProblem(evidence, fault, who);
    case 'replaced': {
      const before = workersOf(evidence.samples.filter((sample) => sample.doneAt < fault.injectedAt));
      const since = workersOf(evidence.samples.filter((sample) => sample.sentAt > fault.effectiveAt));
      return [...since].some((pid) => !before.has(pid)) ? null : 'the same worker processes served before and after';
    }
    case 'one-less': {
      const before = workersOf(evidence.samples.filter((sample) => sample.doneAt < fault.injectedAt));
      const since = workersOf(evidence.samples.filter((sample) => sample.sentAt > fault.effectiveAt));
      if (since.size === 0) return 'no worker process served anything after the fault';
      return [...before].some((pid) => !since.has(pid)) ? null : 'every worker process from before went on serving';
    }
    case 'unseen':
      return null;
  }
}

/** Requests sent and answered while the fault was up, by the victim itself. */
function answeredWhile({ samples, replicas }: ScenarioEvidence, fault: FaultEvidence): readonly Sample[] {
  return samples.filter(
    (sample) =>
      sample.sentAt > fault.effectiveAt &&
      sample.doneAt < fault.healStartedAt &&
      servedBy(sample, replicas) === fault.victim,
  );
}

function refusalProblem(evidence: ScenarioEvidence, fault: FaultEvidence, who: string): string | null {
  const good = answeredWhile(evidence, fault).filter(({ proxy }) => (proxy?.status ?? 0) < 500);
  if (good.length > 0) return `${who} went on serving during the fault (${counted(good.length, 'request')})`;
  // One that began a moment before counts too, if its answer was an error: the victim's place was already taken then.
  const refused = attemptsOnVictim(evidence).some(({ headerMs, status }) => headerMs !== null && (status ?? 0) >= 500);
  return refused ? null : `no request got an error from ${who}, so nothing is shown about such errors`;
}

/** Late: the median answer takes this many times as long as before, and at least so many milliseconds longer. */
const LATE_TIMES = 3;
const LATE_MS = 50;
/** So many answers that are so much later, in milliseconds, tell as well: `least_conn` sends few to a replica that is late. */
const SURELY_LATE = 2;
const SURELY_LATE_MS = 500;
/** What NGINX logs for an attempt that it gave up on. */
const TIMED_OUT = 504;

function latenessProblem(evidence: ScenarioEvidence, fault: FaultEvidence, who: string): string | null {
  const usual = median(
    beforeFault(evidence)
      .filter((sample) => sample.delayMs === 0 && servedBy(sample, evidence.replicas) === fault.victim)
      .map((sample) => sample.proxy?.attempts.at(-1)?.headerMs ?? Infinity),
  );
  const during = attemptsOnVictim(evidence).filter(
    (one) => one.sample.delayMs === 0 && one.beganAt > fault.effectiveAt,
  );
  if (during.length === 0) return `no request reached ${who} while it was slow`;
  const times = during.map(lateness);
  const late = median(times);
  if (late >= Math.max(usual * LATE_TIMES, usual + LATE_MS)) return null;
  if (times.filter((time) => time >= usual + SURELY_LATE_MS).length >= SURELY_LATE) return null;
  return `${who} answered in ${late} ms during the fault and in ${usual} ms before: hardly later`;
}

/** How long an answer took; one that NGINX gave up on takes for ever, one that failed at once is no late one. */
function lateness({ headerMs, status, beganAt, endedAt }: VictimAttempt): number {
  return headerMs ?? (status === TIMED_OUT ? Infinity : endedAt - beganAt);
}

/** The upper one of two in the middle; 0 without any. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function workersOf(samples: readonly Sample[]): ReadonlySet<number> {
  return new Set(samples.flatMap(({ proxy }) => (proxy === null ? [] : [proxy.workerPid])));
}
