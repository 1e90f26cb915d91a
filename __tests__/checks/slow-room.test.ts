import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import pLimit from 'p-limit';
import { createSlowRoom, measureSlowRoom } from '../../src/checks/slow-room';
import { systemClock } from '../../src/clock';
import type { Cluster, Replica } from '../../src/cluster/cluster-types';
import { PLAIN } from '../../src/cluster/client-headers';

const servers: Server[] = [];
const SIGNAL = new AbortController().signal;

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A replica of so many workers, each of which takes the time that it is asked to take, and `ownMs` besides. */
async function replicaOf(workers: number, { heeds = true, ownMs = 0, seen = [] as unknown[] } = {}): Promise<Replica> {
  const limit = pLimit(workers);
  const server = createServer((request, response) => {
    const { host, 'user-agent': agent, 'x-lb-cluster-delay': delay = '0' } = request.headers;
    seen.push([request.url, host, agent]);
    void limit(async () => {
      await systemClock.sleep(ownMs + (heeds ? Number(delay) : 0));
      response.end('done');
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { hostname: 'app1', address: '127.0.0.1', port: (server.address() as AddressInfo).port, containerId: 'c' };
}

const roomOf = (replica: Replica): Promise<number> =>
  measureSlowRoom(replica, { probePath: '/', ...PLAIN }, { clock: systemClock, signal: SIGNAL });

describe('slow requests that a replica works on at the same time', () => {
  test.each([1, 2, 3, 4, 6, 8, 20])('with %i workers', async (workers) => {
    await expect(roomOf(await replicaOf(workers))).resolves.toBe(Math.min(workers, 8));
  });

  test('with workers that take long themselves', async () => {
    await expect(roomOf(await replicaOf(2, { ownMs: 150 }))).resolves.toBe(2);
  });

  test('have no end where it takes no time that it is asked to take', async () => {
    await expect(roomOf(await replicaOf(1, { heeds: false }))).resolves.toBe(8);
  });

  test('are not known of one that does not answer', async () => {
    const replica = await replicaOf(1);
    servers.splice(0).forEach((server) => server.close());
    await expect(roomOf(replica)).resolves.toBe(8);
  });

  test('are asked for on the path and the host of the traffic', async () => {
    const seen: unknown[] = [];
    const replica = await replicaOf(8, { seen });
    const asked = { ...PLAIN, probePath: '/shop', host: 'shop.example.com' };
    await measureSlowRoom(replica, asked, { clock: systemClock, signal: SIGNAL });
    expect(seen).toEqual(Array.from({ length: 8 }, () => ['/shop', 'shop.example.com', 'lb-cluster-action']));
  });

  test('are asked for once a run, and told where they are few', async () => {
    const seen: unknown[] = [];
    const log: string[] = [];
    const cluster = {
      replicas: [await replicaOf(2, { seen })],
      plan: { probePath: '/', ...PLAIN } as Cluster['plan'],
    };
    const room = createSlowRoom({ clock: systemClock, signal: SIGNAL, log: (line) => log.push(line) });
    await expect(Promise.all([room(cluster), room(cluster)])).resolves.toEqual([2, 2]);
    expect(seen).toHaveLength(8);
    expect(log).toEqual([expect.stringMatching(/^a replica works on 2 slow requests at a time/)]);
  });

  test('are not asked for once the run is cancelled', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    const replica = await replicaOf(1);
    const asked = { probePath: '/', ...PLAIN };
    await expect(measureSlowRoom(replica, asked, { clock: systemClock, signal })).rejects.toThrow('cancelled');
  });
});
