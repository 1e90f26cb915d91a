import type { RolloutEvidence, ScenarioEvidence } from '../../checks/evidence';
import type { Case } from './diagnosis';
import { metricsOf } from './diagnosis';

/** What the rolling update came to; null: there was none. */
export function rolloutOf({ scenarios }: Case): {
  readonly evidence: ScenarioEvidence | null;
  readonly rollout: RolloutEvidence | null;
} {
  const evidence = scenarios.find(({ check }) => check === 'rollout') ?? null;
  return { evidence, rollout: evidence?.rollout ?? null };
}

/** Those of these metrics of the rolling update that broke their gates, by their whole names. */
export function brokenRollout(situation: Case, ...metrics: readonly string[]): readonly string[] {
  return metricsOf(situation.broken.filter(({ metric }) => metrics.some((name) => metric === `rollout.${name}`)));
}
