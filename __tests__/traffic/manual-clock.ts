import type { Clock } from '../../src/clock';

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Moves on, waking each sleeper at its time, and lets what follows from that happen. */
  readonly advance: (ms: number) => Promise<void>;
  /** Moves on while everybody oversleeps: they all wake at the end. */
  readonly freeze: (ms: number) => Promise<void>;
}

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

export function createManualClock(start = 1_700_000_000_000): ManualClock {
  let now = start;
  const sleepers = new Set<Sleeper>();

  const wakeUpTo = async (end: number, moveTo: (wakeAt: number) => number): Promise<void> => {
    for (;;) {
      await settle();
      const next = [...sleepers].sort((one, other) => one.wakeAt - other.wakeAt)[0];
      if (next === undefined || next.wakeAt > end) break;
      now = moveTo(next.wakeAt);
      sleepers.delete(next);
      next.wake();
    }
    now = end;
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { wakeAt: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(new Error('aborted'));
        });
      }),
    advance: (ms) => wakeUpTo(now + ms, (wakeAt) => Math.max(now, wakeAt)),
    freeze: async (ms) => {
      const end = now + ms;
      now = end;
      await wakeUpTo(end, () => end);
    },
  };
}

/** Lets every promise that can be settled by now be settled. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
