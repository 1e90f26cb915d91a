import type { Clock } from '../clock';
import type { Asked, Cluster, Replica } from '../cluster/cluster-types';
import { DELAY_HEADER } from '../traffic/sample';
import { askReplica, wholeAnswer } from './replica-question';

/** How late these ask the app to answer, and so how far apart the answers of one that takes them in turns are, in milliseconds. */
const DELAY_MS = 200;
/** A timer may end so much early by another clock, in milliseconds. */
const TIMER_SLACK_MS = 20;
/** Requests at once: as many as are ever under way on one replica, and some more. */
const MOST = 8;
const PATIENCE_MS = 10_000;

/**
 * How many requests that ask for a late answer one replica works on at the same time, 8 at the most: with fewer workers or threads
 * than such requests, a good app would be brought down by what it is asked here. One that does not know the question has room for all.
 * It is asked past NGINX, before there is any traffic; nothing is left under way. Rejects only when `signal` aborts.
 */
export async function measureSlowRoom(
  replica: Replica,
  asked: Asked,
  { clock, signal }: { readonly clock: Pick<Clock, 'now'>; readonly signal: AbortSignal },
): Promise<number> {
  const asking = { headers: { [DELAY_HEADER]: String(DELAY_MS) }, patienceMs: PATIENCE_MS, signal };
  const times = await Promise.all(
    Array.from({ length: MOST }, async () => {
      const from = clock.now();
      const answer = await askReplica(replica, asked, asking, wholeAnswer);
      return answer === null ? Infinity : clock.now() - from;
    }),
  );
  signal.throwIfAborted();
  const fastest = Math.min(...times);
  // It answers at once, or not at all: nothing of it is known to be short.
  if (fastest < DELAY_MS - TIMER_SLACK_MS || fastest === Infinity) return MOST;
  return times.filter((time) => time < fastest + DELAY_MS / 2).length;
}

/** Asks the first cluster that anybody has, and tells all of a run what it said. */
export function createSlowRoom(means: {
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}): (cluster: Pick<Cluster, 'plan' | 'replicas'>) => Promise<number> {
  let room: Promise<number> | null = null;
  const measure = async ({ plan, replicas: [replica] }: Pick<Cluster, 'plan' | 'replicas'>): Promise<number> => {
    if (replica === undefined) throw new Error('a cluster without replicas');
    const found = await measureSlowRoom(replica, plan, means);
    if (found < MOST)
      means.log(`a replica works on ${found} slow requests at a time: it is asked for no more than it has room for`);
    return found;
  };
  return (cluster) => (room ??= measure(cluster));
}
