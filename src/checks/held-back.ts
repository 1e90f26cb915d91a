import type { Replica } from '../cluster/cluster-types';
import type { Engine, Throttling } from '../cluster/engine';
import type { HeldBack } from './evidence';

/** Begins to count how often the kernel holds each replica back; the function tells how often it has been since. */
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

/** null: it is not there any more. */
function countsOf(replicas: readonly Replica[], engine: Engine): Promise<readonly (Throttling | null)[]> {
  return Promise.all(replicas.map(({ containerId }) => engine.readThrottling(containerId).catch(() => null)));
}
