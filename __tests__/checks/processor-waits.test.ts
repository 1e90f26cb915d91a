import { afterEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passing } from 'node:timers/promises';
import type { Reading } from '../../src/checks/processor-waits';
import { waitBetween, waitedIn, watchProcessorWaits } from '../../src/checks/processor-waits';
import { systemClock } from '../../src/clock';

function reading(at: number, waits: Readonly<Record<string, number>>, heldBackMs = 0): Reading {
  return { at, waitedMs: new Map(Object.entries(waits)), heldBackMs };
}

describe('what a container waited for a processor', () => {
  test.each([
    {
      what: 'is that of the thread which waited longest',
      before: reading(1_000, { 7: 40, 8: 900 }),
      after: reading(1_500, { 7: 440, 8: 950 }),
      wait: { from: 1_000, to: 1_500, waitedMs: 400 },
    },
    {
      what: 'counts those of a thread that began meanwhile',
      before: reading(1_000, { 7: 40 }),
      after: reading(1_500, { 7: 40, 9: 250 }),
      wait: { from: 1_000, to: 1_500, waitedMs: 250 },
    },
    {
      what: 'may have begun before: the kernel tells it when it is over',
      before: reading(3_000, { 7: 0 }),
      after: reading(3_500, { 7: 2_000 }),
      wait: { from: 1_500, to: 3_500, waitedMs: 2_000 },
    },
    {
      what: 'is not what its own limit held it back for',
      before: reading(1_000, { 7: 0 }, 5_000),
      after: reading(1_500, { 7: 400 }, 5_350),
      wait: null,
    },
    {
      what: 'is not told where it is what a busy machine does',
      before: reading(1_000, { 7: 0 }),
      after: reading(1_500, { 7: 240 }),
      wait: null,
    },
    { what: 'is nothing where it has ended', before: reading(1_000, { 7: 0 }), after: reading(1_500, {}), wait: null },
  ])('$what', ({ before, after, wait }) => {
    expect(waitBetween(before, after)).toEqual(wait);
  });

  test.each([
    { text: '102301000 43325000 57', ms: 43.325 },
    { text: null, ms: null },
    { text: '', ms: null },
  ])('is read from $text', ({ text, ms }) => {
    expect(waitedIn(text)).toBe(ms);
  });
});

/** What this machine's kernel tells of real processes: four that never rest, on one processor. */
describe('the watch', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  test('tells of a replica that came in the place of another', async () => {
    const busy = Array.from({ length: 4 }, () => spawn('taskset', ['-c', '0', 'sh', '-c', 'while :; do :; done']));
    ends.push(() => busy.forEach((one) => one.kill('SIGKILL')));
    const folder = await mkdtemp(join(tmpdir(), 'lbca-group-'));
    ends.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'tasks'), busy.map(({ pid }) => `${pid}\n`).join(''));
    const over = new AbortController();
    ends.push(() => over.abort());
    const idle = join(folder, 'idle');
    const groups = (id: string) =>
      Promise.resolve({ path: id, folder: id === 'new' ? folder : idle, read: () => Promise.resolve(null) });
    const replica = { hostname: 'app1', address: '10.0.0.1', port: 5000, containerId: 'old' };
    const loadBalancer = { containerId: 'nginx', address: '10.0.0.9', port: 80, hostPort: 80, url: 'http://nginx' };
    const watch = watchProcessorWaits(
      { replicas: [replica], loadBalancer },
      { groups, clock: systemClock, signal: over.signal },
    );
    await passing(50);
    expect(watch.waits()).toEqual([]);
    watch.add({ ...replica, containerId: 'new' });
    while (watch.waits().length === 0) await passing(50);
    expect(watch.waits()[0]).toMatchObject({ who: 'app1' });
  });
});
