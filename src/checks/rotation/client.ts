import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../clock';
import type { Asked, Replica } from '../../cluster/cluster-types';
import { askReplica, wholeBody } from '../replica-question';
import { changesOf, cookieHeader, type Changes, type Jar } from './cookies';

const PATIENCE_MS = 5_000;
/** Who takes POSTs takes them soon; one that is never answered must not hold up all the rest. */
const POST_PATIENCE_MS = 2_000;
/** Replicas that tell each other of their sessions have done so by then, in milliseconds. */
export const SETTLE_MS = 300;
/** What the ids of these POSTs begin with. */
export const POST_ID = 'session-question';

/** What is asked for, on whose clock, and for how long at the most. */
export interface Asking {
  readonly asked: Asked;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly signal: AbortSignal;
}

/** What a client gets from a replica. */
export interface Answer {
  readonly status: number;
  /** `Location`, where it has one. */
  readonly location: string | null;
  readonly body: string;
  readonly changes: Changes;
}

/**
 * One question of a client with these cookies, past NGINX.
 *
 * @param post JSON that is sent by POST; absent: it is a GET.
 * @returns null: no whole answer in time. Never rejects.
 */
export async function ask(
  replica: Replica,
  jar: Jar,
  { asked, clock, signal }: Asking,
  post?: string,
): Promise<Answer | null> {
  const patienceMs = post === undefined ? PATIENCE_MS : POST_PATIENCE_MS;
  const terms = { patienceMs, signal, headers: cookieHeader(jar), ...(post === undefined ? {} : { post }) };
  return askReplica(replica, asked, terms, async (response: IncomingMessage) => {
    const body = await wholeBody(response);
    const { statusCode = 500, headers } = response;
    const changes = changesOf(headers['set-cookie'] ?? [], asked.probePath, clock.now());
    return { status: statusCode, location: headers.location ?? null, body, changes };
  });
}
