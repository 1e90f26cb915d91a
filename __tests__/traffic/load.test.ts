import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { systemClock } from '../../src/clock';
import type { Load, LoadMeans, LoadPlan, Loads } from '../../src/traffic/load';
import { createLoads, LoadError } from '../../src/traffic/load';
import type { ClientRecord } from '../../src/traffic/sample';
import type { Loopback } from './loopback';
import { startHttp } from './loopback';

const PROCESS_FILE = new URL('load-process-source.mjs', import.meta.url);

let server: Loopback;
let loads: Loads;
let records: ClientRecord[];
let stalled: boolean;
const files: string[] = [];

beforeEach(async () => {
  records = [];
  stalled = false;
  loads = createLoads(PROCESS_FILE);
  server = await startHttp((_, response) => {
    if (!stalled) response.end('ok');
  });
});

afterEach(async () => {
  await loads.end();
  for (const file of files.splice(0)) rmSync(dirname(file), { recursive: true });
  await server.close();
});

function start(means: Partial<LoadMeans> & { readonly path?: string } = {}): Promise<Load> {
  const plan: LoadPlan = {
    order: {
      rate: 200,
      mix: { getFresh: 1, getKept: 1, postFresh: 1, postKept: 1 },
      path: '/',
      seed: 3,
      idPrefix: 'run',
    },
    target: { host: '127.0.0.1', port: server.port, authority: 'users.test', headers: [], idHeader: 'X-Test-Id' },
    patienceMs: 20_000,
  };
  const onRecords = (batch: readonly ClientRecord[]): void => void records.push(...batch);
  return loads.start(plan, { onRecords, onError: () => undefined, ...means });
}

/** A process that says that the first load has started, and then, told anything more, runs `source`. */
function processOf(source: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'lb-cluster-load-')), 'process.mjs');
  const started = `process.send({ load: 1, kind: 'started', startedAt: 1 }); process.once('message', () => { ${source} });`;
  writeFileSync(file, `process.once('message', () => { ${started} });`);
  files.push(file);
  return file;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await systemClock.sleep(5);
}

describe('load process', () => {
  it('sends a plan’s traffic and sums it up', async () => {
    const load = await start();
    await until(() => records.length >= 40);
    load.stop();
    const summary = await load.settled();
    expect(records.map(({ outcome }) => outcome)).toEqual(records.map(() => ({ kind: 'answered', status: 200 })));
    const bySeq = records.toSorted((one, other) => one.scheduledAt - other.scheduledAt);
    expect(bySeq.map(({ id }) => id)).toEqual(records.map((_, seq) => `run-${seq}`));
    expect(bySeq.map(({ scheduledAt }) => scheduledAt)).toEqual(records.map((_, seq) => load.startedAt + seq * 5));
    expect(summary).toMatchObject({ sent: records.length, notSent: 0, clientRetries: 0 });
    expect(summary.latenessMs.max).toBeGreaterThanOrEqual(summary.latenessMs.p50);
    expect(summary.loopDelayP99Ms).toBeGreaterThanOrEqual(0);
  });

  it('goes on sending while this thread is busy', async () => {
    const load = await start();
    await until(() => records.length > 0);
    const from = systemClock.now();
    while (systemClock.now() < from + 300);
    const to = systemClock.now();
    load.stop();
    await load.settled();
    const meanwhile = records.filter(({ sentAt }) => sentAt > from && sentAt < to);
    expect(meanwhile.length).toBeGreaterThan(1);
  });

  it('ends what waits when it is abandoned', async () => {
    stalled = true;
    const load = await start();
    await until(() => server.connections() > 0);
    load.abandon();
    const { sent } = await load.settled();
    expect(records).toHaveLength(sent);
    expect(new Set(records.map(({ outcome }) => outcome.kind))).toEqual(new Set(['abandoned']));
  });

  it('sends several loads at once, each told of by itself', async () => {
    const other: ClientRecord[] = [];
    const [first, second] = await Promise.all([start(), start({ onRecords: (batch) => void other.push(...batch) })]);
    await until(() => records.length > 10 && other.length > 10);
    first.stop();
    const { sent } = await first.settled();
    expect(records).toHaveLength(sent);
    const before = other.length;
    await until(() => other.length > before + 10);
    second.stop();
    expect((await second.settled()).sent).toBe(other.length);
  });

  it('is one process, which ends with whoever started it', async () => {
    const file = fileURLToPath(new URL('load-without-end.mjs', import.meta.url));
    const parent = spawn(process.execPath, [file, String(server.port)], { stdio: ['ignore', 'ignore', 'inherit'] });
    await until(() => server.connections() > 0);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    // What was on its way, and no more: it would be 50 a second.
    await systemClock.sleep(100);
    const before = server.connections();
    await systemClock.sleep(1_000);
    expect(server.connections()).toBe(before);
  });
});

describe('a load process that breaks down', () => {
  it('is reported when it cannot start', async () => {
    loads = createLoads(new URL('no-such-process.mjs', import.meta.url));
    await expect(start()).rejects.toThrow(LoadError);
  });

  test.each([
    ['throws', 'throw new Error("out of order, on purpose");', 'exit code 1'],
    ['exits', 'process.exit(7);', 'exit code 7'],
    ['is killed', 'process.kill(process.pid, "SIGKILL");', 'signal SIGKILL'],
    ['ends without a word', 'process.disconnect();', 'exit code 0'],
  ])('is reported when it %s', async (_, source, message) => {
    const reported: unknown[] = [];
    loads = createLoads(processOf(source));
    const load = await start({ onError: (error) => reported.push(error) });
    load.stop();
    await expect(load.settled()).rejects.toThrow(message);
    expect(reported).toEqual([expect.any(LoadError)]);
    await expect(start()).rejects.toThrow(LoadError);
  });
});
