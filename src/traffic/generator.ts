import type { RecordableHistogram } from 'node:perf_hooks';
import { createHistogram } from 'node:perf_hooks';
import type { Clock } from '../clock';
import type { Client } from './client';
import type { ClientRecord, ScheduledRequest } from './sample';
import type { Schedule } from './schedule';

/** What the generator works with. */
export interface GeneratorOptions {
  readonly schedule: Schedule;
  readonly client: Pick<Client, 'send' | 'abandon'>;
  readonly clock: Clock;
  /** Requests that may wait for an answer at one time; what is due beyond them is not sent. */
  readonly maxOutstanding: number;
  /** Gets the records of finished requests, a few at a time, in the order in which they finished. */
  readonly onRecords: (records: readonly ClientRecord[]) => void;
}

/** An open-model load: requests leave when they are due, whether or not earlier ones came back. */
export interface Generator {
  /** Sends nothing more. */
  readonly stop: () => void;
  /** Sends nothing more and ends what still waits, as `abandoned`. */
  readonly abandon: () => void;
  /** Resolves once it is stopped and nothing waits any more; every record was handed over by then. */
  readonly settled: () => Promise<GeneratorSummary>;
}

/** What a generator did; spans in milliseconds. */
export interface GeneratorSummary {
  /** Requests that came due, whatever became of them. */
  readonly sent: number;
  /** Of these: requests that this machine could not send. */
  readonly notSent: number;
  /** How late requests left. */
  readonly latenessMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** Finished requests are handed over at this interval: soon enough to watch, seldom enough to cost little. */
const BATCH_MS = 50;
/** A sleep that is not worth cutting short. */
const SHORT_MS = 20;
/** Its code, where a request was not sent because too many others were waiting. */
export const TOO_MANY_OUTSTANDING = 'TOO_MANY_OUTSTANDING';

/** Starts to send at once. The schedule decides when the first request is due. */
export function startGenerator({ schedule, client, clock, maxOutstanding, onRecords }: GeneratorOptions): Generator {
  const stopped = new AbortController();
  const lateness = createHistogram();
  const batch = createBatch(clock, onRecords);
  const { promise: settled, settle } = deferred<GeneratorSummary>();
  let sent = 0;
  let notSent = 0;
  let outstanding = 0;

  const settleIfDone = (): void => {
    if (!stopped.signal.aborted || outstanding > 0) return;
    batch.flush();
    settle({ sent, notSent, latenessMs: percentilesMs(lateness) });
  };
  const finish = (record: ClientRecord): void => {
    lateness.record(microseconds(record.sentAt - record.scheduledAt));
    if (record.outcome.kind === 'not-sent') notSent += 1;
    batch.add(record);
  };
  const finishSent = (record: ClientRecord): void => {
    finish(record);
    outstanding -= 1;
    settleIfDone();
  };
  const send = (request: ScheduledRequest): void => {
    if (outstanding >= maxOutstanding) {
      finish(refused(request, clock.now()));
      return;
    }
    outstanding += 1;
    client.send(request, finishSent);
  };
  const run = (): void => {
    if (stopped.signal.aborted) return;
    // What comes due meanwhile must wait for the next round, or an overloaded generator would never read an answer.
    for (const due = schedule.dueBy(clock.now()); sent < due; sent += 1) send(schedule.at(sent));
    void pause(clock, schedule.dueAt(sent) - clock.now(), stopped.signal).then(run);
  };
  const stop = (): void => {
    stopped.abort();
    settleIfDone();
  };

  run();
  return {
    stop,
    abandon: () => {
      stop();
      client.abandon();
    },
    settled: () => settled,
  };
}

function refused(request: ScheduledRequest, now: number): ClientRecord {
  return { ...request, sentAt: now, doneAt: now, outcome: { kind: 'not-sent', code: TOO_MANY_OUTSTANDING } };
}

/** Timers have whole milliseconds; at a high rate several requests leave at each. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const wholeMs = Math.max(1, Math.ceil(ms));
  // To listen for the end costs as much as to send a request, and so short a sleep holds nobody up.
  if (wholeMs <= SHORT_MS) return clock.sleep(wholeMs);
  // The sleep rejects when it is cut short, which is all the same here.
  return clock.sleep(wholeMs, signal).catch(() => undefined);
}

interface Batch {
  readonly add: (record: ClientRecord) => void;
  readonly flush: () => void;
}

function createBatch(clock: Clock, deliver: (records: readonly ClientRecord[]) => void): Batch {
  let records: ClientRecord[] = [];
  const flush = (): void => {
    if (records.length === 0) return;
    const full = records;
    records = [];
    deliver(full);
  };
  return {
    add: (record) => {
      records.push(record);
      if (records.length === 1) void clock.sleep(BATCH_MS).then(flush);
    },
    flush,
  };
}

/** A histogram takes whole numbers from 1. */
function microseconds(ms: number): number {
  return Math.max(1, Math.round(ms * 1000));
}

function percentilesMs(histogram: RecordableHistogram): GeneratorSummary['latenessMs'] {
  const { max } = histogram;
  return { p50: histogram.percentile(50) / 1000, p99: histogram.percentile(99) / 1000, max: max / 1000 };
}

function deferred<T>(): { readonly promise: Promise<T>; readonly settle: (value: T) => void } {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}
