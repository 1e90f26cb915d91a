import { once } from 'node:events';
import { Agent } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../clock';
import type { Asked, Replica } from '../../cluster/cluster-types';
import { IDLE_PROBE, type Probe } from '../evidence';
import { askReplica, wholeAnswer } from '../replica-question';

/**
 * For how long an idle connection is watched at the most, in milliseconds: past the usual 2 s of gunicorn and the usual 5 s of Node, uvicorn and
 * Apache (their settings `keepalive`, `server.keepAliveTimeout`, `--timeout-keep-alive`, `KeepAliveTimeout`).
 */
const MOST_MS = 6_500;
/** Who keeps a connection for as long as NGINX may be seen to close it so much earlier, by another clock. */
const SLACK_MS = 100;
const PATIENCE_MS = 5_000;

/** What is asked for, on whose clock, and for how long at the most. */
export interface IdleWatch {
  readonly asked: Asked;
  /** For how long NGINX keeps an idle connection to a replica, in milliseconds. */
  readonly keptMs: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly signal: AbortSignal;
}

/**
 * Whether a replica keeps an idle connection for as long as NGINX does: one that closes it first may do so just when NGINX sends a request on
 * it, which is lost then. It is asked past NGINX, on a connection that nothing is sent on afterwards; not while there is traffic, for an app may
 * have one worker for each connection.
 *
 * @returns null: it keeps none, or does not answer. Rejects only when `signal` aborts.
 */
export async function idleProbe(replica: Replica, { asked, keptMs, clock, signal }: IdleWatch): Promise<Probe | null> {
  const agent = new KeepingAgent();
  const over = new AbortController();
  try {
    const socket = await askReplica(replica, asked, { agent, patienceMs: PATIENCE_MS, signal }, keptConnection);
    signal.throwIfAborted();
    if (socket === null) return null;
    const since = clock.now();
    const until = AbortSignal.any([signal, over.signal]);
    const wait = clock.sleep(Math.min(keptMs, MOST_MS), until).catch(() => undefined);
    await Promise.race([closing(socket), wait]);
    signal.throwIfAborted();
    const idleMs = clock.now() - since;
    const isEarly = socket.destroyed && idleMs < keptMs - SLACK_MS;
    const claim = 'an idle connection stays open for as long as NGINX keeps it';
    const seen = `${isEarly ? 'closed' : 'open'} after ${words(idleMs)}, and NGINX keeps it for ${words(keptMs)}`;
    return { id: IDLE_PROBE, subject: replica.hostname, claim, seen, holds: !isEarly, afterMs: idleMs };
  } finally {
    over.abort();
    agent.destroy();
  }
}

/** Keeps a connection open whatever the answer says about how long it will be, as NGINX does. */
class KeepingAgent extends Agent {
  constructor() {
    super({ keepAlive: true });
  }

  override keepSocketAlive(): boolean {
    return true;
  }
}

/** The connection of an answer, once that is whole; rejects where it is not kept. */
async function keptConnection(response: IncomingMessage): Promise<Socket> {
  // Afterwards the answer has none any more.
  const { socket } = response;
  await wholeAnswer(response);
  // Node ends its side of one that does not outlast its answer.
  if (!socket.writable) throw new Error('the connection is not kept');
  return socket;
}

async function closing(socket: Socket): Promise<void> {
  if (!socket.destroyed) await once(socket, 'close').catch(() => undefined);
}

function words(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}
