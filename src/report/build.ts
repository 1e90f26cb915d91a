import type { ScenarioEvidence } from '../checks/evidence';
import { distributionOf } from '../traffic/attribution';
import type { Diagnosis } from '../verdict/diagnosis/diagnosis';
import type { GateResult, Verdict } from '../verdict/judgement';
import type { Measurement } from '../verdict/measurement';
import { withHostnames } from './hostnames';
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
  /** Scenario → the gates as it alone meets them. */
  readonly standings: Readonly<Record<string, readonly GateResult[]>>;
  /** Scenario → client-visible errors that no gate counts. */
  readonly excused: Readonly<Record<string, number>>;
  /** Milliseconds by step. */
  readonly timings: Readonly<Record<string, number>>;
}

/** The one source of every other report, compared with no earlier one. */
export function buildReport(facts: RunFacts): Report {
  const { scenarios } = facts;
  const served = scenarios.filter(({ samples }) => samples.length > 0);
  const calm = served.find((scenario) => scenario.check === 'rotation') ?? served[0];
  const places = scenarios.flatMap(({ replicas }) => replicas);
  return {
    schemaVersion: 1,
    verdict: facts.verdict,
    message: facts.message,
    details: [...facts.details],
    seed: facts.seed,
    cluster: facts.cluster,
    distribution: calm === undefined ? {} : distributionOf(calm.samples, calm.replicas),
    gates: facts.gates.map((gate) => ({ ...gate })),
    scenarios: scenarios.map((scenario) =>
      reportScenario(scenario, {
        measurements: facts.measurements,
        gates: facts.standings[scenario.name] ?? [],
        excused: facts.excused[scenario.name] ?? 0,
      }),
    ),
    diagnoses: facts.diagnoses.map((diagnosis) => ({
      ...diagnosis,
      cause: withHostnames(diagnosis.cause, places),
      evidence: withHostnames(diagnosis.evidence, places),
      gates: [...diagnosis.gates],
    })),
    comparison: null,
    timings: { ...facts.timings },
  };
}
