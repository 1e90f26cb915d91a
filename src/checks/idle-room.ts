import { Agent } from 'node:http';
import type { Clock } from '../clock';
import type { Asked, Cluster, Replica } from '../cluster/cluster-types';
import { askReplica, wholeAnswer } from './replica-question';

/** Connections at once: beyond that many workers few apps have. */
const MOST = 16;
/**
 * Nobody was answered for so long (in milliseconds), and for so many times what the first answer took: those that are left wait for a connection to be
 * closed. Starman itself closes one that was idle for a second.
 */
const LULL_MS = 500;
const LULL_ANSWERS = 2;
/** How often it is asked again until it comes out the same. */
const MOST_AGAIN = 3;
const POLL_MS = 25;
const PATIENCE_MS = 10_000;

/** What is asked on whose clock. */
export interface IdleRoomMeans {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly signal: AbortSignal;
}

/**
 * How many idle connections leave a replica no worker for anybody else, 16 at the most: a process or a thread of Starman, or of Apache with its prefork
 * MPM, serves one connection and waits on it for the next request. So many connections are opened at once, and kept: where some get no answer
 * until the others are closed, those that did are what it has room for; on a busy machine that may be chance, and so it has to come out the same
 * twice in a row (whoever asked whether the replica is ready may have one of them at first). Asked past NGINX, before there is any traffic.
 *
 * @returns null: it has room beside as many, or does not answer. Rejects only when `signal` aborts.
 */
export async function measureIdleRoom(replica: Replica, asked: Asked, means: IdleRoomMeans): Promise<number | null> {
  let before = await heldBy(replica, asked, means);
  for (let again = 0; before !== null && again < MOST_AGAIN; again += 1) {
    const held = await heldBy(replica, asked, means);
    if (held === before) return held;
    before = held;
  }
  return null;
}

async function heldBy(replica: Replica, asked: Asked, { clock, signal }: IdleRoomMeans): Promise<number | null> {
  const agents = Array.from({ length: MOST }, () => new Agent({ keepAlive: true }));
  const from = clock.now();
  let [lastAt, lullMs] = [from, PATIENCE_MS];
  const answered = new Set<Agent>();
  const over = new AbortController();
  const patience = AbortSignal.any([signal, over.signal]);
  const all = agents.map(async (agent) => {
    const terms = { agent, patienceMs: PATIENCE_MS, signal: patience };
    if ((await askReplica(replica, asked, terms, wholeAnswer)) === null) return;
    lastAt = clock.now();
    if (answered.size === 0) lullMs = Math.max(LULL_MS, LULL_ANSWERS * (lastAt - from));
    answered.add(agent);
  });
  const moreThan = async (count: number): Promise<void> => {
    while (answered.size <= count && clock.now() - lastAt < lullMs) await clock.sleep(POLL_MS, signal);
  };
  try {
    await Promise.race([Promise.all(all), moreThan(MOST)]);
    signal.throwIfAborted();
    const held = answered.size;
    if (held === 0 || held === MOST) return null;
    answered.forEach((agent) => agent.destroy());
    lastAt = clock.now();
    await moreThan(held);
    return answered.size > held ? held : null;
  } finally {
    over.abort();
    agents.forEach((agent) => agent.destroy());
    await Promise.all(all);
  }
}

/** Asks the first cluster that anybody has, and tells all of a run what it said. */
export function createIdleRoom(
  means: IdleRoomMeans,
): (cluster: Pick<Cluster, 'plan' | 'replicas'>) => Promise<number | null> {
  let room: Promise<number | null> | null = null;
  return ({ plan, replicas: [replica] }) =>
    (room ??= replica === undefined ? Promise.resolve(null) : measureIdleRoom(replica, plan, means));
}
