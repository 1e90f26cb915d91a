import type { ScenarioEvidence } from '../checks/evidence';
import { distributionOf } from '../traffic/attribution';
import type { Diagnosis } from '../verdict/diagnosis/diagnosis';
import type { GateResult, Verdict } from '../verdict/judgement';
import type { Measurement } from '../verdict/measurement';
import { reportScenario } from './scenario';
import type { Report } from './schema';

/** What a run knows when it ends; a run that could not measure has a message and the rest empty. */
export interface RunFacts {
  readonly verdict: Verdict;
  readonly message: string | null;
  readonly details: readonly string[];
  readonly seed: number;
  readonly cluster: Report['cluster'];
  readonly scenarios: readonly ScenarioEvidence[];
  readonly measurements: readonly Measurement[];
  readonly gates: readonly GateResult[];
  readonly diagnoses: readonly Diagnosis[];
  /** Milliseconds by step. */
  readonly timings: Readonly<Record<string, number>>;
}

/** The one source of every other report. */
export function buildReport(facts: RunFacts): Report {
  const { scenarios } = facts;
  const calm = scenarios.find((scenario) => scenario.check === 'rotation') ?? scenarios[0];
  return {
    schemaVersion: 1,
    verdict: facts.verdict,
    message: facts.message,
    details: [...facts.details],
    seed: facts.seed,
    cluster: facts.cluster,
    distribution: calm === undefined ? {} : distributionOf(calm.samples, calm.replicas),
    gates: facts.gates.map((gate) => ({ ...gate })),
    scenarios: scenarios.map((scenario) => reportScenario(scenario, facts.measurements)),
    diagnoses: facts.diagnoses.map((diagnosis) => ({ ...diagnosis, gates: [...diagnosis.gates] })),
    timings: { ...facts.timings },
  };
}
