import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { sessionProbes } from '../../src/checks/rotation/sessions';
import type { Probe } from '../../src/checks/evidence';
import { systemClock } from '../../src/clock';
import { PLAIN, type Introduction } from '../../src/cluster/client-headers';
import type { Replica } from '../../src/cluster/cluster-types';

/** What an app is asked: by whom, and how. */
export interface Question {
  /** The value of a cookie that the client shows. */
  readonly cookie: (name: string) => string | undefined;
  readonly isPost: boolean;
  readonly body: string;
}

/** What it answers; null: the connection ends without an answer. */
export interface Page {
  readonly status?: number;
  readonly text?: string;
  /** Lines `Set-Cookie`. */
  readonly set?: readonly string[];
  readonly location?: string;
}

export type PageApp = (question: Question) => Page | null;

/** Apps as replicas that listen: app1, app2, and so on. */
export async function listening(apps: readonly PageApp[], servers: Server[]): Promise<readonly Replica[]> {
  return Promise.all(
    apps.map(async (app, index): Promise<Replica> => {
      const server = createServer((request, response) => {
        void text(request).then((body) => {
          const shown = new Map((request.headers.cookie ?? '').split('; ').map((pair) => splitPair(pair)));
          const page = app({ cookie: (name) => shown.get(name), isPost: request.method === 'POST', body });
          if (page === null) return response.destroy();
          const { status = 200, set = [], location } = page;
          const headers = { 'Set-Cookie': [...set], ...(location === undefined ? {} : { Location: location }) };
          return response.writeHead(status, headers).end(page.text ?? '');
        });
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      return { hostname: `app${index + 1}`, address: '127.0.0.1', port, containerId: `c${index}` };
    }),
  );
}

/** What the session check says of them. `onPause` is called in the place of a wait. */
export async function probesOf(
  replicas: readonly Replica[],
  onPause: () => void = () => undefined,
  asked: Introduction & { readonly probePath: string } = { ...PLAIN, probePath: '/' },
): Promise<readonly Probe[]> {
  const sleep = (): Promise<void> => {
    onPause();
    return Promise.resolve();
  };
  const clock = { now: () => systemClock.now(), sleep };
  return sessionProbes(replicas, { asked, clock, signal: new AbortController().signal });
}

/** Ends what {@link listening} began. */
export function closeAll(servers: Server[]): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

function splitPair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
