import type { ContainerDescription } from '../../cluster/engine';
import type { ScenarioContext } from '../scenario';
import { startTool } from '../tool-container';

/** A container beside the replicas, with exactly their limits, that behaves badly. */
export interface Neighbour {
  readonly name: string;
  readonly script: string;
}

/** More loops than processors, so that nothing but its limit holds it back. */
export function cpuBurner(processors: number, pidsLimit: number): Neighbour {
  const loops = Math.max(1, Math.min(2 * processors, pidsLimit - 2));
  return {
    name: 'cpu-burner',
    script: `i=0; while [ $i -lt ${loops} ]; do while :; do :; done & i=$((i+1)); done; wait`,
  };
}

/** Doubles a string until it is killed. */
export const MEMORY_EATER: Neighbour = {
  name: 'memory-eater',
  script: 'x=0123456789abcdef; while :; do x=$x$x; done',
};

/** Does nothing: what is slow beside it is slow anyway. */
export const SLEEPER: Neighbour = { name: 'sleeper', script: 'sleep 60' };

/** Starts one process more than its limit allows, and says how many it got; they end with it. */
export function forker(pidsLimit: number): Neighbour {
  return {
    name: 'forker',
    script: `i=0; while [ $i -lt ${pidsLimit} ]; do sleep 60 & i=$((i+1)); echo $i; done`,
  };
}

/** Starts the neighbour. Throws an EngineError where no image of the run has a shell. */
export function startNeighbour({ name, script }: Neighbour, context: ScenarioContext): Promise<string> {
  const { limits } = context.cluster.plan;
  const command = ['sh', '-c', script];
  return startTool(context, { what: name, role: 'attacker', command, limits: { ...limits } });
}

/** Waits until it has ended, `timeoutMs` at most; null: it has not. */
export async function endOf(
  id: string,
  timeoutMs: number,
  { engine, signal }: ScenarioContext,
): Promise<ContainerDescription | null> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    await engine.waitContainer(id, patience);
    return await engine.inspectContainer(id);
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
