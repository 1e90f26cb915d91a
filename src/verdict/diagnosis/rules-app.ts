import { ENDING_FAULTS, type EndedReplica, type ScenarioEvidence } from '../../checks/evidence';
import { clientError } from '../../traffic/attribution';
import type { GateResult } from '../judgement';
import { attemptsWhileMended } from '../victim-attempts';
import {
  allRequests,
  attemptsOf,
  attemptsText,
  calmRequests,
  CLOCK_STEP_MS,
  isServerError,
  outcomeText,
  statusesText,
  type SeenAttempt,
} from './calm';
import type { Case, Rule } from './diagnosis';
import { brokenGates, errorGates, listGates, metricsOf } from './diagnosis';
import { lastWordsOf, logEnd } from './last-words';
import { NOWHERE, placed, placeName } from './place';
import { staysOf } from './stays';
import { READ_TIMEOUT, timeOutLine } from './time-outs';
import { counted, inSeconds, listed, under } from './wording';

/** A read time-out below this is tight rather than generous, in milliseconds. */
const TIGHT_MS = 2_000;
/** RFC 6585, section 4. */
const TOO_MANY = '429';

/** With nothing broken, answers take longer than NGINX waits. */
export const answersLate: Rule = (situation) => {
  const { route } = situation.nginx;
  const gates = listGates(situation);
  const late = attemptsOf(calmRequests(situation)).filter(
    ({ attempt }) =>
      attempt.bytesSent > 0 &&
      attempt.headerMs === null &&
      (attempt.responseMs ?? 0) >= (route?.readTimeoutMs.value ?? Infinity) - CLOCK_STEP_MS,
  );
  if (route === null || gates.length === 0 || late.length === 0) return null;
  const { value, spot } = route.readTimeoutMs;
  const tight = value < TIGHT_MS && spot !== null;
  const line = timeOutLine(READ_TIMEOUT);
  return {
    id: tight ? 'read-timeout-short' : 'app-hangs',
    // With a replica gone, clients wait for what is left of such an app; and once it is back, NGINX sets it aside again and again.
    gates: [...gates, ...metricsOf(brokenGates(situation, 'stall', 'recover'))],
    cause: tight
      ? `${placeName(situation, spot)} gives a replica ${inSeconds(value)} to answer, and with nothing broken answers take longer.`
      : `With nothing broken, replicas do not answer some requests within NGINX's ${inSeconds(value)} (proxy_read_timeout).`,
    evidence:
      `${attemptsText(late)} ended without an answer after ${inSeconds(late[0]?.attempt.responseMs ?? 0)}.` +
      lastWordsOf(late).quoted,
    // Of an app that hangs it is not the time-out that is to blame.
    ...(tight ? placed(situation, spot, { kind: 'replace', line: spot.line, lines: [line] }) : NOWHERE),
    fix: tight
      ? `Change it to \`${line}\`: longer than the slowest answer that a client should still get.`
      : 'Look for what these requests wait for in the app: a lock, a full pool, a service that is not there.',
  };
};

/** Replicas that nobody broke answer, and take as long for it as no client should wait. */
export const answersSlow: Rule = (situation) => {
  const attempts = staysOf(situation).flatMap((stay) => stay.attempts);
  const slowBy = (gate: GateResult): readonly SeenAttempt[] =>
    attempts.filter(({ attempt, sample, scenario }) => {
      const tookMs = attempt.headerMs === null ? 0 : (attempt.responseMs ?? 0) - sample.delayMs;
      return gate.scenario === scenario.name && tookMs >= gate.allowed;
    });
  const gates = brokenGates(situation, 'stall').filter((gate) => slowBy(gate).length > 0);
  const slow = [...new Set(gates.flatMap(slowBy))];
  const first = slow[0];
  if (first === undefined) return null;
  return {
    id: 'app-slow',
    gates: metricsOf(gates),
    cause:
      'The app itself takes longer for some answers than a client should wait, on replicas that nobody broke: NGINX waits for them, as it is told to.',
    evidence:
      `${counted(slow.length, 'request')} got an answer so late, for example ${first.sample.method} ${first.sample.id}: ` +
      `${outcomeText(first.sample)} from ${first.replica}, which took ${inSeconds(first.attempt.responseMs ?? 0)}.${lastWordsOf(slow).quoted}`,
    ...NOWHERE,
    fix: 'Look for what these requests wait for in the app; or, where they may take that long, raise the gate on waits (input gates).',
  };
};

/** A replica has ended though nobody broke it, or after it was mended. */
export const replicaEnded: Rule = (situation) => (allEnded(situation).length === 0 ? null : replicaLost(situation));

/** A replica is gone though nobody broke it. */
export const replicaLost: Rule = (situation) => {
  const ended = allEnded(situation);
  // What has ended cannot serve its share again.
  const gates = [
    ...listGates(situation),
    ...metricsOf(ended.length === 0 ? [] : brokenGates(situation, 'recover', 'updated')),
  ];
  const unmet = staysOf(situation).flatMap(({ attempts, firstGoodAt }) =>
    attempts.filter(
      ({ attempt, sample }) => attempt.connectMs === null && attempt.headerMs === null && sample.sentAt > firstGoodAt,
    ),
  );
  if (gates.length === 0 || (ended.length === 0 && unmet.length === 0)) return null;
  const names = [...new Set([...ended.map(({ hostname }) => hostname), ...unmet.map(({ replica }) => replica)])];
  const starved = ended.some(({ oomKilled }) => oomKilled);
  return {
    id: 'replica-lost',
    gates,
    cause:
      `${listed(names.sort())} ${ended.length > 0 ? 'ended' : 'stopped taking connections'} though nobody broke ` +
      `${names.length === 1 ? 'it' : 'them'}${starved ? ': the kernel killed what used more memory than it is allowed' : ''}.`,
    evidence: [
      ...goneTexts(ended),
      ...(unmet.length === 0
        ? []
        : [`${attemptsText(unmet)} found nobody there, on a replica that had served before.`]),
    ]
      .join(' ')
      .concat(lastWordsOf([...ended, ...unmet]).quoted),
    ...NOWHERE,
    fix: starved
      ? 'Find what the app keeps of each request, or give it more memory (input memory).'
      : 'Look for the cause in the app: it crashed under traffic, or used more memory than it may have (input memory).',
  };
};

/** `app1 and app2 are gone, with exit code 137.`, for each exit code. */
function goneTexts(ended: readonly EndedReplica[]): readonly string[] {
  return [...Map.groupBy(ended, ({ exitCode }) => exitCode)].map(([exitCode, ones]) => {
    const names = [...new Set(ones.map(({ hostname }) => hostname))].sort();
    return `${listed(names)} ${names.length === 1 ? 'is' : 'are'} gone, with exit code ${exitCode}.`;
  });
}

/** Where nothing was ended on purpose: hardening stops replicas, and limits starves them. */
function allEnded({
  scenarios,
}: Case): readonly (EndedReplica & { readonly replica: string; readonly scenario: ScenarioEvidence })[] {
  return scenarios
    .filter(({ check }) => check !== 'limits' && check !== 'hardening')
    .flatMap((scenario) => endedByItself(scenario).map((one) => ({ ...one, replica: one.hostname, scenario })));
}

function endedByItself({ ended = [], fault }: ScenarioEvidence): readonly EndedReplica[] {
  return ended.filter(({ hostname }) => hostname !== fault?.victim || fault.healedAt !== null);
}

/** A replica says that it is ready, and cannot serve yet. */
export const readyTooSoon: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'errors', 'unsafe-errors'));
  const stays = staysOf(situation).map((stay) => ({
    stay,
    errors: stay.attempts.filter(({ attempt }) => isServerError(attempt)),
  }));
  const early = stays.flatMap(({ stay, errors }) =>
    errors.filter(({ sample }) => sample.sentAt <= stay.firstGoodAt && sample.doneAt < stay.lastGoodSentAt),
  );
  if (gates.length === 0 || early.length === 0 || early.length < serverErrors(situation).length) return null;
  const longest = Math.max(
    ...stays.flatMap(({ stay, errors }) => errors.map(({ sample }) => sample.doneAt - stay.from)),
  );
  return {
    id: 'ready-too-soon',
    gates,
    cause:
      'The app answers its health path before it can serve: requests that reach a replica right after its start get errors.',
    evidence:
      `${attemptsText(early)} got a server error, the last ${inSeconds(longest)} after the replica had said that it was ready; ` +
      'later ones did not.',
    ...NOWHERE,
    fix: 'Let the health path (input health-path) answer 2xx only once the app can do what the probe path asks of it.',
  };
};

/** Replicas refuse since a fault what was served before it. */
export const refusesSince: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'errors', 'unsafe-errors'));
  const refused = attemptsOf(allRequests(situation)).filter(
    ({ sample, scenario }) => scenario.fault !== null && clientError(sample, scenario.replicas) === 'refused',
  );
  const [first] = refused;
  if (gates.length === 0 || first === undefined) return null;
  const by = [...new Set(refused.map(({ replica }) => replica))].sort();
  const isLimit = refused.every(({ sample }) => outcomeText(sample) === TOO_MANY);
  const why = isLimit
    ? 'the app takes no more than so many of one address, and all test traffic comes from one'
    : 'what the app needs to know for them was lost';
  return {
    id: 'refuses-since',
    gates,
    cause: `${listed(by)} ${by.length === 1 ? 'refuses' : 'refuse'} requests that were served before the fault: ${why}.`,
    evidence:
      `${attemptsText(refused)} got ${statusesText(refused)} from a replica, ${under(first.scenario.name)}.` +
      lastWordsOf(refused).quoted,
    ...NOWHERE,
    fix: isLimit
      ? 'Let the app take more of one address where it is tested (input app-env), or ask for less (input rate).'
      : 'Keep what requests need (tokens, sessions, a list that was loaded) outside of the replicas’ memory, and let the health path (input health-path) answer 2xx only once the app has it.',
  };
};

/** The replicas themselves answer with errors. */
export const appErrors: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'errors', 'unsafe-errors'));
  const failed = serverErrors(situation);
  const first = failed[0];
  if (gates.length === 0 || first === undefined) return null;
  const by = [...new Set(failed.map(({ replica }) => replica))].sort();
  const methods = new Set(failed.map(({ sample }) => sample.method));
  const alone = by.length === 1 && first.scenario.replicas.length > 1;
  const { quoted, readOnly } = lastWordsOf(failed);
  return {
    id: 'app-errors',
    gates,
    cause: alone
      ? `${by[0] ?? ''} alone answers with server errors, though it says that it is ready and nobody broke it.`
      : `The replicas themselves answer ${methods.size === 1 ? `${[...methods].join()}s ` : ''}with server errors, though nobody broke them.`,
    evidence:
      `${attemptsText(failed)} got a 5xx of the app, from ${listed(by)}; for example ${first.sample.method} ${first.sample.id}: ` +
      `${first.attempt.status ?? 'none'}.${quoted}`,
    ...NOWHERE,
    fix: readOnly
      ? 'The root file system is read-only here (input hardening): let the app write below /tmp, or not at all; what all replicas are to know belongs into a database that all of them reach.'
      : 'Look for the cause in the app; check that the input probe-path is a path that it answers to GET and POST.',
  };
};

/** The mended replica did not come back. */
export const notBack: Rule = (situation) => {
  const lost = situation.scenarios.filter(({ fault }) => fault?.notRun === null && fault.healedAt === null);
  const gates = brokenGates(situation, 'recover').filter(({ scenario }) => lost.some(({ name }) => name === scenario));
  const stuck = lost.find(({ name }) => name === gates[0]?.scenario);
  if (gates.length === 0 || stuck?.fault == null) return null;
  // What is sent to it once it may be asked again is lost as well.
  const lostSince = attemptsWhileMended(stuck).filter(
    ({ sample, last }) => last && clientError(sample, stuck.replicas) !== null,
  );
  const lines = stuck.fault.healLines ?? [];
  const anew = ENDING_FAULTS.has(stuck.fault.name) || stuck.fault.victim === null;
  return {
    id: 'replica-not-back',
    gates: metricsOf([...gates, ...(lostSince.length === 0 ? [] : errorGates(situation))]),
    ...(anew
      ? {
          cause: `After the ${stuck.fault.name} ${stuck.fault.victim ?? 'NGINX'} did not come back: what it left behind keeps it from starting again.`,
          fix: 'Let the app start from whatever a killed process leaves: a lock or PID file, a socket, a half-written file.',
        }
      : {
          cause:
            `After the ${stuck.fault.name} ${stuck.fault.victim}, which ran all the time, answered nobody any more: a server that waits on a connection ` +
            'without a time-out waits for ever where the other end is lost.',
          fix: 'Give what waits for others a time-out: reading a request (`--timeout` of gunicorn, `requestTimeout` of Node), and each call to another service.',
        }),
    evidence: [
      stuck.fault.healProblem ?? 'It did not become ready.',
      ...(lines.length === 0 ? [] : [logEnd(lines)]),
    ].join(' '),
    ...NOWHERE,
  };
};

/** Attempts that a replica answered with a server error though nobody broke it. */
function serverErrors(situation: Case): readonly SeenAttempt[] {
  return staysOf(situation).flatMap(({ attempts }) => attempts.filter(({ attempt }) => isServerError(attempt)));
}
