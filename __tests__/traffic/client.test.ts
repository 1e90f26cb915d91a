import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { systemClock } from '../../src/clock';
import type { Client, ClientOptions } from '../../src/traffic/client';
import { createClient } from '../../src/traffic/client';
import type { ClientRecord, ScheduledRequest } from '../../src/traffic/sample';
import type { Loopback } from './loopback';
import { OK, startHttp, startRaw } from './loopback';
import { scheduledRequest } from './records';
import { introducingHeaders, PLAIN } from '../../src/cluster/client-headers';

const ID_HEADER = 'X-Test-Id';
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function serving(starting: Promise<Loopback>): Promise<Loopback> {
  const server = await starting;
  cleanUps.push(server.close);
  return server;
}

/** One whose records are waited for. */
interface AwaitedClient extends Omit<Client, 'send'> {
  readonly send: (request: ScheduledRequest) => Promise<ClientRecord>;
}

function clientOf(port: number, changes: Partial<ClientOptions> = {}): AwaitedClient {
  const options = {
    host: '127.0.0.1',
    port,
    authority: 'users.test',
    headers: introducingHeaders(PLAIN),
    idHeader: ID_HEADER,
    patienceMs: 20_000,
    clock: systemClock,
    ...changes,
  };
  const client = createClient(options);
  cleanUps.push(client.close);
  return { ...client, send: (request) => new Promise((resolve) => client.send(request, resolve)) };
}

function due(changes: Partial<ScheduledRequest> = {}): ScheduledRequest {
  return scheduledRequest({ scheduledAt: systemClock.now(), ...changes });
}

/** As many requests as given, each after the one before it. */
async function inTurn(
  client: AwaitedClient,
  requests: readonly Partial<ScheduledRequest>[],
): Promise<readonly ClientRecord[]> {
  const records: ClientRecord[] = [];
  for (const request of requests) records.push(await client.send(due(request)));
  return records;
}

/** Enough requests for each kept lane to have opened its connection: what is sent next is on a reused one. */
function warmUp(client: AwaitedClient): Promise<readonly ClientRecord[]> {
  return inTurn(
    client,
    Array.from({ length: 8 }, () => ({ connection: 'kept' as const })),
  );
}

describe('an answer', () => {
  it('carries the request’s id, whatever the schedule asks for, and who asks', async () => {
    const seen: unknown[] = [];
    const server = await serving(
      startHttp((request, response) => {
        let body = '';
        request.on('data', (part) => (body += String(part)));
        request.on('end', () => {
          const { method, url, headers } = request;
          expect(headers['user-agent']).toBe('lb-cluster-action');
          seen.push([method, url, headers['x-test-id'], headers.connection, headers['content-type'], body]);
          response.end('ok');
        });
      }),
    );
    const client = clientOf(server.port);
    const requests = [
      due({ id: 'a', path: '/x?y=1' }),
      due({ id: 'b', connection: 'kept' }),
      due({ id: 'c', method: 'POST' }),
      due({ id: 'd', method: 'POST', connection: 'kept' }),
    ];
    for (const request of requests) {
      const record = await client.send(request);
      expect(record).toEqual({
        ...request,
        sentAt: record.sentAt,
        doneAt: record.doneAt,
        outcome: { kind: 'answered', status: 200 },
      });
      expect(record.sentAt).toBeGreaterThanOrEqual(record.scheduledAt);
      expect(record.doneAt).toBeGreaterThanOrEqual(record.sentAt);
    }
    expect(seen).toEqual([
      ['GET', '/x?y=1', 'a', 'close', undefined, ''],
      ['GET', '/', 'b', 'keep-alive', undefined, ''],
      ['POST', '/', 'c', 'close', 'application/json', '{"id":"c"}'],
      ['POST', '/', 'd', 'keep-alive', 'application/json', '{"id":"d"}'],
    ]);
  });

  test.each([204, 302, 404, 500, 502, 503])('counts with status %d', async (status) => {
    const server = await serving(startHttp((_, response) => response.writeHead(status).end()));
    expect((await clientOf(server.port).send(due())).outcome).toEqual({ kind: 'answered', status });
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ['reset before it began', (socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['closed before it began', (socket) => socket.end(), 'ECONNRESET'],
    ['closed within the header', (socket) => socket.end(OK.slice(0, 30)), 'ECONNRESET'],
    ['closed within the body', (socket) => socket.end(OK.slice(0, -1)), 'ECONNRESET'],
    [
      'closed between chunks',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n'),
      'ECONNRESET',
    ],
    ['no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'), 'HPE_INVALID_CONSTANT'],
    [
      'an upgrade that nobody asked for',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
      'ECONNRESET',
    ],
  ])('does not count when it is %s', async (_, answer, code) => {
    const server = await serving(startRaw(answer));
    const record = await clientOf(server.port).send(due());
    expect(record.outcome).toEqual({ kind: 'transport', code, reusedConnection: false });
  });

  it('does not count when the connection is reset within the body', async () => {
    const server = await serving(
      startHttp((_, response) => {
        response.writeHead(200, { 'Content-Length': 1_000_000 });
        response.write('x', () => response.socket?.resetAndDestroy());
      }),
    );
    const { outcome } = await clientOf(server.port).send(due());
    expect(outcome).toEqual({ kind: 'transport', code: 'ECONNRESET', reusedConnection: false });
  });

  it('does not come from a port where nobody listens', async () => {
    const server = await serving(startRaw(() => undefined));
    await server.close();
    const { outcome } = await clientOf(server.port).send(due());
    expect(outcome).toEqual({ kind: 'transport', code: 'ECONNREFUSED', reusedConnection: false });
  });
});

describe('patience', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['nothing comes', () => undefined],
    ['half an answer comes', (socket) => socket.write(OK.slice(0, -1))],
  ])('ends when %s, counted from when the request was due', async (_, answer) => {
    const server = await serving(startRaw(answer));
    const request = due({ scheduledAt: systemClock.now() - 9_900 });
    const record = await clientOf(server.port, { patienceMs: 10_000 }).send(request);
    expect(record.outcome).toEqual({ kind: 'timeout' });
    expect(record.doneAt - record.scheduledAt).toBeGreaterThanOrEqual(10_000);
    expect(record.doneAt - record.sentAt).toBeLessThan(10_000);
  });

  it('closes the connection, so that the server learns that nobody waits', async () => {
    const { promise: closed, resolve } = withResolvers();
    const server = await serving(startRaw((socket) => socket.once('close', () => resolve())));
    await clientOf(server.port, { patienceMs: 50 }).send(due());
    await expect(closed).resolves.toBeUndefined();
  });
});

describe('connections', () => {
  const forty = (connection: 'fresh' | 'kept'): readonly Partial<ScheduledRequest>[] =>
    Array.from({ length: 40 }, (_, seq) => ({ id: `run-${seq}`, connection }));

  it('are several when kept, and each is used again', async () => {
    const server = await serving(startHttp((_, response) => response.end('ok')));
    await inTurn(clientOf(server.port), forty('kept'));
    expect(server.connections()).toBe(8);
  });

  it('are one a request when fresh', async () => {
    const server = await serving(startHttp((_, response) => response.end('ok')));
    await inTurn(clientOf(server.port), forty('fresh'));
    expect(server.connections()).toBe(40);
  });

  test.each(['fresh', 'kept'] as const)('let no request wait for another (%s)', async (connection) => {
    const { promise: all, resolve } = withResolvers();
    let arrived = 0;
    const server = await serving(
      startHttp((_, response) => {
        arrived += 1;
        if (arrived === 40) resolve();
        void all.then(() => response.end('ok'));
      }),
    );
    const client = clientOf(server.port);
    const records = await Promise.all(forty(connection).map((request) => client.send(due(request))));
    expect(records.map(({ outcome }) => outcome)).toEqual(records.map(() => ({ kind: 'answered', status: 200 })));
    expect(server.connections()).toBe(40);
  });
});

describe('a connection', () => {
  it('is closed by the server, where that was asked to', async () => {
    const { promise: asked, resolve } = withResolvers();
    const sockets: Socket[] = [];
    const server = await serving(
      startRaw((socket) => {
        sockets.push(socket);
        socket.once('end', () => resolve());
        socket.write(OK);
      }),
    );
    await clientOf(server.port).send(due());
    const ended = sockets.map((socket) => socket.readableEnded);
    await asked;
    expect(ended).toEqual([false]);
  });

  it('is closed by the server, too, when it is a further one for a lane whose own is busy', async () => {
    const seen: string[] = [];
    const { promise: all, resolve } = withResolvers();
    const server = await serving(
      startRaw((socket, nth, head) => {
        seen.push(/Connection: (.*)\r/.exec(head)?.[1] ?? '');
        if (nth === 10) resolve();
        void all.then(() => socket.write(OK));
      }),
    );
    const client = clientOf(server.port);
    await Promise.all(Array.from({ length: 10 }, () => client.send(due({ connection: 'kept' }))));
    expect(seen.sort()).toEqual(['close', 'close', ...Array.from({ length: 8 }, () => 'keep-alive')]);
  });

  test.each([
    ['the server says that it closes it', 'Connection: close\r\n', 16],
    ['the server keeps it for a moment only', 'Keep-Alive: timeout=1\r\n', 16],
    ['the server keeps it for a while', 'Keep-Alive: timeout=60\r\n', 8],
  ])('is used again or not: %s', async (_, field, connections) => {
    const server = await serving(startRaw((socket) => socket.write(OK.replace('\r\n', `\r\n${field}`))));
    const client = clientOf(server.port);
    await warmUp(client);
    await warmUp(client);
    expect(server.connections()).toBe(connections);
  });

  it('is not used again after more came than was asked for', async () => {
    const server = await serving(startRaw((socket) => socket.write(OK + OK)));
    const client = clientOf(server.port);
    await warmUp(client);
    const records = await warmUp(client);
    expect(records.map(({ outcome }) => outcome)).toEqual(records.map(() => ({ kind: 'answered', status: 200 })));
    expect(server.connections()).toBe(16);
  });

  it('that says what is no answer fails its request, whatever that is and however it comes', async () => {
    let garbage: readonly string[] = [];
    const server = await serving(
      startRaw((socket) => {
        garbage.forEach((part) => socket.write(part, 'latin1'));
        socket.end();
      }),
    );
    const client = clientOf(server.port);
    const part = fc.string({ unit: 'binary-ascii', maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
        garbage = parts;
        const { outcome } = await client.send(due());
        expect(outcome).toMatchObject({ kind: 'transport', reusedConnection: false });
      }),
      { numRuns: 50 },
    );
  });
});

describe('a kept connection that the server closed', () => {
  /** Answers the first 8 requests, and to later ones does what it is told to. */
  async function afterWarmUp(
    then: (socket: Socket, nth: number) => void,
  ): Promise<{ client: AwaitedClient; server: Loopback }> {
    const server = await serving(
      startRaw((socket, nth) => {
        if (nth <= 8) socket.write(OK);
        else then(socket, nth);
      }),
    );
    const client = clientOf(server.port);
    await warmUp(client);
    return { client, server };
  }

  it('makes a GET go out once more, on a new connection', async () => {
    const { client, server } = await afterWarmUp((socket, nth) => {
      if (nth === 9) socket.resetAndDestroy();
      else socket.end(OK);
    });
    const record = await client.send(due({ connection: 'kept' }));
    expect(record.outcome).toEqual({ kind: 'answered', status: 200 });
    expect([client.retries(), server.connections()]).toEqual([1, 9]);
  });

  it('makes a GET go out once more, and not twice', async () => {
    const { client, server } = await afterWarmUp((socket) => socket.resetAndDestroy());
    const record = await client.send(due({ connection: 'kept' }));
    expect(record.outcome).toEqual({ kind: 'transport', code: 'ECONNRESET', reusedConnection: false });
    expect([client.retries(), server.connections()]).toEqual([1, 9]);
  });

  it('fails a POST', async () => {
    const { client, server } = await afterWarmUp((socket) => socket.resetAndDestroy());
    const record = await client.send(due({ connection: 'kept', method: 'POST' }));
    expect(record.outcome).toEqual({ kind: 'transport', code: 'ECONNRESET', reusedConnection: true });
    expect([client.retries(), server.connections()]).toEqual([0, 8]);
  });

  it('fails a GET whose answer had begun', async () => {
    const { client } = await afterWarmUp((socket) => socket.end('HTTP/1.1 2'));
    const record = await client.send(due({ connection: 'kept' }));
    expect(record.outcome).toEqual({ kind: 'transport', code: 'ECONNRESET', reusedConnection: true });
    expect(client.retries()).toBe(0);
  });

  it('fails a GET that was its first', async () => {
    const server = await serving(startRaw((socket) => socket.resetAndDestroy()));
    const client = clientOf(server.port);
    const record = await client.send(due({ connection: 'kept' }));
    expect(record.outcome).toEqual({ kind: 'transport', code: 'ECONNRESET', reusedConnection: false });
    expect(client.retries()).toBe(0);
  });

  it('still has the patience of the first try', async () => {
    const { client } = await afterWarmUp((socket, nth) => {
      if (nth === 9) socket.resetAndDestroy();
    });
    const record = await client.send(due({ connection: 'kept', scheduledAt: systemClock.now() - 19_800 }));
    expect(record.outcome).toEqual({ kind: 'timeout' });
    expect(record.doneAt - record.sentAt).toBeLessThan(20_000);
  });
});

describe('a request that is given up', () => {
  it('is not repeated, although its connection closes', async () => {
    const server = await serving(
      startRaw((socket, nth) => {
        if (nth !== 9) socket.write(OK);
      }),
    );
    const client = clientOf(server.port);
    await warmUp(client);
    const record = await client.send(due({ connection: 'kept', scheduledAt: systemClock.now() - 19_900 }));
    expect(record.outcome).toEqual({ kind: 'timeout' });
    await warmUp(client);
    expect(client.retries()).toBe(0);
  });

  it('is abandoned, with what it waited, and no other is', async () => {
    const { promise: arrived, resolve } = withResolvers();
    const server = await serving(startRaw(() => resolve()));
    const client = clientOf(server.port);
    const sending = client.send(due());
    await arrived;
    client.abandon();
    const record = await sending;
    expect(record.outcome).toEqual({ kind: 'abandoned' });
    expect(record.doneAt).toBeGreaterThanOrEqual(record.sentAt);
  });
});

describe('a request that this machine cannot send', () => {
  it('is one with a path that HTTP does not allow', async () => {
    const { outcome } = await clientOf(1).send(due({ path: '/a b' }));
    expect(outcome).toEqual({ kind: 'not-sent', code: 'ERR_UNESCAPED_CHARACTERS' });
  });

  it('is one with an id that HTTP does not allow in a header', async () => {
    const { outcome } = await clientOf(1).send(due({ id: 'a\r\nb', connection: 'kept' }));
    expect(outcome).toEqual({ kind: 'not-sent', code: 'ERR_INVALID_CHAR' });
  });

  it('is one for which no file handle is left', async () => {
    const server = await serving(startRaw(() => undefined));
    const script = fileURLToPath(new URL('client-without-handles.mjs', import.meta.url));
    const output = await outputOf('sh', [
      '-c',
      'ulimit -n 64 && exec "$@"',
      'sh',
      process.execPath,
      script,
      String(server.port),
    ]);
    const { abandoned, ...others } = JSON.parse(output) as Record<string, number>;
    expect(Object.keys(others)).toEqual(['not-sent EMFILE']);
    expect(abandoned).toBeGreaterThan(0);
  });
});

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

function outputOf(command: string, argv: readonly string[]): Promise<string> {
  const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (part) => (output += String(part)));
  return new Promise((resolve) => child.once('close', () => resolve(output)));
}
