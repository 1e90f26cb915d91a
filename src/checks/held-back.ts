import type { Replica } from '../cluster/cluster-types';
import type { Engine } from '../cluster/engine';
import type { HeldBack } from './evidence';
import { controlGroup, numberIn } from './faults/control-group';

type Counts = Pick<HeldBack, 'periods' | 'throttled'>;

/**
 * Begins to count how often the kernel holds each replica back for having had all the processor time that it may have; the function tells
 * how often it has been since. Of replicas that cannot be seen from where this process runs nothing is told.
 */
export async function watchHeldBack(
  replicas: readonly Replica[],
  engine: Engine,
): Promise<() => Promise<readonly HeldBack[]>> {
  const before = await countsOf(replicas, engine);
  return async () => {
    const after = await countsOf(replicas, engine);
    return replicas.flatMap(({ hostname }, index): readonly HeldBack[] => {
      const [first, last] = [before[index] ?? null, after[index] ?? null];
      // One that was started meanwhile counts anew.
      if (first === null || last === null || last.periods < first.periods) return [];
      return [{ hostname, periods: last.periods - first.periods, throttled: last.throttled - first.throttled }];
    });
  };
}

/** null: it does not run, or cannot be seen. The engine's own statistics would take a second each. */
function countsOf(replicas: readonly Replica[], engine: Engine): Promise<readonly (Counts | null)[]> {
  return Promise.all(
    replicas.map(async ({ containerId }) => {
      const container = await engine.inspectContainer(containerId).catch(() => null);
      const group = container === null ? null : await controlGroup(container, 'cpu');
      return countsIn(await group?.read('cpu.stat'));
    }),
  );
}

/** Of both versions of control groups (Linux, Documentation/scheduler/sched-bwc.rst, "Statistics"); null: it does not tell. */
export function countsIn(text: string | null | undefined): Counts | null {
  const [periods, throttled] = [numberIn(text, 'nr_periods'), numberIn(text, 'nr_throttled')];
  return periods === null || throttled === null ? null : { periods, throttled };
}
