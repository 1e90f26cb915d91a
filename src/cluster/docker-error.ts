import { Unanswered } from './docker-patience';
import type { EngineErrorKind } from './engine';
import { EngineError } from './engine';

/** A failed request, in what the engine (or the connection to it) said. */
export interface EngineFailure {
  /** HTTP status; null: there was no answer. */
  readonly status: number | null;
  /** Of the operating system, for example ECONNREFUSED; null: none. */
  readonly code: string | null;
  readonly words: string;
}

/** Codes with which a connection, as opposed to a request, fails: nobody listens, */
const NOTHING_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENOTSOCK', 'ECONNREFUSED', 'ENOTFOUND']);
/** it is refused or breaks. */
const CONNECTION_CODES: ReadonlySet<string> = new Set([
  ...NOTHING_THERE,
  ...['EACCES', 'EPERM', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE'],
]);

/**
 * The engine's words that tell more than the status. They are the same in moby since 20.10, except where two forms are
 * given; the status of one and the same error is not (an address pool that overlaps: 403, later 400).
 */
const SAYINGS: readonly (readonly [words: RegExp, kind: EngineErrorKind])[] = [
  // moby, libnetwork/portallocator ("port is already allocated"); the proxy's and, since 28, the engine's own bind(2).
  [/port is already allocated/i, 'port-taken'],
  [/(bind|listen|host port).*address already in use/i, 'port-taken'],
  // moby, libnetwork/ipamapi ("Pool overlaps…") and libnetwork/drivers/bridge ("networks have overlapping IPv4").
  [/pool overlaps|overlapping IPv4/i, 'address-overlap'],
  [/no space left on device/i, 'no-space'],
];

const STATUSES: Readonly<Record<number, EngineErrorKind>> = { 403: 'conflict', 404: 'not-found', 409: 'conflict' };

/** Reads what dockerode rejects with: an Error with `statusCode` and the answer as `json`, or one from node:http. */
export function readFailure(error: unknown): EngineFailure {
  const { statusCode, code, json, message } = error as Readonly<Record<string, unknown>>;
  const answer = typeof json === 'object' && json !== null ? (json as { readonly message?: unknown }).message : null;
  return {
    status: typeof statusCode === 'number' ? statusCode : null,
    code: typeof code === 'string' ? code : null,
    words: oneLine(typeof answer === 'string' ? answer : typeof message === 'string' ? message : String(error)),
  };
}

/**
 * The error that a verb throws.
 *
 * @param action what failed, to follow "Cannot": `start container app1`.
 * @param where the engine's address, for messages.
 */
export function engineError(action: string, where: string, error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (error instanceof Unanswered) {
    return new EngineError('unanswered', `Cannot ${action}: ${unanswered(error, where)}`, { cause: error });
  }
  if (isAbort(error)) return new EngineError('aborted', `Cannot ${action}: cancelled`, { cause: error });
  const failure = readFailure(error);
  if (failure.status === null && isConnectionLost(failure)) {
    return new EngineError('unreachable', `Cannot ${action}: ${unreachable(failure, where)}`, { cause: error });
  }
  return new EngineError(kindOf(failure), `Cannot ${action}: ${failure.words}`, { cause: error });
}

function kindOf({ status, words }: EngineFailure): EngineErrorKind {
  const [, kind] = SAYINGS.find(([saying]) => saying.test(words)) ?? [];
  return kind ?? STATUSES[status ?? 0] ?? 'other';
}

function isConnectionLost({ code, words }: EngineFailure): boolean {
  return (code !== null && CONNECTION_CODES.has(code)) || words === 'socket hang up';
}

function isAbort(error: unknown): boolean {
  return (error as { readonly name?: unknown }).name === 'AbortError';
}

/** Which call it was, how long it was waited for, and what to do about it. */
function unanswered({ request, afterMs }: Unanswered, where: string): string {
  return (
    `the Docker Engine at ${where} did not answer ${request} within ${afterMs / 1000} s. It hangs, or this runner is overloaded: ` +
    'see what dockerd logs (journalctl -u docker) and what else runs here, then restart Docker, or run the job on another runner.'
  );
}

/** What is wrong with the connection, and what to do about it. */
function unreachable({ code, words }: EngineFailure, where: string): string {
  const reason = code ?? words;
  if (code === 'EACCES' || code === 'EPERM') {
    return `this user may not open the Docker Engine's socket ${where} (${reason}). Add the user to the group docker.`;
  }
  if (code !== null && NOTHING_THERE.has(code)) {
    return `no Docker Engine answers at ${where} (${reason}). Start Docker, or set DOCKER_HOST to where it listens.`;
  }
  return `the connection to the Docker Engine at ${where} broke (${reason}). See whether Docker still runs.`;
}

/** Characters of either end of the engine's words that are kept: they repeat what an image says, and a command may be a whole script. */
const LONGEST_END = 1_000;

/** dockerode's own "(HTTP code 500) server error - " says nothing to a user; nor do line breaks. */
function oneLine(words: string): string {
  const line = words
    .replace(/^\(HTTP code \d+\) .*? - /, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > 2 * LONGEST_END ? `${line.slice(0, LONGEST_END)} … ${line.slice(-LONGEST_END)}` : line;
}
