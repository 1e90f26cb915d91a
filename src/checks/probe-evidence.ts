import type { CheckName } from '../settings/settings';
import type { Probe, ScenarioEvidence } from './evidence';
import type { ScenarioContext } from './scenario';
import { replicaPlacesOf } from './scenario';

/** The evidence of a check that only asks questions and sends no traffic. */
export function probeEvidence(
  check: CheckName,
  { cluster, clock, log }: ScenarioContext,
  startedAt: number,
  probes: readonly Probe[],
): ScenarioEvidence {
  logProbes(probes, log);
  return {
    name: check,
    check,
    replicas: replicaPlacesOf(cluster),
    phases: [],
    samples: [],
    missingLines: 0,
    load: { sent: 0, notSent: 0, lagP99Ms: 0, lagMaxMs: 0, clientRetries: 0 },
    fault: null,
    rollout: null,
    probes,
    startedAt,
    endedAt: clock.now(),
  };
}

/** One line a question: what should hold, whether it does, and what was seen. */
export function logProbes(probes: readonly Probe[], log: (line: string) => void): void {
  for (const { subject, claim, seen, holds } of probes) {
    log(`${holds === null ? 'not asked' : holds ? 'yes' : 'NO'}: ${subject}: ${claim} (${seen})`);
  }
}

/** A failure in one line, for a probe that could not be asked. */
export function whyNot(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
