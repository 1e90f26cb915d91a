import type { ScenarioEvidence } from '../checks/evidence';
import { replicaAt } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';

/** One attempt of NGINX on the replica that was broken, while it was broken; instants are epoch milliseconds. */
export interface VictimAttempt {
  readonly sample: Sample;
  readonly worker: number;
  readonly beganAt: number;
  readonly endedAt: number;
  /** It counted as a failure for NGINX: it got no answer, or one on which NGINX asked another replica. */
  readonly failed: boolean;
  /** Bytes of the request went out. */
  readonly sent: boolean;
  /** NGINX made no other after it. */
  readonly last: boolean;
  readonly status: number | null;
  /** Milliseconds until the header of the answer came; null: none did. */
  readonly headerMs: number | null;
}

/** Every attempt on the victim that ended after the fault was injected and began before it was mended. */
export function attemptsOnVictim(evidence: ScenarioEvidence): readonly VictimAttempt[] {
  const { fault } = evidence;
  return fault === null ? [] : attemptsBetween(evidence, fault.injectedAt, fault.healStartedAt);
}

/** Every attempt on the victim before anything was broken. */
export function attemptsBeforeFault(evidence: ScenarioEvidence): readonly VictimAttempt[] {
  const { fault } = evidence;
  return fault === null ? [] : attemptsBetween(evidence, -Infinity, fault.injectedAt);
}

/** Every attempt on the victim while it was being mended. */
export function attemptsWhileMended(evidence: ScenarioEvidence): readonly VictimAttempt[] {
  const { fault } = evidence;
  return fault === null ? [] : attemptsBetween(evidence, fault.healStartedAt, fault.healedAt ?? Infinity);
}

/** Those that ended from one instant on and began before the other. */
function attemptsBetween(
  { fault, replicas, samples }: ScenarioEvidence,
  from: number,
  to: number,
): readonly VictimAttempt[] {
  if (typeof fault?.victim !== 'string') return [];
  return samples
    .flatMap((sample) => attemptsOf(sample).filter(({ address }) => replicaAt(address, replicas) === fault.victim))
    .filter(({ beganAt, endedAt }) => endedAt >= from && beganAt < to);
}

/** The attempts of one request. NGINX logs when the last one ended and how long each took; one follows on the other. */
function attemptsOf(sample: Sample): readonly (VictimAttempt & { readonly address: string })[] {
  const { proxy } = sample;
  if (proxy === null) return [];
  const took = proxy.attempts.map(({ responseMs }) => responseMs ?? 0);
  const total = took.reduce((sum, ms) => sum + ms, 0);
  let beganAt = proxy.loggedAt - total;
  return proxy.attempts.map(({ address, bytesSent, headerMs, status }, index) => {
    // What is asked for in the place of an answer that never came is another question.
    const isFollowed = proxy.attempts[index + 1]?.anew === true;
    const last = index === proxy.attempts.length - 1 || (headerMs === null && isFollowed);
    const began = beganAt;
    beganAt += took[index] ?? 0;
    return {
      ...{ address, sample, last, headerMs, status, worker: proxy.workerPid, beganAt: began, endedAt: beganAt },
      failed: headerMs === null || (!last && !isFollowed),
      sent: bytesSent > 0,
    };
  });
}
