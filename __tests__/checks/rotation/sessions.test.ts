import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { sessionProbes } from '../../../src/checks/rotation/sessions';
import { systemClock } from '../../../src/clock';
import type { Replica } from '../../../src/cluster/cluster-types';
import { PLAIN } from '../../../src/cluster/client-headers';

/** `Set-Cookie` lines of an answer; null: the connection ends without one; a number: a status. */
type App = (cookies: string, request: IncomingMessage) => readonly string[] | number | null;

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Each app is a replica of its own: app1, app2, and so on. */
async function asked(
  apps: readonly App[],
  path = '/',
  host: string | null = null,
): Promise<readonly (readonly [string, boolean | null, string])[]> {
  const replicas = await Promise.all(
    apps.map(async (app, index): Promise<Replica> => {
      const server = createServer((request, response) => {
        const answer = app(request.headers.cookie ?? '', request);
        if (answer === null) response.destroy();
        else if (typeof answer === 'number') response.writeHead(answer).end();
        else response.writeHead(200, { 'Set-Cookie': [...answer] }).end('hello');
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      return { hostname: `app${index + 1}`, address: '127.0.0.1', port, containerId: `c${index}` };
    }),
  );
  const probes = await sessionProbes(replicas, {
    asked: { ...PLAIN, probePath: path, host },
    clock: { now: () => systemClock.now(), sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
  });
  return probes.map(({ subject, holds, seen }) => [subject, holds, seen]);
}

const three = (make: (index: number) => App): readonly App[] => [1, 2, 3].map(make);

/** Keeps sessions in a store, and begins one for whoever shows none that is in it. */
function stored(store: Set<string>, index: number, attributes = ''): App {
  return (cookies) => {
    const known = /session=([^;]+)/.exec(cookies)?.[1];
    if (known !== undefined && store.has(known)) return [];
    const name = `${index}-${store.size}`;
    store.add(name);
    return [`session=${name}${attributes}`];
  };
}

/** Keeps sessions in a store, and appends to their ids which replica has them, as Tomcat does (`jvmRoute`). */
function routed(store: Set<string>, index: number): App {
  return (cookies) => {
    const [, known, route] = /JSESSIONID=(\w+)\.(\w+)/.exec(cookies) ?? [];
    if (known !== undefined && store.has(known))
      return route === `app${index}` ? [] : [`JSESSIONID=${known}.app${index}`];
    const id = `5AF1E2D3C4B5A69788${index}${store.size}`;
    store.add(id);
    return [`JSESSIONID=${id}.app${index}; Path=/; HttpOnly`];
  };
}

describe('a cookie that one replica sets', () => {
  test.each([
    '',
    '; Path=/; HttpOnly',
    '; Path=/shop',
    '; Secure; Max-Age=3600',
    '; Expires=Fri, 01 Jan 2100 00:00:00 GMT',
  ])('and no other knows is lost there (attributes: %s)', async (attributes) => {
    const apps = three((index) => stored(new Set(), index, attributes));
    await expect(asked(apps, '/shop?page=1')).resolves.toEqual([
      ['app1', false, 'app2 and app3 replace it each time, app1 never does'],
    ]);
  });

  test('is lost where one other alone does not know it', async () => {
    const shared = new Set<string>();
    const apps = [stored(shared, 1), stored(shared, 2), stored(new Set(), 3)];
    await expect(asked(apps)).resolves.toEqual([['app1', false, 'app3 replaces it each time, app1 never does']]);
  });

  test('is lost where each replica appends its name, and knows its own sessions alone', async () => {
    const [first] = await asked(three((index) => routed(new Set(), index)));
    expect(first?.[1]).toBe(false);
  });

  test('is lost where the others begin another that is alike in what is alike in all', async () => {
    const PAYLOAD = 'eyJfcGVybWFuZW50Ijp0cnVlfQ';
    let count = 0;
    const apps = three(
      (index) => (cookies) => (cookies.includes(`.${index}x`) ? [] : [`session=${PAYLOAD}.${index}x${(count += 1)}`]),
    );
    const [first] = await asked(apps);
    expect(first?.[1]).toBe(false);
  });

  test('is lost where the others take it away', async () => {
    const strict =
      (index: number): App =>
      (cookies) =>
        cookies === '' ? [`session=${index}`] : cookies.includes(`session=${index}`) ? [] : ['session=; Max-Age=0'];
    const [first] = await asked(three(strict));
    expect(first?.[1]).toBe(false);
  });

  test.each<[what: string, apps: readonly App[]]>([
    ['is kept in one store', ((store) => three((index) => stored(store, index)))(new Set<string>())],
    ['is taken by whoever gets one', three((index) => (cookies) => (cookies === '' ? [`visitor=${index}`] : []))],
    [
      'is set with the same value',
      three((index) => (cookies) => [`id=${/id=(\d)/.exec(cookies)?.[1] ?? index}; Path=/`]),
    ],
    ['is renamed after whoever answers', ((store) => three((index) => routed(store, index)))(new Set<string>())],
    ['says who answered', three((index) => () => [`served_by=app${index}`])],
    ['is set now and then', ((asks) => three(() => () => ((asks += 1) % 5 === 1 ? [`lot=${asks}`] : [])))(0)],
  ])('and that %s is taken', async (_what, apps) => {
    const holds = (await asked(apps)).map(([, one]) => one);
    expect(holds).not.toHaveLength(0);
    expect(holds).not.toContain(false);
  });

  test('tells nothing where it sets another each time itself', async () => {
    let count = 0;
    const [only] = await asked(three(() => () => [`stamp=${(count += 1)}`]));
    expect(only?.slice(0, 2)).toEqual(['app1', null]);
    expect(only?.[2]).toContain('tells nothing');
  });

  test('tells nothing where it gives no answer later', async () => {
    const [only] = await asked(three((index) => (cookies) => (cookies === '' ? [`session=${index}`] : null)));
    expect(only).toEqual(['app1', null, 'it gave no whole answer']);
  });

  test('is not lost where others answer with an error', async () => {
    const apps = three((index) => (index === 1 ? stored(new Set(), 1) : () => 503));
    await expect(asked(apps)).resolves.toEqual([['app1', true, 'none of 2 puts another in its place']]);
  });

  test('is one question beside that of another', async () => {
    const apps = three((index) => {
      const session = stored(new Set(), index);
      return (cookies, request) => [
        ...(session(cookies, request) as string[]),
        ...(cookies.includes('theme=') ? [] : ['theme=dark']),
      ];
    });
    expect((await asked(apps)).map(([, holds]) => holds).toSorted()).toEqual([false, true]);
  });
});

test.each([
  [null, '127.0.0.1'],
  ['shop.example.com', 'shop.example.com'],
])('each question says who asks, and for what host (input host: %s)', async (host, expected) => {
  const seen: unknown[] = [];
  const app: App = (_cookies, { headers, method, url }) => {
    seen.push([method, url, headers.host, headers['user-agent']]);
    return [];
  };
  await asked([app], '/shop?page=1', host);
  expect(seen).toEqual([['GET', '/shop?page=1', expected, 'lb-cluster-action']]);
});

describe('nothing is asked', () => {
  test.each<[what: string, app: App]>([
    ['of an app that sets none', () => []],
    ['of one that sets it for other paths', () => ['admin=1; Path=/admin']],
    ['of one that only takes it away', () => ['session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT']],
    ['of one that answers with errors', () => 500],
    ['of one that does not answer', () => null],
  ])('%s', async (_what, app) => {
    await expect(asked(three(() => app))).resolves.toEqual([]);
  });

  test('any more once it is cancelled, in the middle of an answer', async () => {
    const cancelled = new AbortController();
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Set-Cookie': 'session=1' }).write('an answer without an end');
      setTimeout(() => cancelled.abort(new Error('cancelled')), 50);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const replica = { hostname: 'app1', address: '127.0.0.1', port, containerId: 'c' };
    const asking = { asked: { probePath: '/', ...PLAIN }, clock: systemClock, signal: cancelled.signal };
    await expect(sessionProbes([replica], asking)).rejects.toThrow('cancelled');
  });

  test('once it is cancelled', async () => {
    const replica = { hostname: 'app1', address: '127.0.0.1', port: 9, containerId: 'c' };
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(
      sessionProbes([replica], { asked: { probePath: '/', ...PLAIN }, clock: systemClock, signal }),
    ).rejects.toThrow('cancelled');
  });
});
