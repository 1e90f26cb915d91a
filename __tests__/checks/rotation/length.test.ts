import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { heardIn, lengthProbe } from '../../../src/checks/rotation/length';
import { PLAIN } from '../../../src/cluster/client-headers';
import type { Replica } from '../../../src/cluster/cluster-types';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  sockets.forEach((socket) => socket.destroy());
  servers.splice(0).forEach((server) => server.close());
});

/** Whoever asks gets these pieces, one after the other. */
async function replica(pieces: readonly string[], closes: boolean): Promise<Replica> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('data', () => {
        for (const piece of pieces) socket.write(piece);
        if (closes) socket.end();
      });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { hostname: 'app2', address: '127.0.0.1', port, containerId: 'c2' };
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';

describe('an answer', () => {
  test.each([
    {
      what: 'that ends where it says',
      pieces: [OK, 'hello'],
      closes: true,
      holds: true,
      seen: '5 bytes, as announced',
    },
    {
      what: 'that goes on beyond',
      pieces: [OK, 'hello, world'],
      closes: true,
      holds: false,
      seen: '12 bytes, and Content-Length says 5',
    },
    {
      what: 'that goes on beyond, on a connection that stays',
      pieces: [OK, 'hello', ', you'],
      closes: false,
      holds: false,
      seen: '10 bytes, and Content-Length says 5',
    },
    {
      what: 'on a connection that stays',
      pieces: [OK, 'hello'],
      closes: false,
      holds: true,
      seen: '5 bytes, as announced',
    },
  ])('$what', async ({ pieces, closes, holds, seen }) => {
    const probe = await lengthProbe(
      await replica(pieces, closes),
      { ...PLAIN, probePath: '/' },
      new AbortController().signal,
    );
    expect(probe).toMatchObject({ subject: 'app2', holds, seen });
  });

  test.each([
    { what: 'is cut off', pieces: [OK, 'hel'] },
    { what: 'says no length', pieces: ['HTTP/1.1 200 OK\r\n\r\nhello'] },
    { what: 'is none', pieces: ['what?\r\n\r\n'] },
    { what: 'never comes', pieces: [] },
  ])('of which nothing is told, since it $what', async ({ pieces }) => {
    const one = await replica(pieces, true);
    expect(await lengthProbe(one, { ...PLAIN, probePath: '/' }, new AbortController().signal)).toBeNull();
  });

  test('that nobody waits for any more', async () => {
    const one = await replica([], false);
    const cancelled = new AbortController();
    const asked = lengthProbe(one, { ...PLAIN, probePath: '/' }, cancelled.signal);
    cancelled.abort(new Error('over'));
    await expect(asked).rejects.toThrow('over');
  });
});

describe('the length of an answer', () => {
  test.each([
    {
      what: 'after one before it',
      text: `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}hello`,
      announced: 5,
      bytes: 5,
    },
    {
      what: 'in chunks',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      announced: null,
      bytes: 5,
    },
    { what: 'of two lengths', text: `${OK.slice(0, -2)}Content-Length: 7\r\n\r\n`, announced: null, bytes: 0 },
    {
      what: 'without a body',
      text: 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\nx',
      announced: null,
      bytes: 1,
    },
    { what: 'of which the head is not there yet', text: 'HTTP/1.1 200 OK\r\nContent-Le', announced: null, bytes: 0 },
  ])('$what', ({ text, announced, bytes }) => {
    expect(heardIn(text)).toEqual({ announced, bytes });
  });
});
