import type { ScenarioEvidence } from '../checks/evidence';
import { isHarm } from '../checks/limits/noise';
import { loadProblem } from './soundness';
import type { Judgement } from './verdict';

/** Why what a scenario came to may be the doing of others at the same time. */
export interface Suspicion {
  /** A gate is broken, which would make the verdict red; or something is not proven. */
  readonly kind: 'broken' | 'unproven';
  readonly why: string;
}

/** What else there is to know about a scenario. */
export interface Circumstances {
  /** Processors were so busy that any broken gate is suspicious, and not only one that no known mistake explains. */
  readonly crowded: boolean;
  /** The bound of the `load.lag` gate, in milliseconds. */
  readonly lagBoundMs: number;
}

/** Diagnoses that a lack of processors may be behind, or that name no cause: other scenarios may have had the processors. */
const OF_LOAD = new Set([
  'unexplained',
  'others-fail-too',
  'overloaded',
  'app-hangs',
  'app-slow',
  'read-timeout-short',
  'hostname-unreachable',
]);

/** The suspicion about one scenario, from the judgement of it alone; null: it came to what it would have come to by itself. */
export function suspicionOf(
  { fault, check, probes, load }: ScenarioEvidence,
  { gates, diagnoses }: Judgement,
  { crowded, lagBoundMs }: Circumstances,
): Suspicion | null {
  const isNotRun = fault !== null && fault.notRun !== null;
  if (isNotRun && gates.every(({ outcome }) => outcome !== 'fail')) return null;
  // That a neighbour harmed nobody is worth the same beside others. Harm may have been their doing.
  const harm = check === 'limits' ? probes.find(isHarm) : undefined;
  if (harm !== undefined) {
    return { kind: harm.holds === false ? 'broken' : 'unproven', why: `${harm.subject} (${harm.seen})` };
  }
  const ofLoad = diagnoses.find(({ id }) => OF_LOAD.has(id));
  if (ofLoad !== undefined) return { kind: 'broken', why: ofLoad.cause };
  const broken = crowded ? gates.find(({ outcome }) => outcome === 'fail') : undefined;
  if (broken !== undefined) return { kind: 'broken', why: `${broken.metric} is broken while the processors are busy` };
  if (isNotRun) return null;
  const unproven = gates.find(({ outcome }) => outcome === 'inconclusive')?.reason ?? loadProblem(load, lagBoundMs);
  return unproven === null ? null : { kind: 'unproven', why: unproven };
}

/** So many scenarios that come out alone as they did beside others show that it is not the others. */
const MOST_CONFIRMED = 2;

/** Which suspicions are still worth another run. */
export interface Confirmations {
  readonly areWorthIt: (kind: Suspicion['kind']) => boolean;
  /** What another run, alone, still came to. */
  readonly add: (kind: Suspicion['kind']) => void;
}

/**
 * Counts what was confirmed. Scenarios that are broken for certain make the verdict red, whatever the rest comes to. Where something
 * is not proven for certain, the verdict is not green, but one that is wrongly red would still make it wrong.
 */
export function createConfirmations(): Confirmations {
  const counts = { broken: 0, unproven: 0 };
  return {
    areWorthIt: (kind) => counts.broken < MOST_CONFIRMED && (kind === 'broken' || counts.unproven < MOST_CONFIRMED),
    add: (kind) => {
      counts[kind] += 1;
    },
  };
}
