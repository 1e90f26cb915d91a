import type { ScenarioEvidence } from '../checks/evidence';
import type { NginxModel } from '../cluster/nginx/model';
import { isIdempotent } from '../traffic/attribution';
import { excusesOf } from './excuses';
import { failures } from './metrics-failover';
import { sinceRollout, unexcusedLosses } from './metrics-rollout';

/**
 * How many of a scenario's client-visible errors no gate holds against the service, because no configuration could have
 * saved them: those that `excusesOf` excuses, and in a rolling update those on kept connections that a reload closed.
 */
export function excusedErrors(evidence: ScenarioEvidence, nginx: NginxModel): number {
  if (evidence.rollout === null) return excusesOf(evidence, nginx).size;
  const unsafe = sinceRollout(evidence).filter((sample) => !isIdempotent(sample));
  return failures(unsafe, evidence).length - unexcusedLosses(unsafe, evidence, nginx).length;
}
