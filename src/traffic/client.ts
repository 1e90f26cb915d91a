import type { ClientRequest, RequestOptions } from 'node:http';
import { Agent } from 'node:http';
import type { Clock } from '../clock';
import type { ExchangeEnd } from './exchange';
import { startExchange } from './exchange';
import type { ClientOutcome, ClientRecord, ScheduledRequest } from './sample';
import { DELAY_HEADER } from './sample';

/** Where requests go, and how long their client waits. */
export interface ClientOptions {
  /** IP address. */
  readonly host: string;
  readonly port: number;
  /** Name of the header that carries a request's id. */
  readonly idHeader: string;
  /** Milliseconds from the moment a request was due until its client gives up. */
  readonly patienceMs: number;
  readonly clock: Pick<Clock, 'now'>;
}

/** Many users of one service, seen from the network. */
export interface Client {
  /** Sends a request now; its record when it has come to an end. Never rejects. */
  readonly send: (request: ScheduledRequest) => Promise<ClientRecord>;
  /** Requests that were repeated because a kept connection was closed before any answer. */
  readonly retries: () => number;
  /** Ends every request that still waits, as `abandoned`. */
  readonly abandon: () => void;
  /** Closes the kept connections. */
  readonly close: () => void;
}

/** Users whose connections stay open between requests; they take turns. */
const KEPT_LANES = 8;

/** This machine has no local port (connect(2)) or no file handle (socket(2)) left for another connection. */
const NOT_SENT = new Set(['EADDRNOTAVAIL', 'EMFILE', 'ENFILE']);
/** The other side closed the connection, seen while reading or while writing. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);

type FailedEnd = Extract<ExchangeEnd, { kind: 'failed' }>;

/**
 * An HTTP/1.1 client that never lets one request wait for another's connection, and so keeps no queue.
 * Each kept lane holds one connection open and uses it again; when that is busy, a further one is opened for the request
 * and closed after it. One common pool would be no good: while answers are quick it holds a single connection, and NGINX
 * serves a connection with the same worker to its end.
 */
export function createClient(options: ClientOptions): Client {
  const fresh = new Agent({ keepAlive: false });
  const lanes = Array.from({ length: KEPT_LANES }, () => new Agent({ keepAlive: true, maxFreeSockets: 1 }));
  const waiting = new Set<(kind: 'abandoned') => void>();
  let lanesUsed = 0;
  let retries = 0;

  const nextLane = (): Agent => lanes[lanesUsed++ % lanes.length] ?? fresh;

  const send = (scheduled: ScheduledRequest): Promise<ClientRecord> =>
    new Promise((resolve) => {
      const sentAt = options.clock.now();
      let exchange: ClientRequest | null = null;

      const settle = (outcome: ClientOutcome): void => {
        // Destroying the exchange of a settled request ends that one, too; it tells nothing new.
        if (!waiting.delete(giveUp)) return;
        clearTimeout(patience);
        resolve({ ...scheduled, sentAt, doneAt: options.clock.now(), outcome });
      };
      const giveUp = (kind: 'timeout' | 'abandoned'): void => {
        settle({ kind });
        exchange?.destroy();
      };
      const attempt = (agent: Agent): void => {
        exchange = startExchange(requestOptions(scheduled, agent, options), bodyOf(scheduled), (end) => {
          if (end.kind === 'answered') settle(end);
          else if (waiting.has(giveUp) && isRepeatable(scheduled, end)) {
            retries += 1;
            attempt(fresh);
          } else settle(outcomeOf(end));
        });
      };

      waiting.add(giveUp);
      // One more: a timer counts whole milliseconds from the start of its event-loop turn, and may fire that much early.
      const left = Math.max(0, Math.ceil(scheduled.scheduledAt + options.patienceMs - sentAt)) + 1;
      const patience = setTimeout(() => giveUp('timeout'), left);
      try {
        attempt(scheduled.connection === 'kept' ? nextLane() : fresh);
      } catch (error) {
        settle({ kind: 'not-sent', code: (error as NodeJS.ErrnoException).code ?? 'UNKNOWN' });
      }
    });

  return {
    send,
    retries: () => retries,
    abandon: () => [...waiting].forEach((giveUp) => giveUp('abandoned')),
    close: () => [fresh, ...lanes].forEach((agent) => agent.destroy()),
  };
}

/**
 * A client may repeat, by itself, a request that is idempotent, when the connection that it was on closes; and should not
 * repeat it again (RFC 9112, section 9.3.1). Browsers and HTTP libraries do so on connections that they kept; the second
 * try is on a fresh one, so there is no third.
 */
function isRepeatable({ method }: ScheduledRequest, end: FailedEnd): boolean {
  return method === 'GET' && end.reusedConnection && !end.answerBegun && CLOSED.has(end.code);
}

function outcomeOf({ code, reusedConnection }: FailedEnd): ClientOutcome {
  return NOT_SENT.has(code) ? { kind: 'not-sent', code } : { kind: 'transport', code, reusedConnection };
}

function bodyOf({ id, method }: ScheduledRequest): string | null {
  return method === 'POST' ? JSON.stringify({ id }) : null;
}

function requestOptions(
  { id, method, path, delayMs }: ScheduledRequest,
  agent: Agent,
  { host, port, idHeader }: ClientOptions,
): RequestOptions {
  const content = method === 'POST' ? { 'Content-Type': 'application/json' } : {};
  const delay = delayMs > 0 ? { [DELAY_HEADER]: String(delayMs) } : {};
  return { host, port, method, path, agent, headers: { Accept: '*/*', [idHeader]: id, ...delay, ...content } };
}
