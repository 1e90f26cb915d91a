import type { MessagePort } from 'node:worker_threads';
import { parentPort, workerData } from 'node:worker_threads';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../clock';
import { createClient } from './client';
import { startGenerator } from './generator';
import { goFirst } from './load-priority';
import type { LoadOrder, LoadPlan, LoadReport } from './load-messages';
import { packRecords } from './record-columns';
import { createSchedule } from './schedule';

/** Between the thread's word that it starts and the first request. */
const LEAD_MS = 20;
/** Requests that may wait at one time: below the usual hard limit of 65,536 ports and file handles, with room to spare. */
const MAX_OUTSTANDING = 20_000;
/** The monitor is a timer of this interval, which is part of what it measures. */
const DELAY_RESOLUTION_MS = 10;

/** Sends a plan's traffic and reports on it, until it is told to stop and nothing waits any more. */
function runLoad(port: MessagePort, { order, target, patienceMs }: LoadPlan): void {
  const report = (message: LoadReport): void => port.postMessage(message);
  const loopDelay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  loopDelay.enable();
  goFirst();
  const startedAt = systemClock.now() + LEAD_MS;
  const client = createClient({ ...target, patienceMs, clock: systemClock });
  const generator = startGenerator({
    schedule: createSchedule(order, startedAt),
    client,
    clock: systemClock,
    maxOutstanding: MAX_OUTSTANDING,
    onRecords: (records) => report({ kind: 'records', records: packRecords(records) }),
  });
  port.on('message', (message: LoadOrder) => generator[message]());
  report({ kind: 'started', startedAt });
  void generator.settled().then((summary) => {
    loopDelay.disable();
    const loopDelayP99Ms = Math.max(0, loopDelay.percentile(99) / 1e6 - DELAY_RESOLUTION_MS);
    report({ kind: 'settled', summary: { ...summary, clientRetries: client.retries(), loopDelayP99Ms } });
    client.close();
    port.close();
  });
}

// The entry of a thread; importing it anywhere else runs nothing.
if (parentPort !== null) runLoad(parentPort, workerData as LoadPlan);
