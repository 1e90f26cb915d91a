import type { Case, Diagnosis, Rule } from './diagnosis';
import { cacheLock } from './rules-cache';
import { weightsLarge } from './rules-weights';
import { workersEndThemselves } from './rules-workers';
import { defaultServer } from './rules-default-server';
import { answersCutShort, informational, noValidAnswer } from './rules-answers';
import {
  answersLate,
  answersSlow,
  appErrors,
  notBack,
  readyTooSoon,
  refusesSince,
  replicaEnded,
  replicaLost,
} from './rules-app';
import { askedInVain, askedOfOne } from './rules-asked';
import { bodyNotPassed, limitRate } from './rules-bodies';
import { othersFail, overloaded } from './rules-dependence';
import { answersCutWhileEnding, answersEndUnnoticed, deafWhileEnding, errorsWhileEnding } from './rules-ending';
import { findingDiagnoses } from './rules-findings';
import { generatorLate, noReplicaAnswered, noReplicaAnsweredThen, unexplained } from './rules-general';
import { resolveLosesReplica, workerConnections, zoneMissing } from './rules-process';
import { keepaliveMinTimeout, workerShutdownTimeout } from './rules-reload';
import { askedFirst, passwordsMissing, REFUSAL_RULES } from './rules-refusal';
import { headerTooBig, openFiles, sendsFromElsewhere } from './rules-complaints';
import { firstRequestSlow, listensEarly, listensTooSoon } from './rules-start';
import { noLiveUpstreams } from './rules-live';
import { lonely, lonelyElsewhere } from './rules-lone';
import {
  maxFailsZero,
  nextUpstreamOff,
  nextUpstreamTimeoutShort,
  nextUpstreamTriesOne,
  nonIdempotent,
  refusalNotRetried,
} from './rules-retry';
import { errorPageHidesLoss, errorPageRepeats } from './rules-error-page';
import { askedEachSecond, retriesOften } from './rules-retries';
import { ROLLOUT_RULES } from './rules-rollout';
import { mirrored, noResolver, proxyCache, refusedThroughNginx, wrongProtocol, wrongScheme } from './rules-route';
import { closesEarly, lengthTooShort } from './rules-idle';
import { keptTakeWorkers } from './rules-kept';
import { sessionsInReplica } from './rules-sessions';
import { strangerAlone, strangerServer, wrongPort } from './rules-server-lines';
import { failTimeoutLong, replicaBackup, replicaDown, replicaMissing, replicaTwice } from './rules-upstream';
import { connectTimeout, readTimeout, readTimeoutTight } from './rules-waiting';

/**
 * Most telling first: what one group explains needs no vaguer one. In a group of several each has evidence of its own, and
 * more than one may be right: a gate is then broken in more than one way, and met when all of them are mended.
 */
const RULES: readonly (readonly Rule[])[] = [
  [generatorLate],
  [wrongPort],
  [strangerServer],
  [strangerAlone],
  [replicaTwice],
  [replicaMissing],
  [replicaBackup],
  [replicaDown],
  [mirrored],
  [workersEndThemselves],
  [keptTakeWorkers],
  [overloaded],
  [othersFail],
  ...ROLLOUT_RULES,
  [askedInVain],
  [askedOfOne],
  [passwordsMissing],
  ...REFUSAL_RULES.map((rule) => [rule]),
  [noResolver],
  [wrongScheme],
  [wrongProtocol],
  [proxyCache],
  [cacheLock],
  [refusedThroughNginx],
  [bodyNotPassed],
  [limitRate],
  [lonely],
  [lonelyElsewhere],
  [headerTooBig],
  [openFiles],
  [sendsFromElsewhere],
  [workerConnections],
  [informational],
  [defaultServer],
  [noReplicaAnswered],
  [firstRequestSlow],
  [
    nextUpstreamOff,
    nextUpstreamTriesOne,
    nextUpstreamTimeoutShort,
    refusalNotRetried,
    errorsWhileEnding,
    answersCutWhileEnding,
    answersEndUnnoticed,
    deafWhileEnding,
    listensTooSoon,
    nonIdempotent,
    errorPageRepeats,
    errorPageHidesLoss,
    connectTimeout,
    readTimeout,
    readTimeoutTight,
    askedFirst,
    maxFailsZero,
    workerShutdownTimeout,
    keepaliveMinTimeout,
    resolveLosesReplica,
  ],
  [notBack],
  [replicaEnded],
  [sessionsInReplica],
  [lengthTooShort],
  [closesEarly],
  [listensEarly],
  [failTimeoutLong],
  [weightsLarge],
  [zoneMissing, retriesOften, askedEachSecond],
  [answersLate],
  [answersSlow],
  [replicaLost],
  [noValidAnswer],
  [answersCutShort],
  [refusesSince],
  [readyTooSoon],
  [noLiveUpstreams, appErrors],
  [noReplicaAnsweredThen],
];

/** Causes of every broken gate, at least one for each: what no rule explains is told by its numbers. */
export function diagnose(situation: Case): readonly Diagnosis[] {
  // Each finding has a cause of its own, though all of a check count in one metric.
  const found: Diagnosis[] = [...findingDiagnoses(situation)];
  const explained = new Set(found.flatMap((diagnosis) => diagnosis.gates));
  for (const group of RULES) {
    const rest = situation.broken.filter((gate) => !explained.has(gate.metric));
    if (rest.length === 0) break;
    const diagnoses = group.map((rule) => rule({ ...situation, broken: rest })).filter((one) => one !== null);
    found.push(...diagnoses);
    for (const metric of diagnoses.flatMap(({ gates }) => gates)) explained.add(metric);
  }
  const rest = situation.broken.filter((gate) => !explained.has(gate.metric));
  return [...toldOnce(found), ...rest.map((gate) => unexplained(situation, gate))];
}

/** One mistake that shows in more than one way, each with evidence of its own, has one fix. */
function toldOnce(found: readonly Diagnosis[]): readonly Diagnosis[] {
  const byMistake = new Map<string, Diagnosis>();
  for (const one of found) {
    const { id, cause, file, line, fix } = one;
    const key = JSON.stringify([id, cause, file, line, fix]);
    const before = byMistake.get(key);
    byMistake.set(
      key,
      before === undefined
        ? one
        : {
            ...before,
            gates: [...new Set([...before.gates, ...one.gates])],
            evidence: before.evidence === one.evidence ? one.evidence : `${before.evidence} ${one.evidence}`,
          },
    );
  }
  return [...byMistake.values()];
}
