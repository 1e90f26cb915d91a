import { Worker } from 'node:worker_threads';
import type { LoadOrder, LoadPlan, LoadReport, LoadSummary } from './load-messages';
import { unpackRecords } from './record-columns';
import type { ClientRecord } from './sample';
import type { Schedule } from './schedule';
import { createSchedule } from './schedule';

export type { LoadPlan, LoadSummary } from './load-messages';

/** A load that runs. */
export interface Load {
  /** When the first request was due, in epoch milliseconds; others follow at the plan's rate. */
  readonly startedAt: number;
  /** Sends nothing more. */
  readonly stop: () => void;
  /** Sends nothing more and ends what still waits, as `abandoned`. */
  readonly abandon: () => void;
  /**
   * Resolves once it is stopped, nothing waits any more and the thread is gone; every record was handed over by then.
   * Rejects with a {@link LoadError} when the thread breaks down.
   */
  readonly settled: () => Promise<LoadSummary>;
}

/** The thread that sends traffic broke down; says nothing about the cluster. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

/** How a load is run. */
export interface LoadMeans {
  /** The compiled load thread. */
  readonly threadFile: string | URL;
  /** Gets the records of finished requests, a few at a time. */
  readonly onRecords: (records: readonly ClientRecord[]) => void;
  /** Called once if the thread breaks down while it runs. */
  readonly onError: (error: LoadError) => void;
}

/**
 * Sends a plan's traffic from a thread of its own, so that whatever else this process does cannot make requests late.
 * Rejects with a {@link LoadError} when the thread cannot be started.
 */
export function startLoad(plan: LoadPlan, { threadFile, onRecords, onError }: LoadMeans): Promise<Load> {
  const worker = new Worker(threadFile, { workerData: plan });
  const tell = (order: LoadOrder): void => worker.postMessage(order);
  return new Promise((resolve, reject) => {
    let fail: (error: LoadError) => void = reject;
    const settled = settlementOf(worker, (error) => fail(error));
    let schedule: Schedule | null = null;
    worker.on('message', (report: LoadReport) => {
      if (report.kind === 'records' && schedule !== null) onRecords(unpackRecords(report.records, schedule));
      if (report.kind !== 'started') return;
      fail = onError;
      const { startedAt } = report;
      schedule = createSchedule(plan.order, startedAt);
      resolve({ startedAt, stop: () => tell('stop'), abandon: () => tell('abandon'), settled: () => settled });
    });
  });
}

/** The thread's summary once it has ended; rejects with a LoadError, and calls back with it, if it ends without one. */
function settlementOf(worker: Worker, onFailure: (error: LoadError) => void): Promise<LoadSummary> {
  const settlement = new Promise<LoadSummary>((resolve, reject) => {
    let summary: LoadSummary | null = null;
    let cause: unknown = null;
    worker.on('message', (report: LoadReport) => {
      if (report.kind === 'settled') summary = report.summary;
    });
    worker.once('error', (error: unknown) => {
      cause = error;
    });
    worker.once('exit', (code) => {
      if (summary !== null) {
        resolve(summary);
        return;
      }
      const error = new LoadError(`the load thread ended by itself, with exit code ${code}`, { cause });
      reject(error);
      onFailure(error);
    });
  });
  // Whoever asks for it learns of the failure; that nobody has asked yet is no reason to end the process.
  settlement.catch(() => undefined);
  return settlement;
}
