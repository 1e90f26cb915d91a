import type { ScenarioEvidence } from '../../checks/evidence';
import { attemptsOf, isServerError, requestsOf, type SeenAttempt } from './calm';
import type { Rule } from './diagnosis';
import { brokenGates, errorGates, metricsOf } from './diagnosis';
import { lastWordsOf } from './last-words';
import { NOWHERE } from './place';
import { counted, listed } from './wording';

/** So many failures, and such a part of what is asked of those that are left, are no accident. */
const LEAST = 10;
const PART = 0.1;
/** Of all that they fail, that much may be outside of the times in which a replica is gone. */
const PART_OUTSIDE = 0.05;
/** What fails may have waited as long for whoever is gone, in milliseconds. */
const ECHO_MS = 6_000;

/** A time in which a replica is gone; epoch milliseconds. */
interface Absence {
  readonly from: number;
  readonly to: number;
  /** Those that could serve as before all the while. */
  readonly left: readonly string[];
}

/** With one replica gone, others that nobody touched fail as well, and at no other time. */
export const othersFail: Rule = (situation) => {
  const failed = situation.scenarios.flatMap(failuresOfOthers);
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
      `In ${listed([...names])} ${counted(failed.length, 'attempt')} on replicas that were left got a server error or no answer in time, ` +
      `for example on ${first.replica}, and next to none while all were there.${lastWordsOf(failed).quoted}`,
    ...NOWHERE,
    fix:
      'Let a replica serve without the others: no call to a neighbour, no leader, no health path that looks at theirs. Where it is the load, ' +
      'give each more room (inputs cpus, memory; workers and threads of the app), or run more of them.',
  };
};

/** Empty: none, or as many at other times. */
function failuresOfOthers(scenario: ScenarioEvidence): readonly SeenAttempt[] {
  const absences = absencesOf(scenario);
  if (absences.length === 0) return [];
  const attempts = attemptsOf(requestsOf(scenario));
  const during = attempts.filter(({ sample, replica }) =>
    absences.some(({ from, to, left }) => left.includes(replica) && sample.sentAt >= from && sample.sentAt < to),
  );
  const failed = during.filter(isFailure);
  const outside = attempts.filter(
    (one) =>
      isFailure(one) && absences.every(({ from, to }) => one.sample.doneAt < from || one.sample.sentAt > to + ECHO_MS),
  );
  const isMany = failed.length >= LEAST && failed.length >= PART * during.length;
  return isMany && outside.length <= PART_OUTSIDE * failed.length ? failed : [];
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
  return [{ from: fault.effectiveAt, to: fault.healedAt ?? Infinity, left }];
}

/** A server error of the app, or no answer to a request that it had got. */
function isFailure({ attempt }: SeenAttempt): boolean {
  return isServerError(attempt) || (attempt.headerMs === null && attempt.status === 504 && attempt.bytesSent > 0);
}
