import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import type { Clock } from '../clock';
import { questionHeaders } from '../cluster/client-headers';
import type { Cluster, Replica } from '../cluster/cluster-types';
import { DELAY_HEADER } from '../traffic/sample';

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
  const times = await Promise.all(
    Array.from({ length: MOST }, async () => {
      const from = clock.now();
      return (await isAnswered(replica, asked, signal)) ? clock.now() - from : Infinity;
    }),
  );
  signal.throwIfAborted();
  const fastest = Math.min(...times);
  // It answers at once, or not at all: nothing of it is known to be short.
  if (fastest < DELAY_MS - TIMER_SLACK_MS || fastest === Infinity) return MOST;
  return times.filter((time) => time < fastest + DELAY_MS / 2).length;
}

/** What is asked for. */
type Asked = Pick<Cluster['plan'], 'probePath' | 'host'>;

async function isAnswered(
  { address, port }: Replica,
  { probePath, host }: Asked,
  signal: AbortSignal,
): Promise<boolean> {
  const headers = { ...questionHeaders(host), [DELAY_HEADER]: String(DELAY_MS) };
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    const question = request({ host: address, port, path: probePath, headers, agent: false, signal: patience }).end();
    // Whoever waits hears of it; this one is for when nobody does any more.
    question.on('error', () => undefined);
    const [response] = (await once(question, 'response')) as [IncomingMessage];
    await once(response.resume(), 'end');
    return response.complete;
  } catch {
    return false;
  }
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
