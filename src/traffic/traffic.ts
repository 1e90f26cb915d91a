import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../clock';
import { waitUntil } from '../clock';
import { REQUEST_ID_HEADER } from '../cluster/nginx/evidence-log';
import { parseEvidence } from './access-log';
import type { Ledger } from './ledger';
import { createLedger } from './ledger';
import type { RequestTarget } from './request-message';
import type { Load, LoadError, LoadPlan, Loads, LoadSummary } from './load';
import { latenessMs } from './attribution';
import type { Sample } from './sample';
import type { TrafficOrder } from './schedule';
import { createSchedule, seqOf } from './schedule';

export type { RequestMix, SlowPart, TrafficOrder } from './schedule';

/** Traffic that runs. After the load process has broken down, every member but `finish` throws its LoadError. */
export interface Traffic {
  /** Requests that have come to an end so far, in the order in which they were due; a recent one may lack NGINX's side. */
  readonly samples: () => readonly Sample[];
  /**
   * Those of them that were due before the first request of which anything is still to come: what is concluded from these
   * no later record can change.
   */
  readonly settledSamples: () => readonly Sample[];
  /** How many requests have come to an end so far. */
  readonly count: () => number;
  /** How many requests were due by an instant (epoch milliseconds). */
  readonly dueBy: (instant: number) => number;
  /** How many of these have not come to an end yet, as far as is known here. */
  readonly outstandingBefore: (instant: number) => number;
  /**
   * Sends nothing more, waits until each request has come to an end (within its own patience; with `abandon`, ends those that still wait)
   * and then a moment for the lines that NGINX still owes. Rejects with a LoadError when the load process has broken down, and with the signal's
   * reason when that aborts.
   */
  readonly finish: (how?: 'wait' | 'abandon') => Promise<TrafficResult>;
}

/** What came of the traffic. */
export interface TrafficResult {
  /** In the order in which they were due. */
  readonly samples: readonly Sample[];
  /** Answered requests for which NGINX's line never came. */
  readonly missingLines: number;
  /** Ids in NGINX's lines that are none of this traffic's: something else sends our header. */
  readonly unknownIds: number;
  readonly summary: LoadSummary;
  /** 99th percentile of how long a thread of usual priority had to wait for its turn meanwhile, in milliseconds. */
  readonly turnDelayP99Ms: number;
}

/** What traffic is sent with. */
export interface TrafficMeans {
  /** Where NGINX listens on this machine. */
  readonly host: string;
  readonly port: number;
  /** What the Host header says. */
  readonly authority: string;
  /** Who asks, and whatever else each request says. */
  readonly headers: RequestTarget['headers'];
  /** Milliseconds from the moment a request was due until its client gives up. */
  readonly patienceMs: number;
  readonly loads: Loads;
  /** Resolves as soon as every line that NGINX writes from then on is sure to come; what it resolves to ends that. */
  readonly openLog: (onLine: (line: string) => void) => Promise<() => void>;
  readonly clock: Clock;
  /** Gets how late requests left, in milliseconds, once they have come to an end. */
  readonly onLateness?: (latenessesMs: readonly number[]) => void;
  /** Abandons the traffic, whether or not it was finished, and lets go of load and log. */
  readonly signal: AbortSignal;
}

/** NGINX logs a request when it is done with it; the rest is the way of the line to us. */
const MISSING_LINES_MS = 3_000;
/** Requests that got no answer may have no line at all (a worker that was killed), so the wait for theirs is short. */
const UNLOGGED_MS = 300;
const POLL_MS = 20;
/** The monitor of the event loop is a timer of this interval, which is part of what it measures. */
const TURN_MS = 10;

/**
 * Begins to send requests through NGINX and to join both sides of each.
 *
 * @throws LoadError when the load process cannot be started; whatever `openLog` throws; the reason of an aborted signal.
 */
export async function startTraffic(order: TrafficOrder, means: TrafficMeans): Promise<Traffic> {
  means.signal.throwIfAborted();
  const ledger = createLedger();
  const closeLog = await means.openLog((line) => {
    const record = parseEvidence(line);
    if (record !== null) ledger.addProxy(record);
  });
  try {
    const failure: { error: LoadError | null } = { error: null };
    const load = await means.loads.start(planOf(order, means), {
      onRecords: (records) => {
        ledger.addClient(records);
        means.onLateness?.(records.map(latenessMs));
      },
      onError: (error) => (failure.error = error),
    });
    return trafficOf(order, means, { load, ledger, failure, closeLog });
  } catch (error) {
    closeLog();
    throw error;
  }
}

interface Parts {
  readonly load: Load;
  readonly ledger: Ledger;
  readonly failure: { readonly error: LoadError | null };
  readonly closeLog: () => void;
}

function trafficOf(order: TrafficOrder, means: TrafficMeans, { load, ledger, failure, closeLog }: Parts): Traffic {
  const { signal } = means;
  const schedule = createSchedule(order, load.startedAt);
  let sent = Infinity;
  let finished: Promise<TrafficResult> | null = null;
  const turnDelay = monitorEventLoopDelay({ resolution: TURN_MS });
  turnDelay.enable();

  const letGo = (): void => {
    turnDelay.disable();
    load.abandon();
    closeLog();
  };
  const checked = <T>(value: T): T => {
    if (failure.error !== null) throw failure.error;
    return value;
  };
  const dueBy = (instant: number): number => Math.min(sent, schedule.dueBy(instant));
  const finish = async (how: 'wait' | 'abandon'): Promise<TrafficResult> => {
    try {
      if (how === 'abandon') load.abandon();
      else load.stop();
      const summary = await load.settled();
      sent = summary.sent;
      await linesOwed(ledger, means);
      const { samples, missingLines, unknownIds } = ledger;
      const turnDelayP99Ms = Math.max(0, turnDelay.percentile(99) / 1e6 - TURN_MS);
      return { samples: samples(), missingLines: missingLines(), unknownIds: unknownIds(), summary, turnDelayP99Ms };
    } finally {
      turnDelay.disable();
      signal.removeEventListener('abort', letGo);
      closeLog();
    }
  };

  if (signal.aborted) letGo();
  signal.addEventListener('abort', letGo, { once: true });
  return {
    samples: () => checked(ledger.samples()),
    count: () => checked(ledger.count()),
    settledSamples: () => checked(ledger.settled(({ id }, seq) => seqOf(id) === seq)),
    dueBy: (instant) => checked(dueBy(instant)),
    outstandingBefore: (instant) => checked(dueBy(instant) - ledger.countDueBy(instant)),
    finish: (how = 'wait') => (finished ??= finish(how)),
  };
}

function planOf(order: TrafficOrder, { host, port, authority, headers, patienceMs }: TrafficMeans): LoadPlan {
  return { order, patienceMs, target: { host, port, authority, headers, idHeader: REQUEST_ID_HEADER } };
}

/** Waits for the lines that are still on their way. */
async function linesOwed(ledger: Ledger, { clock, signal }: TrafficMeans): Promise<void> {
  const from = clock.now();
  const isDone = (): boolean =>
    ledger.unloggedRequests() === 0 || (ledger.missingLines() === 0 && clock.now() - from >= UNLOGGED_MS);
  await waitUntil({
    poll: () => (isDone() ? true : null),
    timeoutMs: MISSING_LINES_MS,
    intervalMs: POLL_MS,
    clock,
    signal,
  });
}
