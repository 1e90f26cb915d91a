import type { Clock } from '../clock';
import { waitUntil } from '../clock';
import { percentile } from '../traffic/percentile';

/** Lets scenarios in, as many at a time as the machine carries without making any of them late. */
export interface Admission {
  /**
   * Resolves, in the order of asking, when one more scenario may begin; the function gives its place back. Rejects with the signal's
   * reason.
   */
  readonly enter: (signal: AbortSignal) => Promise<() => void>;
  /** How late requests left that have come to an end, in milliseconds. */
  readonly tell: (latenessesMs: readonly number[]) => void;
  /** Lets a cluster come or go, which keeps processors busy that are free afterwards. */
  readonly disturb: <T>(work: () => Promise<T>) => Promise<T>;
  /**
   * Resolves when it is known how busy the scenarios that run keep the machine, or when it is {@link Admission.idle} before that. Rejects
   * with the signal's reason.
   */
  readonly known: (signal: AbortSignal) => Promise<void>;
  /**
   * Resolves when processors have had little to do for a second since a cluster began to come or go: those that come just wait, for an app
   * that takes its time to start. Rejects with the signal's reason.
   */
  readonly idle: (signal: AbortSignal) => Promise<void>;
}

/** What an admission goes by. */
export interface AdmissionMeans {
  readonly clock: Clock;
  readonly processors: number;
  /** Requests leave before everybody else gets a processor. */
  readonly loadGoesFirst: boolean;
  /** Requests per second of each scenario. */
  readonly rate: number;
  /** How busy this machine's processors were since the last call: 0 not at all, 1 all of them. */
  readonly busy: () => number;
  readonly log: (line: string) => void;
}

/**
 * To begin with, at the most. A scenario waits most of its time; under 100 requests a second it keeps about a fifth of a processor busy,
 * with the sample app. Under many more it is the requests that count. Requests that wait for a processor like everybody else
 * need more of them left over.
 */
const PER_PROCESSOR = { first: 4, equal: 2 };
const REQUESTS_PER_PROCESSOR = 400;
/** How often the number is thought over, and what it then goes by, in milliseconds. */
const INTERVAL_MS = 1_000;
const POLL_MS = 50;
/** Fewer requests say nothing of lateness. */
const LEAST_REQUESTS = 50;
/** Far within the 50 ms that a verdict allows (`load.lag`), and half way to it, in milliseconds. */
const PUNCTUAL_MS = 5;
const LATE_MS = 25;
/** How busy the machine may become with one scenario more, which takes as much as those that run. */
const MOST_BUSY = 0.9;
/** Making containers keeps two processors busier than that. */
const IDLE = 0.5;

/**
 * Begins with one scenario a processor. How busy these keep the machine, while no cluster comes or goes, tells how many more it
 * carries, two or four a processor at first; from then on it goes by what it is told and sees. Says what it chooses.
 */
export function createAdmission(means: AdmissionMeans): Admission {
  const { clock, processors, loadGoesFirst, rate, log } = means;
  const most = loadGoesFirst ? PER_PROCESSOR.first : PER_PROCESSOR.equal;
  const queue: symbol[] = [];
  let running = 0;
  let limit = Math.max(1, Math.floor(processors * Math.min(most, REQUESTS_PER_PROCESSOR / rate)));
  let latenesses: number[] = [];
  let thoughtAt = clock.now();
  const machine = createWatch(means);

  const until = (poll: () => true | null, signal: AbortSignal): Promise<true | null> =>
    waitUntil({ poll, timeoutMs: Infinity, intervalMs: POLL_MS, clock, signal });
  const seen = async (what: () => boolean, signal: AbortSignal): Promise<void> => {
    await until(() => {
      machine.look(running);
      return what() ? true : null;
    }, signal);
  };
  const choose = (count: number, why: string): void => {
    if (count === limit) return;
    limit = count;
    log(`${why}: ${count === 1 ? 'one scenario' : `${count} scenarios`} at a time`);
  };
  const thinkOver = (): void => {
    machine.look(running);
    if (clock.now() - thoughtAt < INTERVAL_MS) return;
    thoughtAt = clock.now();
    if (latenesses.length < LEAST_REQUESTS) return;
    const lateMs = percentile(latenesses, 0.99);
    latenesses = [];
    const seen = `requests leave ${lateMs.toFixed(0)} ms late (p99), processors are ${machine.inWords()} busy`;
    if (lateMs > LATE_MS) choose(Math.max(1, Math.min(limit, running - 1)), seen);
    else if (lateMs < PUNCTUAL_MS && machine.isKnown(running) && running < machine.mostCarried() && running >= limit)
      choose(running + 1, seen);
  };
  const tryEnter = (ticket: symbol): true | null => {
    thinkOver();
    if (queue[0] !== ticket || running >= limit) return null;
    // However few processors, and however busy others keep them, one scenario for each goes on.
    if (running >= processors && running >= machine.mostCarried()) return null;
    running += 1;
    machine.change();
    return true;
  };

  return {
    enter: async (signal) => {
      const ticket = Symbol('place in the queue');
      queue.push(ticket);
      try {
        await until(() => tryEnter(ticket), signal);
      } finally {
        queue.splice(queue.indexOf(ticket), 1);
      }
      return () => {
        running -= 1;
        machine.change();
      };
    },
    tell: (some) => {
      // Nobody waits: nothing is to be thought over.
      if (queue.length > 0) latenesses.push(...some);
    },
    disturb: machine.disturb,
    known: async (signal) => {
      await seen(() => machine.isKnown(running) || machine.isIdle(), signal);
      // Idle, but for clusters that come, it tells nothing yet of what scenarios take.
      if (!machine.isKnown(running)) return;
      const most = Math.min(limit, Math.max(processors, machine.mostCarried()));
      log(`processors are ${machine.inWords()} busy with ${running} of the scenarios: up to ${most} at a time`);
    },
    idle: (signal) => seen(machine.isIdle, signal),
  };
}

/**
 * Sees how busy so many scenarios keep the machine, as long as their number stays the same. What is seen while clusters come or go is
 * more than that, so that it counts only where it is little.
 */
function createWatch({ clock, busy }: AdmissionMeans): {
  readonly look: (running: number) => void;
  readonly change: () => void;
  readonly disturb: Admission['disturb'];
  /** With just so many. */
  readonly isKnown: (running: number) => boolean;
  /** So many it carries, as far as is known: none, before anything is. */
  readonly mostCarried: () => number;
  /** Of late, whatever comes or goes. */
  readonly isIdle: () => boolean;
  readonly inWords: () => string;
} {
  let disturbances = 0;
  let since = clock.now();
  let seen: { readonly share: number; readonly scenarios: number } | null = null;
  let idle = false;
  const change = (): void => {
    since = clock.now();
    idle = false;
    busy();
  };
  return {
    look: (running) => {
      if (clock.now() - since < INTERVAL_MS) return;
      const share = busy();
      since = clock.now();
      idle = share < IDLE;
      if (disturbances === 0 || (idle && running > 0)) seen = { share, scenarios: Math.max(1, running) };
    },
    change,
    disturb: async (work) => {
      disturbances += 1;
      change();
      try {
        return await work();
      } finally {
        disturbances -= 1;
        change();
      }
    },
    isKnown: (running) => seen?.scenarios === Math.max(1, running),
    mostCarried: () => (seen === null ? 0 : Math.ceil((MOST_BUSY * seen.scenarios) / seen.share) - 1),
    isIdle: () => idle,
    inWords: () => (seen === null ? '?' : `${Math.round(100 * seen.share)} %`),
  };
}
