import type { RolloutEvidence } from '../../checks/evidence';
import { answeredOtherwise, answerWords, notNew, replacedSteps } from '../metrics-rollout';
import { paceOf } from '../pace';
import type { Rule } from './diagnosis';
import { attemptsOf, requestsOf } from './calm';
import { lastWordsOf, logEnd } from './last-words';
import { brokenRollout, rolloutOf } from './rollout-case';
import type { Directive } from '../../cluster/nginx/syntax';
import { NOWHERE, placed, placeName } from './place';
import { replacedBy, writtenDirectives } from './written';
import { counted, duration, inSeconds, listed } from './wording';

/** The new version got ready, and ended by itself soon after. */
export const newVersionEnds: Rule = (situation) => {
  const { evidence, rollout } = rolloutOf(situation);
  const gates = brokenRollout(situation, 'updated', 'errors', 'unsafe-errors', 'stall');
  if (evidence === null || rollout === null || gates.length === 0) return null;
  const replaced = new Set(replacedSteps(rollout).map(({ replica }) => replica));
  const ended = (evidence.ended ?? []).filter(({ hostname }) => replaced.has(hostname));
  const first = ended[0];
  if (first === undefined) return null;
  const by = ended.map(({ hostname }) => ({ replica: hostname, scenario: evidence }));
  return {
    id: 'new-version-ends',
    gates,
    cause:
      `The new version (${rollout.to}) ended by itself after it had been ready, as ${listed(ended.map(({ hostname }) => hostname))}` +
      `${first.oomKilled ? ': the kernel killed what used more memory than it is allowed' : ''}.`,
    evidence: `${first.hostname} is gone, with exit code ${first.exitCode}.${lastWordsOf(by).quoted}`,
    ...NOWHERE,
    fix: 'Look for the cause in the new version: it starts, answers its health path, and does not last.',
  };
};

/** The new version takes requests and does not answer them while NGINX waits, where the old one did. */
export const newVersionHangs: Rule = (situation) => {
  const { evidence, rollout } = rolloutOf(situation);
  const gates = brokenRollout(situation, 'updated', 'errors', 'unsafe-errors', 'stall');
  const { route } = situation.nginx;
  if (evidence === null || rollout === null || route === null || rollout.sameImage || gates.length === 0) return null;
  // A 504 with a header is the app's own answer.
  const hung = attemptsOf(requestsOf(evidence)).filter(
    ({ attempt }) => attempt.status === 504 && attempt.headerMs === null && attempt.bytesSent > 0,
  );
  const readyAt = new Map(replacedSteps(rollout).map((step) => [step.replica, step.readyAt ?? Infinity]));
  const ofNew = hung.filter(({ sample, replica }) => sample.sentAt >= (readyAt.get(replica) ?? Infinity));
  const first = ofNew[0];
  // What hangs in both versions is no news.
  if (first === undefined || hung.some(({ sample }) => sample.sentAt < rollout.startedAt)) return null;
  return {
    id: 'new-version-hangs',
    gates,
    cause: `The new version (${rollout.to}) answers its health path, and requests not within NGINX's ${inSeconds(route.readTimeoutMs.value)} (proxy_read_timeout).`,
    evidence:
      `${counted(ofNew.length, 'attempt')} on replicas of the new version ended without an answer, the first on ${first.replica} ` +
      `after ${inSeconds(first.attempt.responseMs ?? 0)}, and none before the update.${lastWordsOf(ofNew).quoted}`,
    ...NOWHERE,
    fix: 'Look for what requests wait for in the new version (a lock, a full pool, a service that is not there), and let the health path tell.',
  };
};

/** The new version redirects clients, or answers with nothing, where the old one answered. */
export const newVersionChanges: Rule = (situation) => {
  const { evidence, rollout } = rolloutOf(situation);
  const gates = brokenRollout(situation, 'changed');
  const otherwise = evidence === null || rollout === null ? [] : answeredOtherwise(evidence, rollout);
  const [first] = otherwise;
  if (rollout === null || first === undefined || gates.length === 0) return null;
  return {
    id: 'new-version-answers-otherwise',
    gates,
    cause: `The new version (${rollout.to}) redirects clients, or answers with nothing, where the old one answered.`,
    evidence: `${counted(otherwise.length, 'GET')} of ${first.path} got such an answer, for example ${answerWords(first)}.`,
    ...NOWHERE,
    fix:
      'If it is meant, give as probe-path one that both versions answer alike. If the app sends clients to HTTPS, it may have to be told that ' +
      'they came by it (input request-headers, `X-Forwarded-Proto: https`, where a proxy in front of NGINX says so).',
  };
};

/** The new version answers, and takes many times as long as the old one did. */
export const newVersionSlow: Rule = (situation) => {
  const { evidence, rollout } = rolloutOf(situation);
  const gates = brokenRollout(situation, 'slower');
  const pace = evidence === null ? null : paceOf(evidence);
  if (rollout === null || pace === null || gates.length === 0) return null;
  const { oldMs, newMs, samples } = pace;
  return {
    id: 'new-version-slow',
    gates,
    cause: `The new version (${rollout.to}) takes many times as long to answer as the one that it replaces.`,
    evidence:
      `Half of ${counted(samples, 'GET')} took ${duration(newMs)} or longer after the update, and ${duration(oldMs)} before it; ` +
      'while both versions served it was much the same.',
    ...NOWHERE,
    fix: 'Look for what requests wait for in the new version: a query without its index, a call to another service, a cache that is gone.',
  };
};

/** The new version never answered the health path, or NGINX refused to reload. */
export const rolloutStopped: Rule = (situation) => {
  const { rollout } = rolloutOf(situation);
  const isLost = rollout?.failure?.nginxEnded === true;
  const gates = brokenRollout(situation, 'updated', ...(isLost ? ['errors', 'unsafe-errors', 'stall'] : []));
  if (rollout?.failure == null || gates.length === 0) return null;
  const { kind, replica, why, details, rollbackProblem } = rollout.failure;
  const back =
    rollbackProblem === null ? 'the old version serves again' : `and the way back failed: ${rollbackProblem}`;
  const nginx = kind === 'reload';
  const alone = nginx ? writtenDirectives(situation).find(isWithoutMaster) : undefined;
  if (alone !== undefined) {
    return {
      id: 'reload-failed',
      gates,
      cause:
        `\`master_process off\` at ${placeName(situation, alone)} has NGINX run without the process that takes over a new configuration, so it cannot be ` +
        `reloaded: when ${replica} was updated, ${why}.`,
      evidence: logEnd(details),
      ...placed(situation, alone, replacedBy(alone, '')),
      fix: 'Take it out: it is meant for whoever works on NGINX itself.',
    };
  }
  return {
    id: nginx ? 'reload-failed' : 'new-version-not-ready',
    gates,
    cause: nginx
      ? `NGINX did not take over the configuration when ${replica} was updated: ${why}.`
      : `The new version (${rollout.to}) did not start: ${withoutStop(why)}. The update was stopped and rolled back; ${back}.`,
    evidence: logEnd(details),
    ...NOWHERE,
    fix: nginx
      ? 'Make `nginx -s reload` succeed with this configuration while all replicas are up.'
      : 'Start the image by itself, and compare what it needs (inputs app-env, app-port, ' +
        'health-path, startup-timeout) with what the running version needs.',
  };
};

function isWithoutMaster({ name, args }: Directive): boolean {
  return name === 'master_process' && args[0] === 'off';
}

/** What was deployed is what ran before. */
export const rolloutSameVersion: Rule = (situation) => {
  const { rollout } = rolloutOf(situation);
  const gates = brokenRollout(situation, 'updated');
  const why = rollout === null ? null : notNew(rollout);
  if (rollout?.failure !== null || why === null || gates.length === 0) return null;
  const input = rollout.promisedBy ?? '';
  return {
    id: 'same-version',
    gates,
    cause: `The input ${input} promises a new version, and none was deployed: ${why}.`,
    evidence: `From ${rollout.from} to ${rollout.to}: ${versionsText(rollout)}.`,
    ...NOWHERE,
    fix:
      `Check that ${input} names another version than the one it is compared with (a tag that was not pushed again, a build ` +
      'argument that the Dockerfile does not use), and that the app tells its own version in X-Version.',
  };
};

function versionsText({ steps }: RolloutEvidence): string {
  const told = steps.map(
    ({ replica, versionBefore, versionAfter }) => `${replica} ${versionBefore ?? 'none'} → ${versionAfter ?? 'none'}`,
  );
  return `versions told: ${told.join(', ')}`;
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, '');
}
