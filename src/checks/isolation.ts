import type { ScenarioEvidence } from './evidence';
import { attackIsolation } from './isolation/attacks';
import { inspectIsolation } from './isolation/inspection';
import { probeEvidence } from './probe-evidence';
import type { ScenarioContext } from './scenario';

/** Looks at the cluster's networks and ports, and then tries to get in and out. Returns what was seen. */
export async function runIsolation(context: ScenarioContext): Promise<ScenarioEvidence> {
  const startedAt = context.clock.now();
  const inspected = await inspectIsolation(context);
  const attacked = await attackIsolation(context);
  return probeEvidence('isolation', context, startedAt, [...inspected, ...attacked]);
}
