import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../clock';
import { questionHeaders } from '../../cluster/client-headers';
import type { Asked, Replica } from '../../cluster/cluster-types';
import { IDLE_PROBE, type Probe } from '../evidence';
import { wholeAnswer } from '../replica-question';

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
export async function idleProbe(replica: Replica, watch: IdleWatch): Promise<Probe | null> {
  const { keptMs, clock, signal } = watch;
  const agent = new KeepingAgent();
  const over = new AbortController();
  try {
    const socket = await idleConnection(replica, watch, agent);
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

/** A connection on which a request has been answered; null: it is not kept, or there was no answer. */
async function idleConnection(
  { address, port }: Replica,
  { asked, signal }: IdleWatch,
  agent: Agent,
): Promise<Socket | null> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const question = request({
    ...{ host: address, port, path: asked.probePath, agent, headers: questionHeaders(asked) },
  }).end();
  const destroy = (): void => void question.destroy();
  patience.addEventListener('abort', destroy);
  question.on('error', () => undefined);
  try {
    const [response] = (await once(question, 'response')) as [IncomingMessage];
    const { socket } = response;
    await wholeAnswer(response);
    return question.shouldKeepAlive ? socket : null;
  } catch {
    return null;
  } finally {
    patience.removeEventListener('abort', destroy);
  }
}

async function closing(socket: Socket): Promise<void> {
  if (!socket.destroyed) await once(socket, 'close').catch(() => undefined);
}

function words(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}
