import { connect } from 'node:net';
import type { Clock } from '../clock';
import { AnswerError, createAnswerReader } from './answer-reader';
import type { Deadlines } from './deadlines';

/** How one HTTP exchange on one connection ended. */
export type ExchangeEnd =
  | { readonly kind: 'answered'; readonly status: number }
  | {
      readonly kind: 'failed';
      /** As Node names it, for example ECONNRESET. */
      readonly code: string;
      /** Earlier requests had used the connection. */
      readonly reusedConnection: boolean;
      /** At least one byte of an answer had come. */
      readonly answerBegun: boolean;
    };

/** A TCP connection to a server, for one exchange at a time. */
export interface Connection {
  /** Whether something is under way on it. */
  readonly isBusy: () => boolean;
  /** Whether it can be used (again), nothing being under way on it. */
  readonly isUsable: () => boolean;
  /**
   * Sends one request and reports its end once. An answer counts only when its body is whole; the body is thrown away.
   *
   * @param message the whole request, a byte for each character.
   * @param keepsOpen whether the request leaves the connection open, if the answer does so, too.
   * @param onEnd not called before this function returned.
   */
  readonly exchange: (message: string, keepsOpen: boolean, onEnd: (end: ExchangeEnd) => void) => void;
  /** Closes it; what is under way on it fails. */
  readonly destroy: () => void;
}

/** What a connection is made with. */
export interface ConnectionMeans {
  /** IP address. */
  readonly host: string;
  readonly port: number;
  /** What comes is read into this; every connection of a thread can have the same. */
  readonly bytes: Buffer;
  readonly clock: Pick<Clock, 'now'>;
  /** Ends waits for servers that are to close, in the order in which they began. */
  readonly closings: Deadlines;
  readonly onClose: (connection: Connection) => void;
}

/** The connection ended and Node gave no reason. */
const CLOSED = 'ECONNRESET';
/** How long the server has to close a connection after its last answer, before this side does. */
const CLOSING_MS = 1_000;

/** Opens a connection. Whatever fails about it, now or later, fails the exchange that is under way. */
export function openConnection({ host, port, bytes, clock, closings, onClose }: ConnectionMeans): Connection {
  const reader = createAnswerReader();
  let onEnd: ((end: ExchangeEnd) => void) | null = null;
  let unsent: string | null = null;
  let exchanges = 0;
  let keepsOpen = true;
  let isOpen = true;
  let usableUntil = Infinity;
  let forgetClosing: (() => void) | null = null;

  const end = (result: ExchangeEnd): void => {
    const report = onEnd;
    onEnd = null;
    report?.(result);
  };
  const fail = (code: string): void => {
    isOpen = false;
    end({ kind: 'failed', code, reusedConnection: exchanges > 1, answerBegun: reader.isBegun() });
  };
  const finish = (): void => {
    const now = clock.now();
    const keepsForMs = keepsOpen ? reader.keepsForMs() : 0;
    usableUntil = now + keepsForMs;
    // The server was asked to close it, or said that it will: it should be the one that does (see `requestMessage`).
    if (keepsForMs === 0) {
      isOpen = false;
      forgetClosing = closings.add({ at: now + CLOSING_MS, onDue: () => socket.destroy() });
    }
    end({ kind: 'answered', status: reader.status() });
  };
  const onBytes = (length: number): boolean => {
    try {
      if (onEnd === null) {
        // Nobody asked for it: whatever it is, the next answer could not be told from it.
        isOpen = false;
        socket.destroy();
      } else if (reader.read(bytes, length)) finish();
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      fail(error.code);
      socket.destroy();
    }
    return true;
  };

  // Half open, for Node would answer the server's end by an end of its own before it closes: a system call more.
  const socket = connect({
    host,
    port,
    noDelay: true,
    allowHalfOpen: true,
    onread: { buffer: bytes, callback: onBytes },
  });
  socket.once('connect', () => {
    if (unsent !== null) socket.write(unsent, 'latin1');
    unsent = null;
  });
  socket.once('end', () => {
    isOpen = false;
    if (onEnd !== null && reader.close()) end({ kind: 'answered', status: reader.status() });
    else fail(CLOSED);
    socket.destroy();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? CLOSED));
  socket.once('close', () => {
    forgetClosing?.();
    fail(CLOSED);
    onClose(connection);
  });

  const connection: Connection = {
    isBusy: () => onEnd !== null,
    isUsable: () => isOpen && clock.now() < usableUntil,
    exchange: (message, stays, report) => {
      onEnd = report;
      keepsOpen = stays;
      exchanges += 1;
      reader.restart();
      if (socket.connecting) unsent = message;
      else socket.write(message, 'latin1');
    },
    destroy: () => {
      isOpen = false;
      socket.destroy();
    },
  };
  return connection;
}
