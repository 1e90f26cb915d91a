import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/clock';
import type { Readiness } from '../../src/cluster/readiness';
import { speaksTls, waitReady } from '../../src/cluster/readiness';
import { PLAIN } from '../../src/cluster/client-headers';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function ready(
  app: RequestListener,
  timeoutMs: number,
  asksFor: string | null = null,
  stillRunning = true,
): Promise<Readiness> {
  const server = createServer(app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return waitReady(
    { host: '127.0.0.1', port, path: '/healthz', introduction: { ...PLAIN, host: asksFor } },
    {
      accept: (status) => status === 200,
      ...{ timeoutMs, clock: systemClock, signal: new AbortController().signal },
      stillRunning: () => Promise.resolve(stillRunning),
    },
  );
}

describe('a server is ready', () => {
  test('as soon as it says so', async () => {
    let asked = 0;
    const readiness = await ready((_request, response) => {
      asked += 1;
      response.writeHead(asked < 3 ? 503 : 200).end();
    }, 20_000);
    expect(readiness).toMatchObject({ ready: true });
    expect(asked).toBe(3);
  });

  test('though its answer is longer than it says', async () => {
    const readiness = await ready(
      (request) => void request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, all is well'),
      500,
    );
    expect(readiness).toMatchObject({ ready: true });
  });

  test('though each of its answers takes longer than the first ones are waited for', async () => {
    const readiness = await ready((_request, response) => void setTimeout(() => response.end(), 2_300), 60_000);
    expect(readiness).toMatchObject({ ready: true });
  }, 60_000);

  test('and has been silent for as long as connections were taken before', async () => {
    const slow = await ready((_request, response) => void setTimeout(() => response.end(), 300), 20_000);
    expect(slow).toMatchObject({ ready: true });
    expect(slow.ready ? slow.silentMs : 0).toBeGreaterThan(250);
    let asked = 0;
    const refusing = await ready((_request, response) => {
      asked += 1;
      const answer = (): unknown => response.writeHead(asked < 3 ? 503 : 200).end();
      if (asked === 1) setTimeout(answer, 300);
      else answer();
    }, 20_000);
    // What it said meanwhile was an answer as well.
    expect(refusing.ready ? refusing.silentMs : 300).toBeLessThan(250);
  });

  test.each([
    [null, '127.0.0.1'],
    ['shop.example.com', 'shop.example.com'],
  ])('when asked for the host of the traffic (%s), by somebody with a name', async (asksFor, expected) => {
    const readiness = await ready(
      ({ headers }, response) => {
        response
          .writeHead(headers.host === expected && headers['user-agent'] === 'lb-cluster-action' ? 200 : 403)
          .end();
      },
      200,
      asksFor,
    );
    expect(readiness).toMatchObject({ ready: true });
  });
});

test('a server that never is, is not waited for for long beyond the time', async () => {
  const readiness = await ready((_request, response) => response.writeHead(503).end(), 300);
  expect(readiness).toEqual({ ready: false, last: { kind: 'status', status: 503 }, stopped: false });
});

test('one that is gone is found out at the first question that is waited for', async () => {
  let asked = 0;
  const readiness = await ready(() => void (asked += 1), 60_000, null, false);
  expect(readiness).toMatchObject({ ready: false, stopped: true });
  expect(asked).toBe(1);
}, 60_000);

test('TLS is told from plain HTTP, also by its refusal', async () => {
  const plain = createServer((_request, response) => response.end());
  // Without a certificate there is no cipher that both know.
  const tls = createTlsServer({}).on('tlsClientError', () => undefined);
  try {
    const answers = await Promise.all(
      [plain, tls].map(async (server) => {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        return speaksTls({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
      }),
    );
    expect(answers).toEqual([false, true]);
  } finally {
    plain.close();
    tls.close();
  }
});
