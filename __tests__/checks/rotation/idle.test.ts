import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { idleProbe, type IdleWatch } from '../../../src/checks/rotation/idle';
import type { Probe } from '../../../src/checks/evidence';
import { systemClock } from '../../../src/clock';
import { PLAIN } from '../../../src/cluster/client-headers';
import type { Replica } from '../../../src/cluster/cluster-types';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  sockets.forEach((socket) => socket.destroy());
  servers.splice(0).forEach((server) => server.close());
});

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n';

/** Whoever asks gets this, and what is done with the connection afterwards. */
async function replica(answer: string, then: (socket: Socket) => void = () => undefined): Promise<Replica> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('data', () => {
        socket.write(answer);
        then(socket);
      });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { hostname: 'app2', address: '127.0.0.1', port, containerId: 'c2' };
}

const later = (end: (socket: Socket) => void) => (socket: Socket) => void setTimeout(() => end(socket), 50);
const probe = (one: Replica, keptMs: number, changes: Partial<IdleWatch> = {}): Promise<Probe | null> =>
  idleProbe(one, {
    ...{ asked: { ...PLAIN, probePath: '/' }, keptMs, clock: systemClock, signal: new AbortController().signal },
    ...changes,
  });

describe('an idle connection to a replica', () => {
  test.each([
    ['closed', (socket: Socket) => socket.end()],
    ['broken', (socket: Socket) => socket.resetAndDestroy()],
  ])('that is %s while NGINX would keep it', async (_how, end) => {
    const one = await replica(`${ANSWER}Keep-Alive: timeout=0\r\n\r\nok`, later(end));
    expect(await probe(one, 60_000)).toMatchObject({
      ...{ id: 'idle-connection-kept', subject: 'app2', holds: false },
      seen: expect.stringMatching(/^closed after \d+ ms, and NGINX keeps it for 60 s$/) as unknown,
      afterMs: expect.any(Number) as unknown,
    });
  });

  test('that outlasts NGINX', async () => {
    const one = await replica(`${ANSWER}\r\nok`);
    expect(await probe(one, 150)).toMatchObject({ holds: true, seen: expect.stringMatching(/^open after/) as unknown });
  });

  test.each([
    {
      says: 'timeout=20',
      holds: false,
      seen: /^closed after 20 s, as its answers say \(Keep-Alive\), and NGINX keeps it for 60 s$/,
    },
    { says: 'timeout=15, max=100', holds: false, seen: /^closed after 15 s, as/ },
    { says: 'timeout=60', holds: true, seen: /^open after/ },
    { says: 'timeout=75', holds: true, seen: /^open after/ },
    { says: 'max=100', holds: true, seen: /^open after/ },
    // Outlasted: Node closes it a second later than it says.
    { says: 'timeout=0', holds: true, seen: /^open after/ },
  ])('is taken at its word where that is more than anybody would wait: $says', async ({ says, holds, seen }) => {
    const one = await replica(`${ANSWER}Keep-Alive: ${says}\r\n\r\nok`);
    const clock = { now: () => systemClock.now(), sleep: () => Promise.resolve() };
    expect(await probe(one, 60_000, { clock })).toMatchObject({ holds, seen: expect.stringMatching(seen) as unknown });
  });

  test('is watched no longer than anybody would wait', async () => {
    const waits: number[] = [];
    const sleep = (ms: number): Promise<void> => {
      waits.push(ms);
      return Promise.resolve();
    };
    const one = await replica(`${ANSWER}\r\nok`);
    const clock = { now: () => systemClock.now(), sleep };
    expect(await probe(one, 60_000, { clock })).toMatchObject({ holds: true });
    expect(waits).toEqual([6_500]);
  });

  test.each([
    ['says that it closes', `${ANSWER}Connection: close\r\n\r\nok`],
    ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['is no answer', 'what?\r\n\r\n'],
  ])('nothing is told of one whose answer %s', async (_what, answer) => {
    expect(await probe(await replica(answer, (socket) => socket.end()), 60_000)).toBeNull();
  });

  test('a run that is cancelled waits for nobody', async () => {
    const cancelled = new AbortController();
    const one = await replica(`${ANSWER}\r\nok`, () => void setTimeout(() => cancelled.abort(new Error('over')), 20));
    await expect(probe(one, 60_000, { signal: cancelled.signal })).rejects.toThrow('over');
  });
});
