import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { LoadNews, LoadOrder, LoadPlan, LoadReport, LoadSummary } from './load-messages';
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
   * Resolves once it is stopped and nothing waits any more; every record was handed over by then. Rejects with a
   * {@link LoadError} when the load process breaks down.
   */
  readonly settled: () => Promise<LoadSummary>;
}

/** The process that sends traffic broke down; says nothing about the cluster. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

/** Who gets what comes of a load. */
export interface LoadMeans {
  /** Gets the records of finished requests, a few at a time. */
  readonly onRecords: (records: readonly ClientRecord[]) => void;
  /** Called once if the process breaks down while the load runs. */
  readonly onError: (error: LoadError) => void;
}

/** Loads, all of them sent from one process. */
export interface Loads {
  /** Begins to send a plan's traffic. Rejects with a {@link LoadError} when the load process cannot be started, or has ended. */
  readonly start: (plan: LoadPlan, means: LoadMeans) => Promise<Load>;
  /** Ends the process, and with it what still runs; resolves when it is gone. */
  readonly end: () => Promise<void>;
}

/**
 * Sends traffic from a process of its own, started for the first load, so that nothing that this one does can make requests late: neither
 * its event loop, nor its garbage collector's helpers, nor the copies that the kernel makes of its memory to start a program.
 *
 * @param file the compiled load process.
 */
export function createLoads(file: string | URL): Loads {
  let engine: LoadEngine | null = null;
  return {
    start: (plan, means) => (engine ??= startEngine(file)).start(plan, means),
    end: async () => engine?.end(),
  };
}

type LoadEngine = Loads;

/**
 * What is new on the load process's heap may take up this many MiB before it is looked through. Next to nothing of it lasts, so that Node's own
 * 16 MiB (`--max-semi-space-size`) only take up memory: 190 MiB instead of 80 at 4,000 requests a second.
 */
const YOUNG_MIB = 4;

/** What is to be done with what is heard of one load. */
interface Listener {
  readonly hear: (news: LoadNews) => void;
  readonly fail: (error: LoadError) => void;
}

function startEngine(file: string | URL): LoadEngine {
  const execArgv = [`--max-semi-space-size=${YOUNG_MIB}`];
  const child = fork(file, { execArgv, serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const listeners = new Map<number, Listener>();
  let ended: LoadError | null = null;
  let count = 0;
  // Whoever waits for a load keeps this process alive by other means.
  child.unref();
  child.on('message', ({ load, ...news }: LoadReport) => listeners.get(load)?.hear(news));
  onEnd(child, (error) => {
    ended = error;
    for (const { fail } of listeners.values()) fail(error);
    listeners.clear();
  });

  return {
    start: async (plan, means) => {
      if (ended !== null) throw ended;
      const load = (count += 1);
      const tell = (order: LoadOrder): void => {
        // That it cannot be told anything any more shows by its end.
        if (child.connected) child.send(order, () => undefined);
      };
      const forget = (): void => void listeners.delete(load);
      tell({ load, kind: 'start', plan });
      return loadOf(plan, means, {
        tell: (kind) => tell({ load, kind }),
        listen: (one) => listeners.set(load, one),
        forget,
      });
    },
    end: async () => {
      if (ended !== null) return;
      child.ref();
      const gone = once(child, 'exit');
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

/** Calls back once, when the process cannot be started or has come to its end. */
function onEnd(child: ChildProcess, callback: (error: LoadError) => void): void {
  child.once('error', (cause) =>
    callback(new LoadError(`the load process does not start: ${cause.message}`, { cause })),
  );
  child.once('exit', (code, signal) => {
    const how = code === null ? `signal ${signal}` : `exit code ${code}`;
    callback(new LoadError(`the load process ended by itself, with ${how}`));
  });
}

/** How one load is told and heard of. */
interface Line {
  readonly tell: (order: 'stop' | 'abandon') => void;
  readonly listen: (listener: Listener) => void;
  readonly forget: () => void;
}

function loadOf(plan: LoadPlan, { onRecords, onError }: LoadMeans, { tell, listen, forget }: Line): Promise<Load> {
  return new Promise((resolve, reject) => {
    const settlement = Promise.withResolvers<LoadSummary>();
    // Whoever asks for it learns of a failure; that nobody has asked yet is no reason to end this process.
    settlement.promise.catch(() => undefined);
    let schedule: Schedule | null = null;
    const hear = (news: LoadNews): void => {
      if (news.kind === 'records' && schedule !== null) onRecords(unpackRecords(news.records, schedule));
      if (news.kind === 'settled') {
        forget();
        settlement.resolve(news.summary);
      }
      if (news.kind !== 'started') return;
      const { startedAt } = news;
      schedule = createSchedule(plan.order, startedAt);
      resolve({
        ...{ startedAt, stop: () => tell('stop'), abandon: () => tell('abandon') },
        settled: () => settlement.promise,
      });
    };
    const fail = (error: LoadError): void => {
      settlement.reject(error);
      if (schedule === null) reject(error);
      else onError(error);
    };
    listen({ hear, fail });
  });
}
