import type { IncomingMessage } from 'node:http';
import type { Asked, Replica } from '../../cluster/cluster-types';
import { askReplica, wholeBody } from '../replica-question';

/** By which an app may tell its version in every answer. */
const VERSION_HEADER = 'x-version';
const PATIENCE_MS = 5_000;
/** What is longer, or has white space in it, is no version. */
const VERSION = /^[\x21-\x7e]{1,100}$/;

/**
 * The version that a replica tells, asked past NGINX: the header `X-Version` of its answer to GET, else the text at
 * `version` of a JSON body. null: it tells none, or gave no whole answer in time. Rejects only when `signal` aborts.
 */
export async function servedVersion(replica: Replica, asked: Asked, signal: AbortSignal): Promise<string | null> {
  const answer = await askReplica(replica, asked, { patienceMs: PATIENCE_MS, signal }, read);
  signal.throwIfAborted();
  if (answer === null) return null;
  const version = answer.header ?? versionIn(answer.body);
  return version !== null && VERSION.test(version) ? version : null;
}

async function read(response: IncomingMessage): Promise<{ readonly header: string | null; readonly body: string }> {
  const header = response.headers[VERSION_HEADER];
  return { header: typeof header === 'string' ? header : null, body: await wholeBody(response) };
}

function versionIn(body: string): string | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || !('version' in value)) return null;
    return typeof value.version === 'string' ? value.version : null;
  } catch {
    return null;
  }
}
