import type { RolloutEvidence, RolloutStep, ScenarioEvidence } from '../../src/checks/evidence';
import type { Sample } from '../../src/traffic/sample';
import { REPLICAS, rotationEvidence, START, steady } from './evidence';

/** Milliseconds after START: the update begins, ends, and the scenario does. */
export const ROLL = { begun: 2_000, done: 8_000, end: 11_000 };

/** The turn of the replica of this number, from 1, that went well. */
export function step(n: number, changes: Partial<RolloutStep> = {}): RolloutStep {
  const at = (ms: number): number => START + ROLL.begun + (n - 1) * 2_000 + ms;
  return {
    replica: `app${n}`,
    ...{ undrained: null, serversLeft: 2, drainAt: at(0), drainedAt: at(200), stopAt: at(200), stoppedAt: at(700) },
    ...{ exitCode: 0, oomKilled: false, startAt: at(900), readyAt: at(1_500), backAt: at(1_600), rolledBackAt: null },
    ...{ versionBefore: '1.0.0', versionAfter: '2.0.0' },
    ...changes,
  };
}

/** An update of all three from one version to another. */
export const ROLLOUT: RolloutEvidence = {
  ...{ from: 'shop:1', to: 'shop:2', sameImage: false, promisedBy: 'rollout-image' },
  startedAt: START + ROLL.begun,
  endedAt: START + ROLL.done,
  steps: [step(1), step(2), step(3)],
  failure: null,
};

/** Traffic around an update that nobody noticed. */
export function calmRollout(): Sample[] {
  return [
    ...steady(0, 200),
    ...steady(ROLL.begun, 200, ['app2', 'app3']),
    ...steady(ROLL.begun + 2_000, 200, ['app1', 'app3']),
    ...steady(ROLL.begun + 4_000, 200, ['app1', 'app2']),
    ...steady(ROLL.done, 300),
  ];
}

/** An update with this traffic around it. */
export function rolloutEvidence(
  samples: readonly Sample[],
  rollout: Partial<RolloutEvidence> = {},
  changes: Partial<ScenarioEvidence> = {},
): ScenarioEvidence {
  return {
    ...rotationEvidence(samples.toSorted((a, b) => a.scheduledAt - b.scheduledAt)),
    ...{ name: 'rollout', check: 'rollout', replicas: REPLICAS },
    phases: [
      { name: 'baseline', from: START, to: START + ROLL.begun },
      { name: 'rollout', from: START + ROLL.begun, to: START + ROLL.done },
      { name: 'recovery', from: START + ROLL.done, to: START + ROLL.end },
    ],
    rollout: { ...ROLLOUT, ...rollout },
    endedAt: START + ROLL.end,
    ...changes,
  };
}
