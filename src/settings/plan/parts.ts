import { printGate } from '../gate-language';
import type { Gate } from '../gates';
import { ROLLOUT_INPUTS, type InputName } from '../inputs';
import { findMetric } from '../metrics';
import { SILENT_CHECKS, type CheckName } from '../settings';
import type { PlannedCluster } from './clusters';
import { PART_INPUTS } from './part-inputs';
import { scenariosOf, spread, type PlannedScenario } from './scenario-spread';

/** What one runner does: some scenarios of one cluster. */
export interface Part {
  /** Unique in its plan; fit for a file name and an artifact name. */
  readonly id: string;
  readonly cluster: string;
  /** Names of the scenarios, as report.json has them. */
  readonly scenarios: readonly string[];
  /** Every input that the action is to be given, as text. */
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * Spreads each cluster's scenarios over runners. What an input says about scenarios of other parts is left out of a part's
 * inputs, so that each part is by itself a run that the action accepts.
 * @param runners for each cluster.
 * @param seed of every part that is not told one by its cluster.
 */
export function planParts(clusters: readonly PlannedCluster[], runners: number, seed: number): readonly Part[] {
  return clusters.flatMap((cluster) =>
    spread(scenariosOf(cluster.settings), runners, keptTogether(cluster)).map((scenarios, index) => ({
      id: `${cluster.name}-${index + 1}`,
      cluster: cluster.name,
      scenarios: scenarios.map(({ name }) => name),
      inputs: partInputs(cluster, scenarios, seed),
    })),
  );
}

/** An update that deploys another image than the one under test asks that what `hardening` asks the other, where the check is asked for as well. */
function keptTogether({ settings: { rollout } }: PlannedCluster): readonly CheckName[] {
  return rollout.image !== null || rollout.buildArgs.length > 0 ? ['rollout', 'hardening'] : [];
}

function partInputs(
  { raw, settings }: PlannedCluster,
  scenarios: readonly PlannedScenario[],
  seed: number,
): Readonly<Record<string, string>> {
  const checks = [...new Set(scenarios.map(({ check }) => check))];
  const faults = scenarios.flatMap(({ fault }) => (fault === null ? [] : [fault]));
  const own: Partial<Record<InputName, string>> = {
    checks: checks.join(','),
    faults: faults.join(','),
    gates: settings.gates
      .filter((gate) => gate.line !== null && isMeasuredBy(gate, scenarios))
      .map(printGate)
      .join('\n'),
    seed: String(settings.seed ?? seed),
    ...(checks.includes('rollout') ? {} : Object.fromEntries(ROLLOUT_INPUTS.map((name) => [name, '']))),
  };
  return Object.fromEntries(PART_INPUTS.map((name) => [name, own[name] ?? raw[name] ?? '']));
}

function isMeasuredBy(gate: Gate, scenarios: readonly PlannedScenario[]): boolean {
  const metric = findMetric(gate.metric);
  if (metric?.check == null) return scenarios.some(({ check }) => !SILENT_CHECKS.has(check));
  return scenarios.some(({ check, fault }) => check === metric.check && (metric.fault ?? fault) === fault);
}
