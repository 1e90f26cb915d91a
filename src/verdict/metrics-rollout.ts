import { SIGKILLED } from '../checks/container-stop';
import type { RolloutEvidence, RolloutStep, ScenarioEvidence } from '../checks/evidence';
import type { NginxModel } from '../cluster/nginx/model';
import { counted } from '../settings/wording';
import { isIdempotent, servedBy } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';
import { canSpareConnections, closedAtReload } from './excuses';
import type { Measurement } from './measurement';
import { measured, withdrawn, withdrawnIfEmpty } from './measurement';
import { failures } from './metrics-failover';
import { paceMeasurements } from './pace';
import { beforeFault, LEAST_SAMPLES, sampleProblem, trafficProblem } from './soundness';
import { stallMeasurement } from './stall';
import { inDoubtIfStarved } from './starvation';

/** The metrics of a rolling update, named `rollout.<metric>`. */
export function rolloutMeasurements(
  evidence: ScenarioEvidence,
  nginx: NginxModel,
  lagBoundMs: number,
): readonly Measurement[] {
  const { rollout, name } = evidence;
  if (rollout === null) return [];
  const samples = sinceRollout(evidence);
  const idempotent = samples.filter(isIdempotent);
  const unsafe = samples.filter((sample) => !isIdempotent(sample));
  const lost = unexcusedLosses(unsafe, evidence, nginx);
  const excused = failures(unsafe, evidence).length - lost.length;
  const failed = failures(idempotent, evidence);
  const killed = killedSteps(rollout);
  const stopped = rollout.steps.filter(({ exitCode }) => exitCode !== null).length;
  const why =
    trafficProblem(evidence, lagBoundMs) ?? servingProblem(evidence) ?? sampleProblem(samples, 'during the update');
  return [
    ...[
      inDoubtIfStarved(
        measured(name, 'rollout.errors', 'count', failed.length, idempotent.length),
        failed,
        evidence,
        nginx,
      ),
      inDoubtIfStarved(
        measured(name, 'rollout.unsafe-errors', 'count', lost.length, unsafe.length, excusedWords(excused)),
        lost,
        evidence,
        nginx,
      ),
      stallMeasurement('rollout.stall', samples, evidence),
    ].map((one) => withdrawnIfEmpty(withdrawn(one, why))),
    updated(evidence, rollout, why, costWords(failed.length + lost.length, excused)),
    // On a starved machine an app may need longer than the grace for nothing but want of processor time.
    withdrawnIfEmpty(
      withdrawn(
        measured(name, 'rollout.killed', 'count', killed.length, stopped, killedWords(killed)),
        trafficProblem(evidence, lagBoundMs),
      ),
    ),
    withdrawnIfEmpty(withdrawn(changed(evidence, rollout), why)),
    ...paceMeasurements(evidence).map((one) => withdrawn(one, why)),
  ];
}

/** Samples that the update could touch: all that were still under way when it began, to the scenario's end. */
export function sinceRollout({ rollout, samples }: ScenarioEvidence): readonly Sample[] {
  return rollout === null ? [] : samples.filter((sample) => sample.doneAt >= rollout.startedAt);
}

/**
 * Failed requests that are not idempotent. A planned update has no excuse for any, but for those on a kept connection that a
 * reload closed, where this NGINX cannot be told to spare these.
 */
export function unexcusedLosses(
  unsafe: readonly Sample[],
  evidence: ScenarioEvidence,
  nginx: NginxModel,
): readonly Sample[] {
  const spares = canSpareConnections(nginx);
  return failures(unsafe, evidence).filter((sample) => spares || !closedAtReload(sample));
}

/** Replicas whose old container outlived its grace and was killed. */
export function killedSteps({ steps }: RolloutEvidence): readonly RolloutStep[] {
  return steps.filter(({ exitCode, oomKilled }) => exitCode === SIGKILLED && !oomKilled);
}

/** Replicas that have the new version in their place. */
export function replacedSteps({ steps }: RolloutEvidence): readonly RolloutStep[] {
  return steps.filter(({ readyAt }) => readyAt !== null);
}

/** Why what was deployed is no new version though an input promised one; null: it is one, or none was promised. */
export function notNew(rollout: RolloutEvidence): string | null {
  const { promisedBy, sameImage, from, to } = rollout;
  if (promisedBy === null) return null;
  if (sameImage) return `${from} and ${to} are one and the same image`;
  // Nobody has to count up a version for each change that is to be deployed.
  if (promisedBy === 'baseline-image') return null;
  const same = replacedSteps(rollout).find(
    ({ versionBefore, versionAfter }) => versionAfter !== null && versionBefore === versionAfter,
  );
  return same === undefined ? null : `${same.replica} tells version ${same.versionAfter ?? ''} before and after`;
}

/** In words, what an update cost that was stopped: client-visible errors since it began, and apart those that nothing could save. */
function costWords(failed: number, excused: number): string {
  const more = excusedWords(excused);
  return `${failed === 0 ? 'no request' : counted(failed, 'request')} failed${more === null ? '' : ` (${more})`}`;
}

/**
 * The share of the traffic after the update that containers of the new version served. That it was stopped, or deployed
 * nothing new, is a fact whatever the traffic was like.
 */
function updated(evidence: ScenarioEvidence, rollout: RolloutEvidence, why: string | null, cost: string): Measurement {
  const { name, replicas } = evidence;
  const served = evidence.samples
    .filter(({ scheduledAt }) => scheduledAt >= rollout.endedAt)
    .map((sample) => servedBy(sample, replicas))
    .filter((hostname) => hostname !== null);
  const fresh = new Set(replacedSteps(rollout).map(({ replica }) => replica));
  const onNew = served.filter((hostname) => fresh.has(hostname)).length;
  const share = served.length === 0 ? 0 : (100 * onNew) / served.length;
  const stale = notNew(rollout);
  const ended = (evidence.ended ?? []).map(({ hostname }) => hostname);
  const value = (percent: number, remark: string | null): Measurement =>
    measured(name, 'rollout.updated', '%', percent, served.length, remark);
  if (rollout.failure !== null) {
    const { replica, kind } = rollout.failure;
    const cause = kind === 'reload' ? 'NGINX did not reload' : 'the new version did not become ready';
    // The last replica may be new and left out of the traffic: all of it was on the new version then, and not all is done.
    const back = rollout.steps.filter(({ backAt }) => backAt !== null).length;
    return value(Math.min(share, (100 * back) / replicas.length), `stopped at ${replica}: ${cause}; ${cost}`);
  }
  if (stale !== null) return value(0, `not a new version: ${stale}`);
  // NGINX asks elsewhere, so that those that are left serve all of it.
  if (ended.length > 0) {
    const standing = (100 * (replicas.length - ended.length)) / replicas.length;
    return value(Math.min(share, standing), `${ended.join(', ')} had ended by itself`);
  }
  return withdrawn(
    value(share, versionWords(rollout)),
    why ?? (served.length === 0 ? 'nothing was served after the update' : null),
  );
}

function changed(evidence: ScenarioEvidence, rollout: RolloutEvidence): Measurement {
  const otherwise = answeredOtherwise(evidence, rollout);
  const gets = sinceRollout(evidence).filter(isIdempotent).length;
  const [first] = otherwise;
  return measured(
    evidence.name,
    'rollout.changed',
    'count',
    otherwise.length,
    gets,
    first === undefined ? null : `${answerWords(first)}, where the old version answered`,
  );
}

/**
 * GETs that the new version answered with a redirect, or with no body, where every GET got a body and a 2xx from the old one. That may be meant;
 * it may as well be a page that nobody sees any more.
 */
export function answeredOtherwise(evidence: ScenarioEvidence, rollout: RolloutEvidence): readonly Sample[] {
  const before = beforeFault(evidence).filter(isIdempotent);
  if (before.length < LEAST_SAMPLES || !before.every(isWithBody)) return [];
  const readyAt = new Map(replacedSteps(rollout).map(({ replica, readyAt: at }) => [replica, at ?? Infinity]));
  return sinceRollout(evidence).filter((sample) => {
    const isOfNew = sample.sentAt >= (readyAt.get(servedBy(sample, evidence.replicas) ?? '') ?? Infinity);
    return isOfNew && isIdempotent(sample) && statusOf(sample) < 400 && !isWithBody(sample);
  });
}

function isWithBody(sample: Sample): boolean {
  return Math.floor(statusOf(sample) / 100) === 2 && sample.proxy !== null && sample.proxy.bodyBytes > 0;
}

function statusOf({ outcome }: Sample): number {
  return outcome.kind === 'answered' ? outcome.status : Infinity;
}

/** `GET rollout-7: 301`. */
export function answerWords(sample: Sample): string {
  const status = statusOf(sample);
  return `${sample.method} ${sample.id}: ${status}${status < 300 ? ' and no body' : ''}`;
}

function versionWords({ steps }: RolloutEvidence): string | null {
  const changes = new Set(
    steps.flatMap(({ versionBefore, versionAfter }) =>
      versionBefore === null || versionAfter === null || versionBefore === versionAfter
        ? []
        : [`${versionBefore} → ${versionAfter}`],
    ),
  );
  return changes.size === 0 ? null : `version ${[...changes].join(', ')}`;
}

function excusedWords(excused: number): string | null {
  return excused === 0
    ? null
    : `${excused} more on kept connections that reloads closed, which this NGINX cannot avoid`;
}

function killedWords(killed: readonly RolloutStep[]): string | null {
  return killed.length === 0 ? null : killed.map(({ replica }) => replica).join(', ');
}

/** Replacing what serves nobody shows nothing. */
function servingProblem(evidence: ScenarioEvidence): string | null {
  const served = beforeFault(evidence).some((sample) => servedBy(sample, evidence.replicas) !== null);
  return served ? null : 'no replica served anything before the update, so it shows nothing';
}
