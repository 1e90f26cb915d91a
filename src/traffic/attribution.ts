import type { Attempt, ClientRecord, Sample } from './sample';

/** A replica as it appears in evidence. */
export interface ReplicaPlace {
  readonly hostname: string;
  /** `ip:port`, as NGINX logs it. */
  readonly address: string;
  /** Most POSTs were not refused before anything was broken or replaced; absent: they were, or nobody looked. */
  readonly takesPosts?: boolean;
  /** Statuses with which some of them were refused all the same. */
  readonly usualRefusals?: readonly number[];
}

const METHOD_UNKNOWN = 501;
/** Fewer POSTs say nothing of those that follow. */
const LEAST_POSTS = 5;
/** The part of them that is taken by whoever takes POSTs at all; of the rest some may come too soon, or twice. */
const MOSTLY = 0.8;

/** The places, with what became of the POSTs that had ended by an instant (epoch milliseconds). */
export function withPostsBefore(
  places: readonly ReplicaPlace[],
  samples: readonly Sample[],
  instant: number,
): readonly ReplicaPlace[] {
  const posts = samples.filter((sample) => !isIdempotent(sample) && sample.doneAt < instant);
  const statuses = posts.flatMap(({ outcome }) => (outcome.kind === 'answered' ? [outcome.status] : []));
  const usualRefusals = [...new Set(statuses.filter((status) => status >= 400))];
  const taken = statuses.filter((status) => status < 400).length;
  const takesPosts = statuses.length >= LEAST_POSTS && taken >= MOSTLY * statuses.length;
  return takesPosts ? places.map((place) => ({ ...place, takesPosts, usualRefusals })) : places;
}

/** How a request failed its client. */
export type ClientError = 'transport' | 'timeout' | 'server-error' | 'refused' | 'no-replica' | 'stranger' | 'cut-off';

/** Hostname of the replica at an address of the evidence, or null: not one of ours. */
export function replicaAt(address: string, replicas: readonly ReplicaPlace[]): string | null {
  return replicas.find((replica) => replica.address === address)?.hostname ?? null;
}

/**
 * The replica that gave this answer: NGINX's last attempt. Null when the client got no answer, when NGINX's line is
 * missing, or when no replica of this cluster gave it.
 */
export function servedBy(sample: Sample, replicas: readonly ReplicaPlace[]): string | null {
  const answering = answeringAttempt(sample);
  return answering === null ? null : replicaAt(answering.address, replicas);
}

/**
 * The attempt whose answer the client got: the last one. Null without a header of it, and where NGINX put an answer of its own in the place of
 * a server error (`proxy_intercept_errors` with `error_page 500 =200 …`): the status that the client got tells nothing of the request then.
 */
function answeringAttempt({ outcome, proxy }: Sample): Attempt | null {
  const last = proxy?.attempts.at(-1);
  if (outcome.kind !== 'answered' || last === undefined || last.headerMs === null) return null;
  return outcome.status < 500 && (last.status ?? 0) >= 500 ? null : last;
}

/**
 * The client-visible error of a request, or null. An answer without NGINX's line is no error (the evidence is missing, which
 * is judged apart), and neither is a request that this machine could not send or that the end of the scenario cut short.
 * A replica that refuses a GET (4xx) is an error: before any traffic each cluster's app was asked past NGINX for the same
 * path, and did not refuse it. A POST may be refused by whoever has no use for one, and never took one; also by 501, which is what a
 * server says to a method that it does not know (RFC 9110, section 15.6.2).
 */
export function clientError(sample: Sample, replicas: readonly ReplicaPlace[]): ClientError | null {
  const { outcome, proxy } = sample;
  if (outcome.kind === 'transport' || outcome.kind === 'timeout') return outcome.kind;
  if (outcome.kind !== 'answered') return null;
  if (outcome.status >= 500 && (outcome.status !== METHOD_UNKNOWN || isIdempotent(sample))) return 'server-error';
  if (proxy === null) return null;
  const answering = answeringAttempt(sample);
  // The answer is NGINX's own, whatever its status says.
  if (answering === null) return 'no-replica';
  const place = replicas.find(({ address }) => address === answering.address);
  if (place === undefined) return 'stranger';
  // Worse than an error: a client that is told of none takes a part for the whole.
  if (sample.wholeBytes !== undefined) return 'cut-off';
  if (outcome.status < 400) return null;
  if (isIdempotent(sample)) return 'refused';
  return place.takesPosts === true && place.usualRefusals?.includes(outcome.status) !== true ? 'refused' : null;
}

/** Attempts that NGINX made because one before had failed; a question of its own in the place of an answer is none. */
export function retriesOf({ proxy }: Sample): number {
  return (proxy?.attempts ?? []).filter(({ anew }, index) => index > 0 && anew !== true).length;
}

/** How late the generator itself sent the request, in milliseconds. */
export function latenessMs({ sentAt, scheduledAt }: ClientRecord): number {
  return sentAt - scheduledAt;
}

/** NGINX's clock moves in whole milliseconds, and once a turn of its loop. */
const CLOCK_STEP_MS = 10;

/**
 * How long the client waited, from the moment the request was due; what it waited so far, if it was cut short. The delay
 * that a request asked for, and got from the replica that answered, is no wait.
 */
export function waitedMs(sample: Sample): number {
  return sample.doneAt - sample.scheduledAt - (gotItsDelay(sample) ? sample.delayMs : 0);
}

/** Whether the replica that answered took the time that it was asked to take. */
export function gotItsDelay({ delayMs, proxy }: Sample): boolean {
  const headerMs = proxy?.attempts.at(-1)?.headerMs ?? null;
  return delayMs > 0 && headerMs !== null && headerMs >= delayMs - CLOCK_STEP_MS;
}

/** Whether the client can tell that a repetition of the request is harmless (RFC 9110, section 9.2.2). */
export function isIdempotent(sample: Sample): boolean {
  return sample.method === 'GET';
}

/** Requests served by each replica, every replica of the cluster listed. */
export function distributionOf(
  samples: readonly Sample[],
  replicas: readonly ReplicaPlace[],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const replica of replicas) counts[replica.hostname] = 0;
  for (const sample of samples) {
    const hostname = servedBy(sample, replicas);
    if (hostname !== null) counts[hostname] = (counts[hostname] ?? 0) + 1;
  }
  return counts;
}
