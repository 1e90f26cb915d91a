import type { CheckName, FaultName, Settings } from '../settings';

/** One scenario that a run can make by itself. */
export interface PlannedScenario {
  /** As report.json names it. */
  readonly name: string;
  readonly check: CheckName;
  /** null: the check breaks nothing. */
  readonly fault: FaultName | null;
}

/** How long scenarios take beside each other; only their relation counts. */
const EFFORT: Readonly<Record<CheckName, number>> = {
  rotation: 1,
  failover: 3,
  rollout: 3,
  isolation: 1,
  hardening: 1,
  limits: 3,
};

/** Every scenario of these settings, in the order in which one run would make them. */
export function scenariosOf({ checks, faults }: Settings): readonly PlannedScenario[] {
  return checks.flatMap((check): readonly PlannedScenario[] =>
    check === 'failover'
      ? faults.map((fault) => ({ name: `failover.${fault}`, check, fault }))
      : [{ name: check, check, fault: null }],
  );
}

/**
 * Spreads scenarios over so many runners, or fewer where there are not so many scenarios: the longest first, each to the runner
 * that has the least to do so far. No runner is left without any; within a runner they keep their order.
 *
 * @param together checks that one and the same runner makes.
 */
export function spread(
  scenarios: readonly PlannedScenario[],
  runners: number,
  together: readonly CheckName[] = [],
): readonly (readonly PlannedScenario[])[] {
  const isOfThose = ({ check }: PlannedScenario): boolean => together.includes(check);
  const loads = Array.from({ length: Math.min(runners, scenarios.length) }, () => ({
    effort: 0,
    scenarios: new Set<PlannedScenario>(),
  }));
  for (const scenario of scenarios.toSorted((a, b) => EFFORT[b.check] - EFFORT[a.check])) {
    const least = loads.reduce<(typeof loads)[number] | undefined>(
      (best, load) => (best === undefined || load.effort < best.effort ? load : best),
      undefined,
    );
    const begun = isOfThose(scenario) ? loads.find((load) => [...load.scenarios].some(isOfThose)) : undefined;
    const chosen = begun ?? least;
    chosen?.scenarios.add(scenario);
    if (chosen !== undefined) chosen.effort += EFFORT[scenario.check];
  }
  return loads
    .map((load) => scenarios.filter((scenario) => load.scenarios.has(scenario)))
    .filter((some) => some.length > 0);
}
