import type { ClientRequest, RequestOptions } from 'node:http';
import { request } from 'node:http';
import type { Socket } from 'node:net';

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

/** The connection ended and Node gave no reason. */
const CLOSED = 'ECONNRESET';

/**
 * Sends one request and reports its end once. An answer counts only when its body is whole; the body is thrown away.
 *
 * @param onEnd not called before this function returned.
 * @returns to give up on it: `destroy()` closes the connection.
 * @throws TypeError for a path or a header that HTTP does not allow.
 */
export function startExchange(
  options: RequestOptions,
  body: string | null,
  onEnd: (end: ExchangeEnd) => void,
): ClientRequest {
  const exchange = request(options);
  let socket: Socket | null = null;
  let bytesBefore = 0;
  let ended = false;

  const end = (result: ExchangeEnd): void => {
    if (ended) return;
    ended = true;
    onEnd(result);
  };
  const fail = (code: string): void => {
    const answerBegun = socket !== null && socket.bytesRead > bytesBefore;
    end({ kind: 'failed', code, reusedConnection: exchange.reusedSocket, answerBegun });
  };

  exchange.once('socket', (assigned) => {
    socket = assigned;
    bytesBefore = assigned.bytesRead;
  });
  exchange.once('response', (response) => {
    response.once('end', () => end({ kind: 'answered', status: response.statusCode ?? 0 }));
    response.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? CLOSED));
    response.resume();
  });
  exchange.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? CLOSED));
  // Whatever else may happen, such as an upgrade that nobody asked for: no connection, no answer.
  exchange.once('close', () => fail(CLOSED));
  exchange.end(body ?? undefined);
  return exchange;
}
