import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../clock';
import { createClient } from './client';
import type { Generator } from './generator';
import { startGenerator } from './generator';
import type { LoadNews, LoadOrder, LoadPlan, LoadReport } from './load-messages';
import { goFirst } from './load-priority';
import { packRecords } from './record-columns';
import { createSchedule } from './schedule';

/** Between the word that a load starts and its first request. */
const LEAD_MS = 20;
/** Requests that may wait at one time: below the usual hard limit of 65,536 ports and file handles, with room to spare. */
const MAX_OUTSTANDING = 20_000;
/** The monitor is a timer of this interval, which is part of what it measures. */
const DELAY_RESOLUTION_MS = 10;

/** Runs loads and reports on them, until nobody listens any more. */
function serve(report: (message: LoadReport) => void): void {
  const loads = new Map<number, Generator>();
  goFirst();
  process.on('message', (order: LoadOrder) => {
    const { load, kind } = order;
    if (kind !== 'start') {
      loads.get(load)?.[kind]();
      return;
    }
    const generator = begin(order.plan, (news) => report({ ...news, load }));
    loads.set(load, generator);
    void generator.settled().then(() => loads.delete(load));
  });
  process.on('disconnect', () => process.exit());
  // A signal to a whole process group is for the one who gives the orders to act on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
}

/** Sends a plan's traffic, until it is told to stop and nothing waits any more. */
function begin({ order, target, patienceMs }: LoadPlan, report: (news: LoadNews) => void): Generator {
  const loopDelay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  loopDelay.enable();
  const startedAt = systemClock.now() + LEAD_MS;
  const client = createClient({ ...target, patienceMs, clock: systemClock });
  const generator = startGenerator({
    schedule: createSchedule(order, startedAt),
    client,
    clock: systemClock,
    maxOutstanding: MAX_OUTSTANDING,
    onRecords: (records) => report({ kind: 'records', records: packRecords(records) }),
  });
  report({ kind: 'started', startedAt });
  void generator.settled().then((summary) => {
    loopDelay.disable();
    const loopDelayP99Ms = Math.max(0, loopDelay.percentile(99) / 1e6 - DELAY_RESOLUTION_MS);
    report({ kind: 'settled', summary: { ...summary, clientRetries: client.retries(), loopDelayP99Ms } });
    client.close();
  });
  return generator;
}

// The entry of a forked process.
// Without a callback, a message to a main process that is just going would end this one with an error of its own.
serve((message) => process.send?.(message, undefined, undefined, () => undefined));
