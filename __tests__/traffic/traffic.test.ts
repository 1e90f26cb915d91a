import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/clock';
import { systemClock } from '../../src/clock';
import { EVIDENCE_PREFIX, REQUEST_ID_HEADER } from '../../src/cluster/nginx/evidence-log';
import type { Loads } from '../../src/traffic/load';
import { createLoads, LoadError } from '../../src/traffic/load';
import type { Traffic, TrafficMeans } from '../../src/traffic/traffic';
import { startTraffic } from '../../src/traffic/traffic';
import type { Loopback } from './loopback';
import { startHttp } from './loopback';

const REPLICA = '10.0.0.11:5000';

/** Sleeps are over at once, so that no deadline is waited for; what the machine does meanwhile is real. */
function impatientClock(onSleep: (sleptMs: number) => void = () => undefined): Clock {
  let slept = 0;
  return {
    now: () => systemClock.now() + slept,
    sleep: (ms) => {
      slept += ms;
      onSleep(slept);
      return systemClock.sleep(0);
    },
  };
}

function evidenceLine(request: IncomingMessage): string {
  const values = {
    id: request.headers[REQUEST_ID_HEADER.toLowerCase()],
    time: (Date.now() / 1000).toFixed(3),
    pid: '7',
    method: request.method,
    status: '200',
    requestTime: '0.002',
    upstreamAddr: REPLICA,
    upstreamStatus: '200',
    connectTime: '0.000',
    headerTime: '0.001',
    responseTime: '0.002',
    requestLength: '143',
    bodyBytes: '300',
    framing: '300',
    upstreamBytes: '300',
    bytesSent: '120',
  };
  return EVIDENCE_PREFIX + JSON.stringify(values);
}

let server: Loopback;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let writeLine: (line: string) => void;
let logIsOpen: boolean;
let ending: AbortController;
let loads: Loads;

beforeEach(async () => {
  ending = new AbortController();
  loads = createLoads(new URL('load-process-source.mjs', import.meta.url));
  logIsOpen = false;
  answer = (request, response) => {
    response.end('ok');
    writeLine('172.17.0.1 - - "GET / HTTP/1.1" 200');
    writeLine(evidenceLine(request));
  };
  server = await startHttp((request, response) => answer(request, response));
});

afterEach(async () => {
  ending.abort(new Error('the test is over'));
  await loads.end();
  await server.close();
});

function open(changes: Partial<TrafficMeans> = {}): Promise<Traffic> {
  const mix = { getFresh: 1, getKept: 1, postFresh: 0, postKept: 0 };
  return startTraffic(
    { rate: 200, mix, path: '/', seed: 3, idPrefix: 'run' },
    {
      host: '127.0.0.1',
      port: server.port,
      authority: 'users.test',
      headers: [['User-Agent', 'test']],
      patienceMs: 20_000,
      loads,
      openLog: (onLine) => {
        writeLine = onLine;
        logIsOpen = true;
        return Promise.resolve(() => (logIsOpen = false));
      },
      clock: impatientClock(),
      signal: ending.signal,
      ...changes,
    },
  );
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await systemClock.sleep(5);
}

describe('traffic', () => {
  it('joins both sides of each request', async () => {
    const traffic = await open();
    await until(() => traffic.samples().length >= 20);
    const { samples, missingLines, unknownIds, summary } = await traffic.finish();
    expect([missingLines, unknownIds, summary.sent]).toEqual([0, 0, samples.length]);
    expect(samples.map(({ proxy }) => proxy?.attempts.map(({ address }) => address))).toEqual(
      samples.map(() => [REPLICA]),
    );
    expect(samples.map(({ id }) => id)).toEqual(samples.map((_, seq) => `run-${seq}`));
    expect(logIsOpen).toBe(false);
  });

  it('waits for lines that come after the answers', async () => {
    const late: string[] = [];
    answer = (request, response) => {
      response.end('ok');
      late.push(evidenceLine(request));
    };
    // Longer than it waits for the lines of requests without an answer.
    const clock = impatientClock((sleptMs) => {
      if (sleptMs >= 1_000) late.splice(0).forEach((line) => writeLine(line));
    });
    const traffic = await open({ clock });
    await until(() => traffic.samples().length >= 3);
    const { samples, missingLines } = await traffic.finish();
    expect(missingLines).toBe(0);
    expect(samples.filter(({ proxy }) => proxy === null)).toEqual([]);
  });

  it('counts lines that never come', async () => {
    let requests = 0;
    answer = (request, response) => {
      response.end('ok');
      requests += 1;
      if (requests > 2) writeLine(evidenceLine(request));
    };
    const traffic = await open();
    await until(() => traffic.samples().length >= 5);
    const { samples, missingLines } = await traffic.finish();
    expect(missingLines).toBe(2);
    expect(samples.filter(({ proxy }) => proxy === null)).toHaveLength(2);
  });

  it('does not miss the line of a request that got no answer', async () => {
    answer = (_, response) => response.destroy();
    const traffic = await open();
    await until(() => traffic.samples().length >= 3);
    const { samples, missingLines } = await traffic.finish();
    expect(missingLines).toBe(0);
    expect(new Set(samples.map(({ outcome }) => outcome.kind))).toEqual(new Set(['transport']));
  });

  it('tells of lines with ids of somebody else', async () => {
    const traffic = await open();
    await until(() => traffic.samples().length > 0);
    const line = evidenceLine({
      headers: { [REQUEST_ID_HEADER.toLowerCase()]: 'other-1' },
      method: 'GET',
    } as unknown as IncomingMessage);
    writeLine(line);
    expect((await traffic.finish()).unknownIds).toBe(1);
  });

  it('knows what is due and what is still on its way', async () => {
    const held: (() => void)[] = [];
    answer = (request, response) => {
      held.push(() => {
        response.end('ok');
        writeLine(evidenceLine(request));
      });
    };
    const traffic = await open();
    await until(() => held.length >= 4);
    const from = (traffic.samples()[0]?.scheduledAt ?? systemClock.now()) - 10_000;
    const now = systemClock.now();
    expect([traffic.dueBy(from), traffic.outstandingBefore(from)]).toEqual([0, 0]);
    expect(traffic.dueBy(now)).toBeGreaterThanOrEqual(4);
    expect(traffic.outstandingBefore(now)).toBe(traffic.dueBy(now));
    const answering = setInterval(() => held.splice(0).forEach((release) => release()), 1);
    await until(() => traffic.outstandingBefore(now) === 0);
    const { summary } = await traffic.finish();
    clearInterval(answering);
    const later = systemClock.now() + 60_000;
    expect([traffic.dueBy(later), traffic.outstandingBefore(later)]).toEqual([summary.sent, 0]);
  });

  it('finishes once, however often it is asked', async () => {
    const traffic = await open();
    expect(traffic.finish()).toBe(traffic.finish());
    expect((await traffic.finish()).missingLines).toBe(0);
  });
});

describe('traffic that cannot go on', () => {
  it('is abandoned when the signal aborts', async () => {
    answer = () => undefined;
    const traffic = await open();
    await until(() => server.connections() > 0);
    const finishing = traffic.finish();
    ending.abort(new Error('cancelled'));
    await expect(finishing).rejects.toThrow('cancelled');
    expect(logIsOpen).toBe(false);
    expect(new Set(traffic.samples().map(({ outcome }) => outcome.kind))).toEqual(new Set(['abandoned']));
  });

  it('is abandoned even if it was never finished', async () => {
    answer = () => undefined;
    const traffic = await open();
    await until(() => server.connections() > 0);
    ending.abort(new Error('cancelled'));
    await until(() => traffic.samples().length > 0);
    expect(logIsOpen).toBe(false);
  });

  it('does not begin after the signal has aborted', async () => {
    ending.abort(new Error('cancelled'));
    await expect(open()).rejects.toThrow('cancelled');
    expect([logIsOpen, server.connections()]).toEqual([false, 0]);
  });

  it('lets go of the log when the load process cannot be started', async () => {
    await expect(open({ loads: createLoads(new URL('no-such-process.mjs', import.meta.url)) })).rejects.toThrow(
      LoadError,
    );
    expect(logIsOpen).toBe(false);
  });

  it('says so to everybody who asks when the load process breaks down', async () => {
    const traffic = await open();
    void loads.end();
    await expect(traffic.finish()).rejects.toThrow(LoadError);
    expect(() => traffic.samples()).toThrow(LoadError);
    expect(() => traffic.dueBy(0)).toThrow(LoadError);
    expect(() => traffic.outstandingBefore(0)).toThrow(LoadError);
  });
});
