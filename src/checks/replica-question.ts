import { once } from 'node:events';
import type { Agent, IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { questionHeaders } from '../cluster/client-headers';
import type { Asked, Replica } from '../cluster/cluster-types';

/** How it is asked. */
export interface Terms {
  /** Beside those that every question carries. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON that is sent by POST; absent: it is a GET. */
  readonly post?: string;
  /** Whose connections are used; absent: one that closes after the answer. */
  readonly agent?: Agent;
  /** Milliseconds for the whole answer. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/**
 * One question to a replica itself, past NGINX, so that it is known who answers. Never rejects.
 *
 * @param read takes what is wanted from the answer.
 * @returns null: no answer in time, or what `read` rejects.
 */
export async function askReplica<T>(
  { address, port }: Replica,
  asked: Asked,
  { headers = {}, post, agent, patienceMs, signal }: Terms,
  read: (response: IncomingMessage) => Promise<T>,
): Promise<T | null> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const about =
    post === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(post) };
  const target = {
    ...{ host: address, port, path: asked.probePath, method: post === undefined ? 'GET' : 'POST' },
    headers: { ...questionHeaders(asked), ...about, ...headers },
  };
  try {
    const question = request({ ...target, agent: agent ?? false, signal: patience }).end(post);
    // Whoever waits hears of it; this one is for when nobody does any more.
    question.on('error', () => undefined);
    const [response] = (await once(question, 'response')) as [IncomingMessage];
    return await read(response);
  } catch {
    return null;
  }
}

/** Reads an answer to its end, and keeps nothing of its body; rejects where it is cut off. */
export async function wholeAnswer(response: IncomingMessage): Promise<IncomingMessage> {
  await once(response.resume(), 'end');
  if (!response.complete) throw new Error('the answer was cut off');
  return response;
}

/** What is longer is no page for people, and its end says no more than its beginning. */
const LONGEST_BODY = 65_536;

/** The same, and gives the beginning of its body. */
export async function wholeBody(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of response.setEncoding('utf8') as AsyncIterable<string>) {
    if (body.length < LONGEST_BODY) body += piece;
  }
  if (!response.complete) throw new Error('the answer was cut off');
  return body.slice(0, LONGEST_BODY);
}
