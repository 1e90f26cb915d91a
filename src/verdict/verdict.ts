import type { Gate } from '../settings/gates';
import { diagnose } from './diagnosis/diagnose';
import type { Case, Diagnosis } from './diagnosis/diagnosis';
import { excusedErrors } from './excused';
import type { GateResult, Verdict } from './judgement';
import { isBrokenWarning, judgeGates, verdictOf } from './judgement';
import { measureAll } from './measure';
import type { Measurement } from './measurement';

/** What the evidence means. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly gates: readonly GateResult[];
  readonly measurements: readonly Measurement[];
  readonly diagnoses: readonly Diagnosis[];
  /** Scenario → the gates as this scenario alone meets them. */
  readonly standings: Readonly<Record<string, readonly GateResult[]>>;
  /** Scenario → client-visible errors that no gate counts, because no configuration could have saved them. */
  readonly excused: Readonly<Record<string, number>>;
}

/** What is judged. */
export interface Trial extends Omit<Case, 'broken'> {
  readonly gates: readonly Gate[];
}

/** From evidence to verdict: measure, hold against the gates, and say why where one is not met. */
export function judge({ gates, ...situation }: Trial): Judgement {
  const { scenarios, nginx } = situation;
  const measurements = measureAll(scenarios, nginx, gates);
  const results = judgeGates(gates, measurements);
  const broken = results.filter((result) => result.outcome === 'fail' || isBrokenWarning(result));
  return {
    verdict: verdictOf(results),
    gates: results,
    measurements,
    diagnoses: broken.length === 0 ? [] : diagnose({ ...situation, broken }),
    standings: Object.fromEntries(scenarios.map(({ name }) => [name, standing(name, gates, measurements)])),
    excused: Object.fromEntries(scenarios.map((scenario) => [scenario.name, excusedErrors(scenario, nginx)])),
  };
}

/** A gate is judged by the worst scenario; this says how one scenario stands, whichever is the worst. */
function standing(
  scenario: string,
  gates: readonly Gate[],
  measurements: readonly Measurement[],
): readonly GateResult[] {
  const own = measurements.filter((measurement) => measurement.scenario === scenario);
  return judgeGates(
    gates.map((gate) => ({ ...gate, line: null })),
    own,
  );
}
