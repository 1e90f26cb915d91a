import type { FaultEvidence, ScenarioEvidence } from '../checks/evidence';
import { clientError, isIdempotent, replicaAt, servedBy, waitedMs } from '../traffic/attribution';
import type { Attempt, Sample } from '../traffic/sample';
import { recoveredAt, shareOf } from '../traffic/share';
import type { Measurement } from './measurement';
import { measured, withdrawn } from './measurement';
import { beforeFault, faultProblem, sampleProblem, sinceFault, trafficProblem } from './soundness';

/** A first attempt counts as the last of its burst when the victim gets no other for this long, in milliseconds. */
const QUIET_MS = 1_000;

/** The metrics of one failover scenario, named `failover.<fault>.<metric>`. */
export function failoverMeasurements(evidence: ScenarioEvidence, lagBoundMs: number): readonly Measurement[] {
  const { fault, replicas, name } = evidence;
  if (fault === null) return [];
  const samples = sinceFault(evidence);
  const idempotent = samples.filter(isIdempotent);
  const unsafe = samples.filter((sample) => !isIdempotent(sample));
  const recovery = recoveryOf(evidence, fault);
  const hidden = samples.filter((sample) => clientError(sample, replicas) === null);

  const all = [
    measured(name, `${name}.errors`, 'count', failures(idempotent, evidence).length, idempotent.length),
    measured(name, `${name}.unsafe-errors`, 'count', unexcused(unsafe, evidence, fault).length, unsafe.length),
    measured(name, `${name}.duplicates`, 'count', duplicated(unsafe, evidence).length, unsafe.length),
    measured(name, `${name}.stall`, 'ms', longestWait(samples), samples.length, stallRemark(samples)),
    measured(name, `${name}.detect`, 'ms', detectMs(evidence, fault), samples.length),
    measured(name, `${name}.retries`, 'count', sum(hidden.map(retriesOf)), samples.length),
    measured(name, `${name}.recover`, 'ms', recovery.ms, recovery.samples, recovery.remark),
  ];
  const why =
    trafficProblem(evidence, lagBoundMs) ?? faultProblem(evidence) ?? sampleProblem(samples, 'during the fault');
  return all.map((one) => withdrawn(one, why));
}

/** Requests whose client saw an error. */
export function failures(samples: readonly Sample[], evidence: ScenarioEvidence): readonly Sample[] {
  return samples.filter((sample) => clientError(sample, evidence.replicas) !== null);
}

/**
 * Failed requests that are not idempotent, without those in flight on the victim when it broke: nobody may repeat these, so
 * no configuration can save them (RFC 9110, section 9.2.2).
 */
export function unexcused(
  unsafe: readonly Sample[],
  evidence: ScenarioEvidence,
  fault: FaultEvidence,
): readonly Sample[] {
  return failures(unsafe, evidence).filter((sample) => {
    const last = sample.proxy?.attempts.at(-1);
    const onVictim = last !== undefined && replicaAt(last.address, evidence.replicas) === fault.victim;
    return !(onVictim && sample.sentAt <= fault.effectiveAt);
  });
}

/** Requests that are not idempotent and whose bytes went to more than one replica: each may have carried them out. */
export function duplicated(unsafe: readonly Sample[], evidence: ScenarioEvidence): readonly Sample[] {
  return unsafe.filter((sample) => {
    const reached = (sample.proxy?.attempts ?? [])
      .filter((attempt) => attempt.bytesSent > 0)
      .map((attempt) => replicaAt(attempt.address, evidence.replicas))
      .filter((hostname) => hostname !== null);
    return new Set(reached).size > 1;
  });
}

function retriesOf(sample: Sample): number {
  return Math.max(0, (sample.proxy?.attempts.length ?? 0) - 1);
}

/** Longest time that a client waited, in milliseconds; 0 without samples. */
export function longestWait(samples: readonly Sample[]): number {
  return samples.reduce((longest, sample) => Math.max(longest, waitedMs(sample)), 0);
}

function stallRemark(samples: readonly Sample[]): string | null {
  const abandoned = samples.filter((sample) => sample.outcome.kind === 'abandoned').length;
  return abandoned === 0 ? null : `${abandoned} requests still waited at the end`;
}

/** Fault effective → the end of the first burst of first attempts on the victim, in milliseconds. */
function detectMs(evidence: ScenarioEvidence, fault: FaultEvidence): number {
  const onVictim = (attempt: Attempt | undefined): boolean =>
    attempt !== undefined && replicaAt(attempt.address, evidence.replicas) === fault.victim;
  const times = evidence.samples
    .filter((sample) => onVictim(sample.proxy?.attempts[0]))
    .map((sample) => sample.sentAt)
    .filter((sentAt) => sentAt >= fault.effectiveAt && sentAt < fault.healStartedAt)
    .sort((a, b) => a - b);
  let last = fault.effectiveAt;
  for (const time of times) {
    if (time - last > QUIET_MS) break;
    last = time;
  }
  return last - fault.effectiveAt;
}

function recoveryOf(
  evidence: ScenarioEvidence,
  fault: FaultEvidence,
): { readonly ms: number; readonly samples: number; readonly remark: string | null } {
  const { replicas, samples } = evidence;
  if (fault.healedAt === null) return { ms: Infinity, samples: samples.length, remark: fault.healProblem };
  const healedAt = fault.healedAt;
  const after = samples.filter((sample) => sample.scheduledAt >= healedAt);
  const usual = shareOf(fault.victim, beforeFault(evidence), replicas);
  const at = recoveredAt(fault.victim, samples, replicas, healedAt, usual);
  if (at !== null) return { ms: at - healedAt, samples: after.length, remark: null };
  const served = after.filter((sample) => servedBy(sample, replicas) === fault.victim).length;
  const watched = Math.round((evidence.endedAt - healedAt) / 1000);
  return {
    ms: Infinity,
    samples: after.length,
    remark: `${fault.victim} served ${served} of ${after.length} requests in the ${watched} s after it was healed`,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
