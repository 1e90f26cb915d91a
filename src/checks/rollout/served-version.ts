import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import type { ClusterPlan, Replica } from '../../cluster/cluster-types';
import { questionHeaders } from '../../cluster/client-headers';

/** By which an app may tell its version in every answer. */
const VERSION_HEADER = 'x-version';
const PATIENCE_MS = 5_000;
const LONGEST_BODY = 65_536;
/** What is longer, or has white space in it, is no version. */
const VERSION = /^[\x21-\x7e]{1,100}$/;

/** What is asked for. */
type Asked = Pick<ClusterPlan, 'probePath' | 'host'>;

/**
 * The version that a replica tells, asked past NGINX: the header `X-Version` of its answer to GET, else the text at
 * `version` of a JSON body. null: it tells none, or gave no whole answer in time. Rejects only when `signal` aborts.
 */
export async function servedVersion(replica: Replica, asked: Asked, signal: AbortSignal): Promise<string | null> {
  const answer = await ask(replica, asked, signal);
  signal.throwIfAborted();
  if (answer === null) return null;
  const version = answer.header ?? versionIn(answer.body);
  return version !== null && VERSION.test(version) ? version : null;
}

interface Answer {
  readonly header: string | null;
  readonly body: string;
}

function ask({ address, port }: Replica, { probePath, host }: Asked, signal: AbortSignal): Promise<Answer | null> {
  return new Promise((resolve) => {
    const target = { host: address, port, path: probePath, headers: questionHeaders(host) };
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const question = request({ ...target, agent: false, signal: patience }, (response) => {
      const header = response.headers[VERSION_HEADER];
      bodyOf(response).then(
        (body) => resolve({ header: typeof header === 'string' ? header : null, body }),
        () => resolve(null),
      );
    });
    question.on('error', () => resolve(null));
    question.end();
  });
}

/** The beginning of the body; a version stands nowhere else. */
async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of response.setEncoding('utf8') as AsyncIterable<string>) {
    body += piece;
    if (body.length > LONGEST_BODY) break;
  }
  return body;
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
