import type { ScenarioEvidence } from '../checks/evidence';
import { servedBy } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';

/** Fewer samples than this show nothing. */
export const LEAST_SAMPLES = 30;

/** Samples of a scenario before anything was broken: finished by then. */
export function beforeFault(evidence: ScenarioEvidence): readonly Sample[] {
  const { fault } = evidence;
  return fault === null ? evidence.samples : evidence.samples.filter((sample) => sample.doneAt < fault.injectedAt);
}

/** Samples that the fault could touch: all that were still under way when it was injected, to the scenario's end. */
export function sinceFault(evidence: ScenarioEvidence): readonly Sample[] {
  const { fault } = evidence;
  return fault === null ? [] : evidence.samples.filter((sample) => sample.doneAt >= fault.injectedAt);
}

/**
 * Why nothing can rest on a scenario's traffic, or null: the machine could not send on time, or NGINX's side is missing.
 *
 * @param lagBoundMs the bound of the `load.lag` gate, in milliseconds.
 */
export function trafficProblem(evidence: ScenarioEvidence, lagBoundMs: number): string | null {
  const { load, missingLines, samples } = evidence;
  if (load.notSent > 0) return `this machine could not send ${load.notSent} of the requests`;
  if (load.lagP99Ms > lagBoundMs) {
    return `the load generator itself was late: p99 ${Math.round(load.lagP99Ms)} ms, allowed ${lagBoundMs} ms`;
  }
  if (missingLines > 0) {
    return `NGINX's access log has no line for ${missingLines} of ${samples.length} requests, so it is unknown which replica answered`;
  }
  return null;
}

/** Why too little is known, or null. */
export function sampleProblem(samples: readonly Sample[], phase: string): string | null {
  if (samples.length >= LEAST_SAMPLES) return null;
  return `only ${samples.length} requests ${phase}; at least ${LEAST_SAMPLES} are needed (raise the input rate)`;
}

/** Why the fault proves nothing, or null when it surely took effect: by the engine's word and by the traffic. */
export function faultProblem(evidence: ScenarioEvidence): string | null {
  const { fault, replicas } = evidence;
  if (fault === null) return 'nothing was broken';
  if (!fault.proof.took) return `the fault did not take effect: ${fault.victim} is ${fault.proof.seen}`;
  const servedBefore = beforeFault(evidence).some((sample) => servedBy(sample, replicas) === fault.victim);
  if (!servedBefore) return `${fault.victim} served nothing before the fault, so losing it shows nothing`;
  const servedDuring = evidence.samples.filter(
    (sample) =>
      sample.sentAt > fault.effectiveAt &&
      sample.doneAt < fault.healStartedAt &&
      servedBy(sample, replicas) === fault.victim,
  );
  if (servedDuring.length === 0) return null;
  return `${fault.victim} went on serving during the fault (${servedDuring.length} requests)`;
}
