import type { Clock } from '../clock';
import type { Connection, ExchangeEnd } from './connection';
import { openConnection } from './connection';
import { createDeadlines } from './deadlines';
import type { RequestTarget } from './request-message';
import { headerLines, requestMessage } from './request-message';
import type { ClientOutcome, ClientRecord, ScheduledRequest } from './sample';

/** Where requests go, and how long their client waits. */
export interface ClientOptions extends RequestTarget {
  /** Milliseconds from the moment a request was due until its client gives up. */
  readonly patienceMs: number;
  readonly clock: Pick<Clock, 'now'>;
}

/** Many users of one service, seen from the network. */
export interface Client {
  /** Sends a request now and hands over its record once, when it has come to an end. Never throws. */
  readonly send: (request: ScheduledRequest, onRecord: (record: ClientRecord) => void) => void;
  /** Requests that were repeated because a kept connection was closed before any answer. */
  readonly retries: () => number;
  /** Ends every request that still waits, as `abandoned`. */
  readonly abandon: () => void;
  /** Closes the kept connections. */
  readonly close: () => void;
}

/** Users whose connections stay open between requests; they take turns. */
const KEPT_LANES = 8;
/** What a read may bring at once. */
const READ_BYTES = 64 * 1024;

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
  const { host, port, clock, patienceMs } = options;
  const open = new Set<Connection>();
  const waiting = new Set<(kind: 'abandoned') => void>();
  const patiences = createDeadlines(clock);
  const lanes = Array.from({ length: KEPT_LANES }, (): Connection | null => null);
  const means = {
    ...{ host, port, clock, bytes: Buffer.allocUnsafeSlow(READ_BYTES), closings: createDeadlines(clock) },
    onClose: (connection: Connection) => void open.delete(connection),
  };
  let lanesUsed = 0;
  let retries = 0;

  const connected = (): Connection => {
    const connection = openConnection(means);
    open.add(connection);
    return connection;
  };
  const target = { ...options, headers: headerLines(options.headers) };
  /** The next lane in turn; null when a request is under way on its connection. */
  const nextLane = (): number | null => {
    const lane = lanesUsed++ % lanes.length;
    return lanes[lane]?.isBusy() === true ? null : lane;
  };
  const connectionOf = (lane: number): Connection => {
    const held = lanes[lane];
    if (held?.isUsable() === true) return held;
    held?.destroy();
    return (lanes[lane] = connected());
  };

  const send = (scheduled: ScheduledRequest, onRecord: (record: ClientRecord) => void): void => {
    const sentAt = clock.now();
    let connection: Connection | null = null;

    const settle = (outcome: ClientOutcome): void => {
      // Closing the connection of a settled request ends that one, too; it tells nothing new.
      if (!waiting.delete(giveUp)) return;
      forgetPatience();
      const { id, method, connection: use, path, delayMs, scheduledAt } = scheduled;
      // Named one by one: to spread an object costs more.
      onRecord({ id, method, connection: use, path, delayMs, scheduledAt, sentAt, doneAt: clock.now(), outcome });
    };
    const giveUp = (kind: 'timeout' | 'abandoned'): void => {
      settle({ kind });
      connection?.destroy();
    };
    const attempt = (kept: boolean): void => {
      const lane = kept ? nextLane() : null;
      const message = requestMessage(scheduled, target, lane !== null);
      connection = lane === null ? connected() : connectionOf(lane);
      connection.exchange(message, lane !== null, onEnd);
    };
    const onEnd = (end: ExchangeEnd): void => {
      if (end.kind === 'answered') settle(end);
      else if (waiting.has(giveUp) && isRepeatable(scheduled, end)) {
        retries += 1;
        attempt(false);
      } else settle(outcomeOf(end));
    };

    waiting.add(giveUp);
    const forgetPatience = patiences.add({ at: scheduled.scheduledAt + patienceMs, onDue: () => giveUp('timeout') });
    try {
      attempt(scheduled.connection === 'kept');
    } catch (error) {
      settle({ kind: 'not-sent', code: (error as NodeJS.ErrnoException).code ?? 'UNKNOWN' });
    }
  };

  return {
    send,
    retries: () => retries,
    abandon: () => [...waiting].forEach((giveUp) => giveUp('abandoned')),
    close: () => open.forEach((connection) => connection.destroy()),
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
