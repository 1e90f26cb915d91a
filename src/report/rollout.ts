import type { RolloutFailure, RolloutStep, ScenarioEvidence } from '../checks/evidence';
import { replicaAt } from '../traffic/attribution';
import type { ReportRollout } from './schema';

/** A rolling update's part of the report; null: the scenario made none. */
export function reportRollout(evidence: ScenarioEvidence): ReportRollout | null {
  const { rollout, startedAt } = evidence;
  if (rollout === null) return null;
  const offset = (instant: number): number => Math.max(0, instant - startedAt);
  const moment = (instant: number | null): number | null => (instant === null ? null : offset(instant));
  const { from, to, promisedBy, failure } = rollout;
  return {
    ...{ from, to, promisedBy },
    startedAt: offset(rollout.startedAt),
    endedAt: offset(rollout.endedAt),
    steps: rollout.steps.map((step) => ({
      replica: step.replica,
      undrained: step.undrained,
      inFlight: inFlight(evidence, step),
      drainAt: moment(step.drainAt),
      drainedAt: moment(step.drainedAt),
      stopAt: moment(step.stopAt),
      stoppedAt: moment(step.stoppedAt),
      exitCode: step.exitCode,
      startAt: moment(step.startAt),
      readyAt: moment(step.readyAt),
      backAt: moment(step.backAt),
      rolledBackAt: moment(step.rolledBackAt),
      versionBefore: step.versionBefore,
      versionAfter: step.versionAfter,
    })),
    failure: failure === null ? null : failureOf(failure),
  };
}

/** That NGINX has ended, `why` says as well. */
function failureOf({ kind, replica, why, details, rollbackProblem }: RolloutFailure): ReportRollout['failure'] {
  return { kind, replica, why, details: [...details], rollbackProblem };
}

/** What a replica was working on when its turn came. */
function inFlight({ samples, replicas }: ScenarioEvidence, { replica, drainAt, stopAt }: RolloutStep): number {
  const at = drainAt ?? stopAt;
  if (at === null) return 0;
  return samples.filter(
    ({ sentAt, doneAt, proxy }) =>
      sentAt < at && doneAt > at && proxy?.attempts.some(({ address }) => replicaAt(address, replicas) === replica),
  ).length;
}
