import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { questionHeaders } from '../cluster/client-headers';
import type { Asked, Replica } from '../cluster/cluster-types';

/** How it is asked. */
export interface Terms {
  /** Beside those that every question carries. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for the whole answer. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/**
 * One GET to a replica itself, past NGINX, so that it is known who answers. Never rejects.
 *
 * @param read takes what is wanted from the answer.
 * @returns null: no answer in time, or what `read` rejects.
 */
export async function askReplica<T>(
  { address, port }: Replica,
  asked: Asked,
  { headers = {}, patienceMs, signal }: Terms,
  read: (response: IncomingMessage) => Promise<T>,
): Promise<T | null> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const target = { host: address, port, path: asked.probePath, headers: { ...questionHeaders(asked), ...headers } };
  try {
    const question = request({ ...target, agent: false, signal: patience }).end();
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
