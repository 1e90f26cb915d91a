import type { ScheduledRequest } from './sample';
import { DELAY_HEADER } from './sample';

/** Whom a request is for, and the name of the header that carries its id. */
export interface RequestTarget {
  /** IP address. */
  readonly host: string;
  readonly port: number;
  /** Of the URL that users would ask: what the Host header says. */
  readonly authority: string;
  /** Who asks, and whatever else each request says. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly idHeader: string;
}

/** As Node's own client has it: whitespace and control characters could end the request line early. */
const NOT_IN_PATH = /[^\x21-\xff]/;
/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110, section 5.5. */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** Lines of headers that are the same in each request. Throws as {@link requestMessage} does. */
export function headerLines(headers: RequestTarget['headers']): string {
  return headers.map(([name, value]) => headerLine(name, value)).join('');
}

/**
 * A whole HTTP/1.1 request, a byte for each character (latin1).
 *
 * @param target its `headers` are lines, as {@link headerLines} makes them.
 * @param keepsOpen whether the connection stays open; else the server is asked to close it after its answer. The side that
 *   closes first has the port in TIME_WAIT for a minute, and a client that did so would run out of ports.
 * @throws TypeError with Node's `code` for a path or a header that HTTP does not allow.
 */
export function requestMessage(
  { id, method, path, delayMs }: ScheduledRequest,
  { authority, headers, idHeader }: Pick<RequestTarget, 'authority' | 'idHeader'> & { readonly headers: string },
  keepsOpen: boolean,
): string {
  if (NOT_IN_PATH.test(path)) throw invalid('ERR_UNESCAPED_CHARACTERS', 'Request path contains unescaped characters');
  const head =
    `${method} ${path} HTTP/1.1\r\n${headerLine('Host', authority)}` +
    `${headers}${headerLine(idHeader, id)}Connection: ${keepsOpen ? 'keep-alive' : 'close'}\r\n` +
    (delayMs > 0 ? `${DELAY_HEADER}: ${delayMs}\r\n` : '');
  if (method === 'GET') return `${head}\r\n`;
  const body = Buffer.from(JSON.stringify({ id })).toString('latin1');
  return `${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function headerLine(name: string, value: string): string {
  if (!TOKEN.test(name)) throw invalid('ERR_INVALID_HTTP_TOKEN', 'Header name must be a valid HTTP token');
  if (NOT_IN_VALUE.test(value)) throw invalid('ERR_INVALID_CHAR', 'Invalid character in header content');
  return `${name}: ${value}\r\n`;
}

function invalid(code: string, message: string): TypeError {
  return Object.assign(new TypeError(message), { code });
}
