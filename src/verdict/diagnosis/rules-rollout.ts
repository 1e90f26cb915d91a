import { AT_ONCE_MS } from '../../checks/container-stop';
import type { Probe, RolloutEvidence, RolloutStep, ScenarioEvidence } from '../../checks/evidence';
import { clientError, replicaAt } from '../../traffic/attribution';
import type { Sample } from '../../traffic/sample';
import { failures } from '../metrics-failover';
import { killedSteps, replacedSteps, sinceRollout } from '../metrics-rollout';
import { beforeFault } from '../soundness';
import { metNobody, outcomeText } from './calm';
import type { Case, Rule } from './diagnosis';
import { lastWordsOf } from './last-words';
import { NOWHERE, placed } from './place';
import { brokenRollout, rolloutOf } from './rollout-case';
import { neverEnds } from './rules-findings';
import {
  newVersionChanges,
  newVersionEnds,
  newVersionHangs,
  newVersionSlow,
  rolloutSameVersion,
  rolloutStopped,
} from './rules-new-version';
import { closedByRolloutReload, cutByRolloutReload } from './rules-reload';
import { counted, inSeconds, listed } from './wording';

/** A replica that is back shows within this time that it was not ready, in milliseconds. */
const SETTLING_MS = 15_000;

/** The container's main process never saw, or never heeded, SIGTERM. */
const sigtermIgnored: Rule = (situation) => {
  const { rollout } = rolloutOf(situation);
  const killed = rollout === null ? [] : killedSteps(rollout);
  const first = killed[0];
  const cut = brokenRollout(situation, 'errors', 'unsafe-errors').filter(() => killed.some(isUndrained));
  const gates = [...brokenRollout(situation, 'killed'), ...cut];
  if (rollout === null || first === undefined || gates.length === 0) return null;
  const found = neverEnds(situation);
  if (found !== null) return { ...found, gates, evidence: killedText(rollout, killed) };
  if (killed.every((step) => durationOf(step) < AT_ONCE_MS)) {
    return {
      id: 'stop-signal',
      gates,
      cause:
        'The app is killed when it is told to end: the signal by which its image wants it stopped (STOPSIGNAL) is SIGKILL. What is under way is cut off.',
      evidence: `${first.replica} ended ${inSeconds(durationOf(first))} after it was asked to stop, with exit code ${first.exitCode ?? ''} (128 + SIGKILL).`,
      ...NOWHERE,
      fix: 'Leave STOPSIGNAL out of the Dockerfile, or say SIGTERM, and let the app end on it.',
    };
  }
  const slow = endsWithMoreTime(situation);
  if (slow !== undefined) {
    return {
      id: 'ends-too-slowly',
      gates,
      cause:
        `The app takes longer to end than its grace: ${listed(killed.map(({ replica }) => replica))} had to be killed, with whatever was ` +
        'under way.',
      evidence: `${first.replica} was killed after ${inSeconds(durationOf(first))}. ${slow.subject} was asked as well: ${slow.seen}.`,
      ...NOWHERE,
      fix: 'Let it end sooner once its last request is answered; or give it more time wherever it runs (`docker stop --time`, `stop_grace_period`).',
    };
  }
  return {
    id: 'sigterm-ignored',
    gates,
    cause:
      `The app does not end when it is asked to (SIGTERM): ${listed(killed.map(({ replica }) => replica))} had to be killed ` +
      'after the grace period, with whatever was under way. PID 1 ignores a signal that it has no handler for; a shell-form CMD ' +
      'makes a shell PID 1, which hands no signal on.',
    evidence: killedText(rollout, killed),
    ...NOWHERE,
    fix:
      'Write the Dockerfile’s CMD (or ENTRYPOINT) in the exec form, `CMD ["gunicorn", "app:app"]`, or begin a start script’s ' +
      'last line with `exec`; and handle SIGTERM in the app.',
  };
};

/** Of a baseline it says that it is not the image under test: what mends the one does not mend the other. */
function killedText({ from, promisedBy }: RolloutEvidence, killed: readonly RolloutStep[]): string {
  const [first] = killed;
  if (first === undefined) return '';
  const whose = promisedBy === 'baseline-image' ? `, all of the version that was replaced (${from})` : '';
  return (
    `In the rolling update ${listed(killed.map(({ replica }) => replica))} had to be killed${whose}: ${first.replica} was asked to stop and ended ` +
    `${inSeconds(durationOf(first))} later with exit code ${first.exitCode ?? ''} (128 + SIGKILL).`
  );
}

/** Without being spared by NGINX, a replica went down while it had requests, or as the next one after another. */
const notDrained: Rule = (situation) => {
  const { evidence, rollout } = rolloutOf(situation);
  const gates = brokenRollout(situation, 'errors', 'unsafe-errors', 'stall');
  const steps = rollout?.steps.filter(isUndrained) ?? [];
  const first = steps[0];
  if (evidence === null || first === undefined || gates.length === 0) return null;
  const upstream = situation.nginx.route?.upstream;
  const outage = noneLeft(situation, evidence);
  const seconds = Math.max(0, ...(upstream?.servers.map(({ failTimeoutMs }) => failTimeoutMs) ?? []));
  const failed = failures(sinceRollout(evidence), evidence).filter((sample) => !isErrorOfReplica(sample, evidence));
  // What a replica answered was not lost with one.
  if (failed.length === 0 && gates.every((gate) => gate !== 'rollout.stall')) return null;
  const isOutage = outage.length > 0 && upstream !== undefined && upstream.servers.length > 1;
  return {
    id: isOutage ? 'roll-faster-than-fail-timeout' : 'replica-not-drained',
    gates,
    cause: isOutage
      ? `The replicas were replaced faster than fail_timeout (${inSeconds(seconds)}): NGINX still set aside those that were ` +
        'back when the next one went, until none was left.'
      : `NGINX cannot be told to spare a replica before it is replaced: ${first.undrained ?? ''}.`,
    evidence: isOutage
      ? `${counted(outage.length, 'request')} met no live upstream during the update, the first ${outage[0]?.id ?? ''}.`
      : `${counted(failed.length, 'request')} failed during the update, the first ${failed[0]?.id ?? 'none'}.`,
    ...placed(situation, upstream?.spot ?? situation.nginx.routeProblemSpot, null),
    fix:
      'List every replica on a server line of its own in one upstream block and proxy_pass to its name, so that it can be ' +
      'marked `down` and NGINX reloaded before it is stopped.',
  };
};

/** The new version says that it is ready, and then answers with errors. */
const newVersionTooSoon: Rule = (situation) => {
  const { evidence, rollout } = rolloutOf(situation);
  const gates = brokenRollout(situation, 'errors', 'unsafe-errors');
  if (evidence === null || rollout === null || gates.length === 0) return null;
  const early = replacedSteps(rollout).flatMap((step) => errorsOfNew(evidence, step));
  const first = early[0];
  // An app that fails all along fails after its start too.
  if (first === undefined || beforeFault(evidence).some((sample) => isErrorOfReplica(sample, evidence))) return null;
  const recovers = evidence.samples.some(
    (sample) =>
      sample.sentAt > first.sample.doneAt &&
      sample.method === first.sample.method &&
      answersWell(sample, evidence, first.step),
  );
  return {
    id: recovers ? 'ready-too-soon' : 'new-version-fails',
    gates,
    cause: recovers
      ? 'The app answers its health path before it can serve: NGINX sent it requests as soon as it said that it was ready.'
      : 'The new version answers its health path well and the requests themselves with errors.',
    evidence:
      `${counted(early.length, 'request')} got an error from a replica after it was ready, the first ` +
      `${inSeconds(first.sample.doneAt - (first.step.readyAt ?? 0))} after ${first.step.replica} was, for example ` +
      `${first.sample.method} ${first.sample.id}: ${outcomeText(first.sample)}.` +
      lastWordsOf(early.map(({ step }) => ({ replica: step.replica, scenario: evidence }))).quoted,
    ...NOWHERE,
    fix:
      (recovers ? 'Let' : 'Look for the cause in the new version; and let') +
      ' the health path (input health-path) answer 2xx only once the app can do what the probe path asks of it.',
  };
};

/** The one replica that was left to serve had a failure, and nobody else was there. */
const tooFewReplicas: Rule = (situation) => {
  const { evidence, rollout } = rolloutOf(situation);
  const gates = brokenRollout(situation, 'errors', 'unsafe-errors');
  const alone = rollout?.steps.find(({ serversLeft }) => serversLeft === 1);
  if (evidence === null || alone === undefined || gates.length === 0) return null;
  const outage = noneLeft(situation, evidence);
  if (outage.length === 0) return null;
  return {
    id: 'too-few-replicas',
    gates,
    cause: `While ${alone.replica} was replaced one server was left, and a single failure there set aside the last one.`,
    evidence: `${counted(outage.length, 'request')} met no live upstream during the update, the first ${outage[0]?.id ?? ''}.`,
    ...placed(situation, situation.nginx.route?.upstream.spot ?? null, null),
    fix: 'Run at least three replicas, or set `max_fails=0` or `max_fails=2` on the server lines.',
  };
};

/** Rules for a rolling update, most telling first. */
export const ROLLOUT_RULES: readonly (readonly Rule[])[] = [
  [newVersionEnds],
  [rolloutStopped],
  [rolloutSameVersion],
  [sigtermIgnored],
  // A reload may do both, and each has a line of its own.
  [cutByRolloutReload, closedByRolloutReload],
  [newVersionHangs],
  [newVersionChanges],
  [newVersionSlow],
  [newVersionTooSoon],
  [notDrained],
  [tooFewReplicas],
];

/** A replica that was killed after the usual grace, beside another one that ended when it was given more. */
function endsWithMoreTime({ scenarios }: Case): Probe | undefined {
  // In a rolling update it is the new version that is asked, and the one before that had to be killed.
  const asked = scenarios.filter(({ check }) => check === 'hardening').flatMap(({ probes }) => probes);
  return asked.find(({ id, holds }) => id === 'ends-on-sigterm' && holds === null);
}

function isUndrained({ undrained }: RolloutStep): boolean {
  return undrained !== null;
}

function durationOf({ stopAt, stoppedAt }: RolloutStep): number {
  return (stoppedAt ?? 0) - (stopAt ?? 0);
}

/** Requests that NGINX answered without a server to ask. */
function noneLeft(situation: Case, evidence: ScenarioEvidence): readonly Sample[] {
  return sinceRollout(evidence).filter(metNobody(situation));
}

function errorsOfNew(
  evidence: ScenarioEvidence,
  step: RolloutStep,
): readonly { readonly sample: Sample; readonly step: RolloutStep }[] {
  const readyAt = step.readyAt ?? Infinity;
  return evidence.samples
    .filter((sample) => sample.sentAt >= readyAt && sample.sentAt < readyAt + SETTLING_MS)
    .filter((sample) => isErrorOfReplica(sample, evidence) && answeredBy(sample, evidence, step))
    .map((sample) => ({ sample, step }));
}

/** A server error, or a refusal, that a replica itself gave. */
function isErrorOfReplica(sample: Sample, { replicas }: ScenarioEvidence): boolean {
  const error = clientError(sample, replicas);
  return error === 'refused' || (error === 'server-error' && sample.proxy?.attempts.at(-1)?.headerMs != null);
}

function answersWell(sample: Sample, evidence: ScenarioEvidence, step: RolloutStep): boolean {
  return clientError(sample, evidence.replicas) === null && answeredBy(sample, evidence, step);
}

function answeredBy(sample: Sample, { replicas }: ScenarioEvidence, { replica }: RolloutStep): boolean {
  const last = sample.proxy?.attempts.at(-1);
  return last !== undefined && last.headerMs !== null && replicaAt(last.address, replicas) === replica;
}
