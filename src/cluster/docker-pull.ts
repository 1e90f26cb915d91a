import type { ByteSink } from './line-splitter';
import { createLineSplitter } from './line-splitter';
import { EngineError } from './engine';

/** One message of the engine's progress stream (Engine API reference, "ImageCreate"). */
interface PullMessage {
  readonly status?: string;
  readonly id?: string;
  readonly error?: string;
}

/** Steps worth a line; the others repeat several times a second. */
const TOLD = /^(Pulling from|Pull complete|Already exists|Digest:|Status:)/;

/** Registries' own words and what they mean for whoever asked; the rest is shown as it is. */
const REFUSALS: readonly (readonly [words: RegExp, kind: 'not-found' | 'other', meaning: string])[] = [
  [
    /toomanyrequests|rate limit|429 Too Many/i,
    'other',
    'the registry limits how often it may be asked (log in with docker/login-action before this step, or use a mirror)',
  ],
  [
    /access denied|unauthorized|denied:|authentication required|no basic auth/i,
    'not-found',
    'the image does not exist, or its registry does not let this login see it (docker/login-action before this step)',
  ],
  [/manifest .*(unknown|not found)|not found/i, 'not-found', 'the registry has no such image or tag'],
  [/no matching manifest/i, 'not-found', 'the image is not made for this machine’s processor'],
  [
    /no such host|i\/o timeout|TLS handshake|connection (refused|reset)|unreachable|Client\.Timeout|unexpected EOF/i,
    'other',
    'the registry cannot be reached from this machine',
  ],
];

/** Reads a pull's progress; throws the registry's refusal as {@link EngineError} where it comes up. */
export function createPullReader(reference: string, onProgress: (line: string) => void): ByteSink {
  return createLineSplitter((line) => {
    const { status, id, error } = parseMessage(line);
    if (error !== undefined) throw pullError(reference, error);
    if (status !== undefined && TOLD.test(status)) onProgress(id === undefined ? status : `${id}: ${status}`);
  });
}

/**
 * What a failed pull means. `not-found`: trying again is in vain; `other`: it may help later.
 *
 * @param words the engine's, or the registry's own.
 */
export function pullError(reference: string, words: string): EngineError {
  const [, kind, meaning] = REFUSALS.find(([refusal]) => refusal.test(words)) ?? [];
  const why = meaning === undefined ? words : `${meaning}: ${words}`;
  return new EngineError(kind ?? 'other', `Cannot pull image ${reference}: ${why}`);
}

function parseMessage(line: string): PullMessage {
  try {
    return JSON.parse(line) as PullMessage;
  } catch {
    return {};
  }
}
