import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { listensElsewhere, listeningOf, parseListening } from '../../src/cluster/listening';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                  \n';
const V4 = { isLoopback: false, isIpv6: false };
const V6 = { isLoopback: false, isIpv6: true };

/** As Linux on x86 writes them: gunicorn on 127.0.0.1:8000, Docker's own DNS, a connection, and a server on every address. */
const TCP = `${HEAD}   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 1 1 0 100 0 0 10 0
   1: 0B00007F:9C41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 020012AC:1388 010012AC:8F02 01 00000000:00000000 00:00000000 00000000 10001        0 3 1 0 20 4 30 10 -1
   3: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 4 1 0 100 0 0 10 0
`;
const TCP6 = `${HEAD}   0: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 5 1 0 100 0 0 10 0
   1: 00000000000000000000000001000000:0BB9 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 6 1 0 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:0BBA 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 7 1 0 100 0 0 10 0
`;

describe('where the processes of a container listen', () => {
  test('is read from what the kernel says; connections, and Docker’s own DNS, are not among it', () => {
    expect(parseListening(TCP + TCP6)).toEqual([
      { port: 8000, isLoopback: true, isIpv6: false },
      { port: 8080, isLoopback: false, isIpv6: false },
      { port: 3000, isLoopback: false, isIpv6: true },
      { port: 3001, isLoopback: true, isIpv6: true },
      { port: 3002, isLoopback: true, isIpv6: false },
    ]);
  });

  describe('of this machine', () => {
    const ID = 'a1b2c3';
    let proc: string;
    beforeEach(async () => {
      proc = await mkdtemp(join(tmpdir(), 'lbca-listening-'));
      await mkdir(join(proc, '7/net'), { recursive: true });
      await writeFile(join(proc, '7/net/tcp'), TCP);
    });
    afterEach(() => rm(proc, { recursive: true }));

    test('a kernel without IPv6 has one file less', async () => {
      await writeFile(join(proc, '7/cgroup'), `0::/system.slice/docker-${ID}.scope\n`);

      expect(await listeningOf({ id: ID, pid: 7 }, proc)).toHaveLength(2);
    });

    test('is not told of a process that is not the container’s, nor of one that has ended', async () => {
      await writeFile(join(proc, '7/cgroup'), '0::/user.slice\n');

      expect(await listeningOf({ id: ID, pid: 7 }, proc)).toBeNull();
      expect(await listeningOf({ id: ID, pid: 0 }, proc)).toBeNull();
    });
  });

  test.each([
    {
      places: [{ ...V4, port: 8000 }],
      says: 'it listens on port 8000, and not on 5000: give the one that it listens on (input app-port), or have it listen there (input app-env)',
    },
    {
      places: [
        { ...V4, port: 9000 },
        { ...V4, port: 8000 },
        { ...V4, port: 8000 },
      ],
      says: 'it listens on ports 8000 and 9000, and not on 5000: give the one that it listens on (input app-port), or have it listen there (input app-env)',
    },
    {
      places: [
        { ...V4, port: 5000, isLoopback: true },
        { ...V4, port: 9000 },
      ],
      says: 'on port 5000 it listens on 127.0.0.1 alone, where nobody outside its own container reaches it: let it listen on 0.0.0.0',
    },
    {
      places: [{ ...V4, port: 8000, isLoopback: true }],
      says: 'it listens on port 8000, and not on 5000, and there on 127.0.0.1 alone, where nobody outside its own container reaches it: let it listen on 0.0.0.0:5000',
    },
    {
      places: [
        { ...V6, port: 5000 },
        { ...V4, port: 9000 },
      ],
      says: 'on port 5000 it listens for IPv6 alone, and this network is one of IPv4: let it listen on 0.0.0.0 (on :: only where that takes IPv4 as well)',
    },
    {
      places: [{ ...V6, port: 5000, isLoopback: true }],
      says: 'on port 5000 it listens on ::1 alone, where nobody outside its own container reaches it: let it listen on 0.0.0.0',
    },
    {
      places: [
        { ...V6, port: 8000, isLoopback: true },
        { ...V4, port: 8000, isLoopback: true },
      ],
      says: 'it listens on port 8000, and not on 5000, and there on 127.0.0.1 and ::1 alone, where nobody outside its own container reaches it: let it listen on 0.0.0.0:5000',
    },
    { places: [], says: 'nothing in its container listens on any port' },
    // It listens there: what was refused was so before.
    { places: [{ ...V4, port: 5000 }], says: null },
    {
      places: [
        { ...V6, port: 5000 },
        { ...V4, port: 5000 },
      ],
      says: null,
    },
  ])('$says', ({ places, says }) => {
    expect(listensElsewhere(places, 5000)).toBe(says);
  });
});
