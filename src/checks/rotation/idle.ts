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
 * Apache (their settings `keepalive`, `server.keepAliveTimeout`, `--timeout-keep-alive`, `KeepAliveTimeout`). Who keeps it for longer is taken at its word.
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
    const answered = await askReplica(replica, asked, { agent, patienceMs: PATIENCE_MS, signal }, keptConnection);
    signal.throwIfAborted();
    if (answered === null) return null;
    const { socket, promisedMs } = answered;
    const since = clock.now();
    const until = AbortSignal.any([signal, over.signal]);
    const wait = clock.sleep(Math.min(keptMs, MOST_MS), until).catch(() => undefined);
    await Promise.race([closing(socket), wait]);
    signal.throwIfAborted();
    const idleMs = clock.now() - since;
    const claim = 'an idle connection stays open for as long as NGINX keeps it';
    const told = { id: IDLE_PROBE, subject: replica.hostname, claim } as const;
    const kept = `NGINX keeps it for ${words(keptMs)}`;
    const isEarly = (ms: number): boolean => ms < keptMs - SLACK_MS;
    // A promise of less than was waited for has been outlasted.
    if (!socket.destroyed && promisedMs > idleMs && isEarly(promisedMs)) {
      const seen = `closed after ${words(promisedMs)}, as its answers say (Keep-Alive), and ${kept}`;
      return { ...told, seen, holds: false, afterMs: promisedMs };
    }
    const holds = !socket.destroyed || !isEarly(idleMs);
    return {
      ...told,
      seen: `${holds ? 'open' : 'closed'} after ${words(idleMs)}, and ${kept}`,
      holds,
      afterMs: idleMs,
    };
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

interface Kept {
  readonly socket: Socket;
  /** For how long the answer says that it is kept, in milliseconds; Infinity: it does not say. */
  readonly promisedMs: number;
}

/** The connection of an answer, once that is whole; rejects where it is not kept. */
async function keptConnection(response: IncomingMessage): Promise<Kept> {
  // Afterwards the answer has none any more.
  const { socket, headers } = response;
  await wholeAnswer(response);
  // Node ends its side of one that does not outlast its answer.
  if (!socket.writable) throw new Error('the connection is not kept');
  return { socket, promisedMs: promisedMs(String(headers['keep-alive'])) };
}

/** `timeout=20, max=100` (RFC 2068, section 19.7.1.1), as Tomcat, Apache and Node send it. */
function promisedMs(keepAlive: string): number {
  const seconds = /\btimeout=(\d+)/i.exec(keepAlive)?.[1];
  return seconds === undefined ? Infinity : 1_000 * Number(seconds);
}

async function closing(socket: Socket): Promise<void> {
  if (!socket.destroyed) await once(socket, 'close').catch(() => undefined);
}

function words(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}
