import { connect } from 'node:net';
import { questionHeaders } from '../../cluster/client-headers';
import type { Asked, Replica } from '../../cluster/cluster-types';
import { counted } from '../../settings/wording';
import { LENGTH_PROBE, type Probe } from '../evidence';

const PATIENCE_MS = 5_000;
/** Who has sent what was announced and does not close its connection, sends no more after so many milliseconds. */
const QUIET_MS = 250;
/** Characters that a head may have, and of what comes after a long answer enough is enough. */
const LONGEST_HEAD = 65_536;
const LONGEST_BYTES = 2 ** 24;

const END_OF_HEAD = '\r\n\r\n';
/** An answer before the answer (RFC 9110, section 15.2). */
const INFORMATIONAL = /^HTTP\/1\.\d 1\d\d/;
/** They have no body, whatever they say of one (RFC 9112, section 6.3). */
const WITHOUT_BODY = /^HTTP\/1\.\d (?:204|304)/;
const ANSWER = /^HTTP\/1\.\d \d{3}/;

/** What has come of an answer so far. */
export interface Heard {
  /** Bytes that were announced; null: the answer is of another kind, or its head is not there yet. */
  readonly announced: number | null;
  /** Bytes of the body, and whatever came after it. */
  readonly bytes: number;
}

/**
 * Whether a replica's answer ends where its Content-Length says: NGINX, as every client, reads no further, and nobody ever sees the rest. It is asked past
 * NGINX, on a connection of its own, and every byte is counted, which an HTTP client would not do.
 *
 * @returns null: the answer announces no length, or none came. Rejects only when `signal` aborts.
 */
export async function lengthProbe(replica: Replica, asked: Asked, signal: AbortSignal): Promise<Probe | null> {
  const { announced, bytes } = heardIn(await whatComes(replica, asked, signal));
  signal.throwIfAborted();
  // One that is too short is an answer cut off, which requests show.
  if (announced === null || bytes < announced) return null;
  const claim = 'its answer ends where it says that it does';
  const seen =
    bytes === announced
      ? `${counted(bytes, 'byte')}, as announced`
      : `${counted(bytes, 'byte')}, and Content-Length says ${announced}`;
  return { id: LENGTH_PROBE, subject: replica.hostname, claim, seen, holds: bytes === announced };
}

/** Reads what there is of an answer, a byte for each character. */
export function heardIn(text: string): Heard {
  const end = text.indexOf(END_OF_HEAD);
  if (end < 0) return { announced: null, bytes: 0 };
  const rest = text.slice(end + END_OF_HEAD.length);
  if (INFORMATIONAL.test(text)) return heardIn(rest);
  const head = text.slice(0, end);
  const lengths = [...head.matchAll(/^content-length:[ \t]*(\d+)[ \t]*$/gim)];
  const isOther = !ANSWER.test(head) || WITHOUT_BODY.test(head) || /^transfer-encoding:/im.test(head);
  const announced = isOther || lengths.length !== 1 ? null : Number(lengths[0]?.[1]);
  return { announced, bytes: rest.length };
}

function whatComes({ address, port }: Replica, asked: Asked, signal: AbortSignal): Promise<string> {
  const headers = Object.entries({ ...questionHeaders(asked), connection: 'close' });
  const question = `GET ${asked.probePath} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  let quiet: NodeJS.Timeout | undefined;
  const socket = connect({ host: address, port });
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const over = (): void => void socket.destroy();
  patience.addEventListener('abort', over, { once: true });
  socket
    .setEncoding('latin1')
    .on('connect', () => socket.write(question, 'latin1'))
    .on('data', (piece) => {
      text += piece.toString();
      const { announced, bytes } = heardIn(text);
      if (text.length > LONGEST_BYTES || (announced === null && text.length > LONGEST_HEAD)) over();
      clearTimeout(quiet);
      if (announced !== null && bytes >= announced) quiet = setTimeout(over, QUIET_MS);
    })
    // What has come by then is what there is.
    .on('error', () => undefined)
    .on('close', () => {
      clearTimeout(quiet);
      patience.removeEventListener('abort', over);
      resolve(text);
    });
  if (patience.aborted) over();
  return promise;
}
