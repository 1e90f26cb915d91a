import { waitUntil } from '../clock';
import { counted } from '../settings/wording';
import type { ReplicaPlace } from '../traffic/attribution';
import { clientError, servedBy, waitedMs } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';
import type { SlowPart, Traffic } from '../traffic/traffic';
import type { ScenarioContext } from './scenario';
import { slowSeenMs } from './slow-part';

/** Answers a replica that are waited for, and how long they may take, in milliseconds. */
const ANSWERS_PER_REPLICA = 30;
const MOST_MS = 30_000;
/** Beyond the configuration's own time-out, after which a request that hangs has an answer. */
const AFTER_TIMEOUT_MS = 2_000;
/** No longer than clients wait. */
const LONGEST_MS = 75_000;
/** A request that waits so much longer than any other did hangs, in milliseconds and as a factor. */
const OVERDUE_MS = 500;
const OVERDUE = 2;
const POLL_MS = 25;

/**
 * Lets traffic run that nothing disturbs: until each replica has had the time to answer often enough, since an instant (epoch milliseconds), and
 * slow requests have come back. Requests that hang are waited for until they have come to an end, or what is theirs would be put down
 * to whatever is broken next.
 */
export async function undisturbed(
  { clock, signal, cluster, nginx }: ScenarioContext,
  traffic: Traffic,
  slow: SlowPart,
  from: number,
): Promise<void> {
  const leastMs = slowSeenMs(slow);
  const wanted = ANSWERS_PER_REPLICA * cluster.replicas.length;
  const isEnough = (): boolean =>
    clock.now() - from >= leastMs &&
    traffic.samples().filter(({ scheduledAt }) => scheduledAt >= from).length >= wanted;
  const until = async (isOver: () => boolean, timeoutMs: number): Promise<void> => {
    await waitUntil({ poll: () => (isOver() ? true : null), timeoutMs, intervalMs: POLL_MS, clock, signal });
  };
  await until(isEnough, MOST_MS);
  const hangMs = (nginx.way?.readTimeoutMs.value ?? 0) + AFTER_TIMEOUT_MS;
  await until(() => overdue(traffic, slow, clock.now()) === 0, Math.min(LONGEST_MS, Math.max(MOST_MS, hangMs)));
}

/** Fewer that have come to an end say nothing; where each takes seconds to fail there are few. */
const LEAST_REQUESTS = 10;

/**
 * Why it is not worth breaking anything: nothing that was asked so far came to a replica and back, as behind a configuration that never asks them.
 * null: it is.
 */
export function pointless(samples: readonly Sample[], replicas: readonly ReplicaPlace[]): string | null {
  const isLost = (sample: Sample): boolean =>
    servedBy(sample, replicas) === null && clientError(sample, replicas) !== null;
  if (samples.length < LEAST_REQUESTS || !samples.every(isLost)) return null;
  return `no replica answered any of ${counted(samples.length, 'request')} before it, so breaking something shows nothing`;
}

/** How many requests wait much longer than any that has come to an end, beyond those that may because they asked for it. */
export function overdue(
  traffic: Pick<Traffic, 'samples' | 'outstandingBefore'>,
  { perSecond, delayMs }: SlowPart,
  now: number,
): number {
  const usualMs = traffic.samples().reduce((most, sample) => Math.max(most, waitedMs(sample)), 0);
  const slow = Math.ceil((perSecond * delayMs) / 1_000) + 1;
  return Math.max(0, traffic.outstandingBefore(now - Math.max(OVERDUE_MS, OVERDUE * usualMs)) - slow);
}
