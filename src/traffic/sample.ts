/**
 * What one request came to, from both sides. All instants are epoch milliseconds with a fraction; all spans are
 * milliseconds.
 */

export type Method = 'GET' | 'POST';

/**
 * Asks the app to answer this many milliseconds late, as one does whose work takes time. An app that does not know it
 * answers at once, and is none the worse.
 */
export const DELAY_HEADER = 'X-LB-Cluster-Delay';

/** `fresh`: a connection of its own; `kept`: one that earlier requests used or later ones may use. */
export type ConnectionUse = 'fresh' | 'kept';

/** One request that the schedule asks for. */
export interface ScheduledRequest {
  /** Unique in the run; NGINX logs it, so that both sides can be joined. */
  readonly id: string;
  readonly method: Method;
  readonly connection: ConnectionUse;
  readonly path: string;
  /** How late the app is asked to answer ({@link DELAY_HEADER}); 0: at once. */
  readonly delayMs: number;
  /** When it is due. */
  readonly scheduledAt: number;
}

/** How a request ended for the client. */
export type ClientOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  /** No whole answer within the client's own patience. */
  | { readonly kind: 'timeout' }
  /** The connection failed, or ended before the answer was whole; `code` as Node names it, for example ECONNRESET. */
  | { readonly kind: 'transport'; readonly code: string; readonly reusedConnection: boolean }
  /** This machine could not even try (EADDRNOTAVAIL, EMFILE): says nothing about the cluster. */
  | { readonly kind: 'not-sent'; readonly code: string }
  /** Still unanswered when the scenario ended; the client had waited `doneAt - scheduledAt` by then. */
  | { readonly kind: 'abandoned' };

/** The client's side of a request. */
export interface ClientRecord extends ScheduledRequest {
  /** When the generator handed it to the socket layer; `sentAt - scheduledAt` is the generator's own lateness. */
  readonly sentAt: number;
  readonly doneAt: number;
  readonly outcome: ClientOutcome;
}

/** One try of NGINX to get the answer from one upstream server. */
export interface Attempt {
  /** `ip:port` as NGINX logs it, or the upstream group's name when no server was eligible. */
  readonly address: string;
  /** HTTP status; NGINX writes 502 for a refused or broken connection and 504 for a time-out; null: none logged. */
  readonly status: number | null;
  /** null: the connection was never established. 0 on a cached connection. */
  readonly connectMs: number | null;
  /** Time to the response header; null: none came. */
  readonly headerMs: number | null;
  /** Bytes of the request that went out on this attempt; 0: the server never saw it. */
  readonly bytesSent: number;
  /** Time spent on this attempt in all; null: not logged. */
  readonly responseMs: number | null;
  /**
   * Another question, not the same one again: the attempt before was answered, and NGINX asked for something else in the place of that answer
   * (`X-Accel-Redirect`, an `error_page`). Absent: it is not.
   */
  readonly anew?: true;
  /** NGINX came to it by an internal redirect. Absent: it did not. */
  readonly redirected?: true;
}

/** NGINX's side of a request, from its access log. */
export interface ProxyRecord {
  readonly id: string;
  /** When NGINX finished with it. */
  readonly loggedAt: number;
  readonly workerPid: number;
  readonly method: string;
  /** Status sent to the client; 0 or 499 where the client or NGINX went away first. */
  readonly status: number;
  readonly requestMs: number;
  /** Bytes of the answer's body that went to the client. */
  readonly bodyBytes: number;
  /** In order; empty: NGINX answered by itself. */
  readonly attempts: readonly Attempt[];
  /**
   * Bytes of the body that the last attempt brought, where nothing but the end of the connection told that it was whole; absent: its length
   * or its last chunk told.
   */
  readonly openEndedBytes?: number;
}

/** Both sides joined; `proxy` null: NGINX logged no line for it (yet). */
export interface Sample extends ClientRecord {
  readonly proxy: ProxyRecord | null;
  /** The body was cut off, and neither NGINX nor the client could tell: whole ones have so many bytes at the least. Absent: it was not. */
  readonly wholeBytes?: number;
}
