import type { Replica } from '../cluster/cluster-types';
import type { HeldBack } from './evidence';
import { numberIn, type CpuGroups } from './faults/control-group';

type Counts = Pick<HeldBack, 'periods' | 'throttled'>;

/**
 * Begins to count how often the kernel holds each replica back for having had all the processor time that it may have; the function tells
 * how often it has been since. Of replicas that cannot be seen from where this process runs nothing is told.
 */
export async function watchHeldBack(
  replicas: readonly Replica[],
  groups: CpuGroups,
): Promise<() => Promise<readonly HeldBack[]>> {
  const before = await countsOf(replicas, groups);
  return async () => {
    const after = await countsOf(replicas, groups);
    return replicas.flatMap(({ hostname }, index): readonly HeldBack[] => {
      const [first, last] = [before[index] ?? null, after[index] ?? null];
      // One that was started meanwhile counts anew.
      if (first === null || last === null || last.periods < first.periods) return [];
      return [{ hostname, periods: last.periods - first.periods, throttled: last.throttled - first.throttled }];
    });
  };
}

/** null: it does not run, or cannot be seen. The engine's own statistics would take a second each. */
function countsOf(replicas: readonly Replica[], groups: CpuGroups): Promise<readonly (Counts | null)[]> {
  return Promise.all(
    replicas.map(async ({ containerId }) => countsIn(await (await groups(containerId))?.read('cpu.stat'))),
  );
}

/** Of both versions of control groups (Linux, Documentation/scheduler/sched-bwc.rst, "Statistics"); null: it does not tell. */
export function countsIn(text: string | null | undefined): Counts | null {
  const [periods, throttled] = [numberIn(text, 'nr_periods'), numberIn(text, 'nr_throttled')];
  return periods === null || throttled === null ? null : { periods, throttled };
}
