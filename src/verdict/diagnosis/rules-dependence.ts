import type { ScenarioEvidence } from '../../checks/evidence';
import { attemptsOf, isServerError, metNobody, requestsOf, type SeenAttempt } from './calm';
import type { Case, Rule } from './diagnosis';
import { brokenGates, errorGates, metricsOf } from './diagnosis';
import { lastWordsOf } from './last-words';
import { NOWHERE } from './place';
import { capitalized, counted, listed, under } from './wording';

/** So many failures, and such a part of what is asked of those that are left, are no accident. */
const LEAST = 10;
const PART = 0.1;
/** So many at the least, where NGINX set all that were left aside for them. */
const LEAST_TO_SHUT = 3;
/** Of all that they fail, that much may be outside of the times in which a replica is gone. */
const PART_OUTSIDE = 0.05;
/** Longer than any client should wait for a replica that nobody broke, in milliseconds. */
const SLOW_MS = 2_000;
/** Who depends on a replica fails this soon after it is gone, in milliseconds. */
const ONSET_MS = 2_000;
/** Who fails that part of what comes when it is back, has not got over anything. */
const PART_LATER = 0.5;
/** What fails may have waited as long for whoever is gone, in milliseconds. */
const ECHO_MS = 6_000;

/** Held back in such a part of the time in which it had anything to do, and for so many periods, a replica lacks processor time. */
const PART_HELD_BACK = 0.2;
const LEAST_PERIODS = 20;

/** A time in which a replica is gone; epoch milliseconds. */
interface Absence {
  readonly from: number;
  readonly to: number;
  /** Those that could serve as before all the while. */
  readonly left: readonly string[];
}

/** Replicas that nobody broke had all the processor time that they may have, and clients waited for them all the same. */
export const overloaded: Rule = (situation) => {
  const late = situation.scenarios.flatMap((scenario) => {
    const held = heldBackIn(scenario);
    return held.size === 0
      ? []
      : attemptsOf(requestsOf(scenario)).filter((one) => held.has(one.replica) && (isFailure(one) || isUnmet(one)));
  });
  const names = new Set(late.map(({ scenario }) => scenario.name));
  const gates = brokenGates(situation, 'errors', 'unsafe-errors', 'stall', 'recover').filter(
    ({ scenario }) => scenario !== null && names.has(scenario),
  );
  const first = late[0];
  if (gates.length === 0 || first === undefined || late.length < LEAST) return null;
  const { scenario } = first;
  const isCalm = first.sample.doneAt < (scenario.fault?.injectedAt ?? Infinity);
  const held = heldBackIn(scenario);
  return {
    id: 'overloaded',
    gates: metricsOf(gates),
    cause:
      `${isCalm || scenario.fault?.victim == null ? 'The replicas' : `Without ${scenario.fault.victim} the other replicas`} cannot carry the ` +
      'requests that are sent: they used all the processor time that they are allowed, and needed more.',
    evidence:
      `${capitalized(listed([...names].map(under)))} ${counted(late.length, 'attempt')} on replicas that nobody broke failed or took long, and the kernel held ` +
      `${listed([...held].map(([hostname, part]) => `${hostname} back in ${Math.round(100 * part)} %`))} of the time in which ` +
      `${held.size === 1 ? 'it' : 'they'} had anything to do.`,
    ...NOWHERE,
    fix:
      'Give each replica more (input cpus), run more of them (input replicas), or make requests cheaper; where users never send that many, ' +
      'lower the input rate.',
  };
};

/** Replicas that nobody broke and that were held back by their limit, with the part of the time. */
function heldBackIn({ heldBack = [], fault, check }: ScenarioEvidence): ReadonlyMap<string, number> {
  // There it is done on purpose.
  if (check === 'limits') return new Map();
  return new Map(
    heldBack
      .filter(({ hostname, throttled, periods }) => {
        return hostname !== fault?.victim && throttled >= LEAST_PERIODS && throttled >= PART_HELD_BACK * periods;
      })
      .map(({ hostname, throttled, periods }) => [hostname, throttled / periods]),
  );
}

/** A replica whose queue of connections is full lets further ones wait. */
function isUnmet({ attempt }: SeenAttempt): boolean {
  return attempt.connectMs === null && attempt.headerMs === null;
}

/** With one replica gone, others that nobody touched fail as well, and at no other time. */
export const othersFail: Rule = (situation) => {
  const failed = situation.scenarios.flatMap((scenario) => failuresOfOthers(situation, scenario));
  const names = new Set(failed.map(({ scenario }) => scenario.name));
  const gates = [...errorGates(situation), ...brokenGates(situation, 'stall')].filter(
    ({ scenario }) => scenario !== null && names.has(scenario),
  );
  const first = failed[0];
  if (gates.length === 0 || first === undefined) return null;
  return {
    id: 'others-fail-too',
    gates: metricsOf(gates),
    cause:
      'With one replica gone, others that nobody touched fail as well: they depend on it, or cannot carry what it carried.',
    evidence:
      `${capitalized(listed([...names].map(under)))} ${counted(failed.length, 'attempt')} on replicas that were left got a server error or no answer in time, ` +
      `for example on ${first.replica}, and next to none while all were there.${lastWordsOf(failed).quoted}`,
    ...NOWHERE,
    fix:
      'Let a replica serve without the others: no call to a neighbour, no leader, no health path that looks at theirs. Where it is the load, ' +
      'give each more room (inputs cpus, memory; workers and threads of the app), or run more of them.',
  };
};

/** Empty: none, or as many at other times. */
function failuresOfOthers(situation: Case, scenario: ScenarioEvidence): readonly SeenAttempt[] {
  const absences = absencesOf(scenario);
  if (absences.length === 0) return [];
  const attempts = attemptsOf(requestsOf(scenario));
  const during = attempts.filter(({ sample, replica }) =>
    absences.some(({ from, to, left }) => left.includes(replica) && sample.sentAt >= from && sample.sentAt < to),
  );
  const failed = during.filter(isFailure);
  const outside = attempts.filter(
    (one) => isFailure(one) && absences.every((absence) => hadFailedBefore(one, absence) || isLongAfter(one, absence)),
  );
  // Once NGINX has set them all aside, no more of them fail: it answers in their place.
  const turnedAway = failed.length >= LEAST_TO_SHUT ? nobodyLeftDuring(situation, scenario) : 0;
  const lost = failed.length + turnedAway;
  const isMany = lost >= LEAST && lost >= PART * (during.length + turnedAway);
  const isElsewhere = outside.length > PART_OUTSIDE * failed.length;
  return isMany && !isElsewhere && !haveOwnReason(attempts, failed, absences) ? failed : [];
}

/** Whoever had waited too long by then is no victim of it, whenever NGINX gave up. */
function hadFailedBefore({ sample: { doneAt, sentAt, delayMs } }: SeenAttempt, { from }: Absence): boolean {
  return doneAt < from || sentAt + delayMs + SLOW_MS < from;
}

function isLongAfter({ sample: { sentAt } }: SeenAttempt, { to }: Absence): boolean {
  return sentAt > to + ECHO_MS;
}

/** Requests under a fault for which NGINX had no server left. */
function nobodyLeftDuring(situation: Case, { samples, fault }: ScenarioEvidence): number {
  if (fault === null) return 0;
  return samples.filter(({ sentAt }) => sentAt >= fault.injectedAt).filter(metNobody(situation)).length;
}

/**
 * They began to fail long after the one that is gone, and still do when it is back: an app that fails after so many requests, say, or so much
 * time, whatever is broken meanwhile. The last absence tells; before it is over, nothing does.
 */
function haveOwnReason(
  attempts: readonly SeenAttempt[],
  failed: readonly SeenAttempt[],
  absences: readonly Absence[],
): boolean {
  const last = absences.at(-1);
  const begun = Math.min(...failed.map(({ sample }) => sample.sentAt));
  if (last === undefined || absences.some(({ from, to }) => begun >= from && begun < Math.min(to, from + ONSET_MS))) {
    return false;
  }
  const later = attempts.filter(({ sample, replica }) => last.left.includes(replica) && sample.sentAt >= last.to);
  const erring = later.filter(({ attempt }) => isServerError(attempt));
  return erring.length >= LEAST && erring.length >= PART_LATER * later.length;
}

/** A fault that takes a replica away, or the turns of a rolling update. */
function absencesOf({ fault, rollout, replicas }: ScenarioEvidence): readonly Absence[] {
  const names = replicas.map(({ hostname }) => hostname);
  if (rollout !== null) {
    return rollout.steps.flatMap(({ stopAt, readyAt }, index) => {
      // Those of the new version may fail for reasons of its own.
      const left = names.filter((name) => rollout.steps.findIndex((step) => step.replica === name) > index);
      return stopAt === null || readyAt === null ? [] : [{ from: stopAt, to: readyAt, left }];
    });
  }
  if (fault?.victim == null || fault.notRun !== null) return [];
  const left = names.filter((name) => name !== fault.victim);
  // It may be gone long before the engine vouches for it.
  return [{ from: fault.injectedAt, to: fault.healedAt ?? Infinity, left }];
}

/** A server error of the app, no answer to a request that it had got, or one that took long beyond the time that the request asked for. */
function isFailure({ attempt, sample }: SeenAttempt): boolean {
  const isUnanswered = attempt.headerMs === null && attempt.status === 504 && attempt.bytesSent > 0;
  return isServerError(attempt) || isUnanswered || (attempt.responseMs ?? 0) - sample.delayMs > SLOW_MS;
}
