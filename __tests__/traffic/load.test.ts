import { afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { systemClock } from '../../src/clock';
import type { Load, LoadMeans, LoadPlan } from '../../src/traffic/load';
import { LoadError, startLoad } from '../../src/traffic/load';
import type { ClientRecord } from '../../src/traffic/sample';
import type { Loopback } from './loopback';
import { startHttp } from './loopback';

const THREAD_FILE = new URL('load-thread-source.mjs', import.meta.url);

let server: Loopback;
let records: ClientRecord[];
let stalled: boolean;

beforeEach(async () => {
  records = [];
  stalled = false;
  server = await startHttp((_, response) => {
    if (!stalled) response.end('ok');
  });
});

afterEach(() => server.close());

function start(means: Partial<LoadMeans> = {}): Promise<Load> {
  const plan: LoadPlan = {
    order: {
      rate: 200,
      mix: { getFresh: 1, getKept: 1, postFresh: 1, postKept: 1 },
      path: '/',
      seed: 3,
      idPrefix: 'run',
    },
    target: { host: '127.0.0.1', port: server.port, idHeader: 'X-Test-Id' },
    patienceMs: 20_000,
  };
  const onRecords = (batch: readonly ClientRecord[]): void => void records.push(...batch);
  return startLoad(plan, { threadFile: THREAD_FILE, onRecords, onError: () => undefined, ...means });
}

/** A thread that says that it started, and then runs `source`. */
function threadOf(source: string): URL {
  const started = `import { parentPort } from 'node:worker_threads'; parentPort.postMessage({ kind: 'started', startedAt: 1 });`;
  return new URL(
    `data:text/javascript,${encodeURIComponent(`${started} parentPort.once('message', () => { ${source} });`)}`,
  );
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await systemClock.sleep(5);
}

describe('load thread', () => {
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

  it('runs nothing where it is only imported', async () => {
    expect(Object.keys(await import('../../src/traffic/load-thread'))).toEqual([]);
  });
});

describe('a load thread that breaks down', () => {
  it('is reported when it cannot start', async () => {
    const threadFile = new URL('no-such-thread.mjs', import.meta.url);
    await expect(start({ threadFile })).rejects.toThrow(LoadError);
  });

  test.each([
    ['throws', 'throw new Error("out of order");', 'exit code 1'],
    ['exits', 'process.exit(7);', 'exit code 7'],
    ['ends without a word', 'parentPort.close();', 'exit code 0'],
  ])('is reported when it %s', async (_, source, message) => {
    const reported: unknown[] = [];
    const load = await start({ threadFile: threadOf(source), onError: (error) => reported.push(error) });
    load.stop();
    await expect(load.settled()).rejects.toThrow(message);
    expect(reported).toEqual([expect.any(LoadError)]);
  });
});
