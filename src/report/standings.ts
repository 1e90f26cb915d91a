import { isBrokenWarning } from '../verdict/judgement';
import type { Report, ReportGate, ReportScenario } from './schema';

/** How a scenario stands; `warn`: a gate that only warns is not met. */
export type Standing = ReportGate['outcome'];

const RANK: Readonly<Record<Standing, number>> = { fail: 0, inconclusive: 1, warn: 2, pass: 3 };

/** Gates by how much a reader has to do about them; those that are alike in their own order. */
export function worstFirst(gates: readonly ReportGate[]): readonly ReportGate[] {
  return gates.toSorted((a, b) => RANK[a.outcome] - RANK[b.outcome]);
}

/** The worst outcome of the gates as this scenario alone meets them; what nobody can observe is held against nobody. */
export function standingOf({ gates }: ReportScenario): Standing {
  const [worst] = worstFirst(gates.filter((gate) => gate.outcome !== 'warn' || isBrokenWarning(gate)));
  return worst?.outcome ?? 'pass';
}

/** The scenarios, those first that a reader has to do something about; otherwise in their own order. */
export function scenariosWorstFirst({ scenarios }: Report): readonly ReportScenario[] {
  return scenarios.toSorted((a, b) => RANK[standingOf(a)] - RANK[standingOf(b)]);
}

/** A gate that is not met, whether it fails the job or only warns. */
export function isBroken(gate: ReportGate): boolean {
  return gate.outcome === 'fail' || isBrokenWarning(gate);
}

/** What the last part of a gate's metric says: `failover.crash.stall` → `stall`. */
export function qualityOf({ metric }: Pick<ReportGate, 'metric'>): string {
  return metric.split('.').at(-1) ?? metric;
}
