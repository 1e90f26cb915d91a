import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { measureIdleRoom } from '../../src/checks/idle-room';
import { systemClock } from '../../src/clock';
import { PLAIN } from '../../src/cluster/client-headers';
import type { Replica } from '../../src/cluster/cluster-types';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  sockets.forEach((socket) => socket.destroy());
  servers.splice(0).forEach((server) => server.close());
});

/** So many workers, each of which serves one connection until that is closed; `perRequest`: until its answer is sent. */
async function replica(workers: number, { perRequest = false, takesMs = 0, silent = false } = {}): Promise<Replica> {
  let free = workers;
  const queue: (() => void)[] = [];
  const done = (): void => {
    free += 1;
    next();
  };
  const next = (): void => {
    while (free > 0 && queue.length > 0) {
      free -= 1;
      queue.shift()?.();
    }
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    queue.push(() => {
      socket.on('data', () => {
        if (silent) return;
        void systemClock.sleep(takesMs).then(() => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
          if (perRequest) done();
        });
      });
      if (!perRequest) socket.on('close', done);
    });
    next();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { hostname: 'app1', address: '127.0.0.1', port: (server.address() as AddressInfo).port, containerId: 'c' };
}

const roomOf = (one: Replica, signal = new AbortController().signal): Promise<number | null> =>
  measureIdleRoom(one, { ...PLAIN, probePath: '/' }, { clock: systemClock, signal });

describe('idle connections that take all workers of a replica', () => {
  test.each([1, 2, 5])('%i of them', async (workers) => {
    await expect(roomOf(await replica(workers))).resolves.toBe(workers);
  });

  test('all of them, though somebody else holds one at first', async () => {
    const one = await replica(3);
    const other = connect(one.port, one.address);
    setTimeout(() => other.destroy(), 600);
    await expect(roomOf(one)).resolves.toBe(3);
  });

  test.each([
    ['there are as many workers as are asked for', 16, {}],
    ['a worker is free again once it has answered', 1, { perRequest: true }],
    ['answers come one after the other, and take long', 1, { perRequest: true, takesMs: 60 }],
  ])('are not known where %s', async (_, workers, how) => {
    await expect(roomOf(await replica(workers, how))).resolves.toBeNull();
  });

  test('are not asked for once the run is cancelled', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(roomOf(await replica(1), signal)).rejects.toThrow('cancelled');
  });
});
