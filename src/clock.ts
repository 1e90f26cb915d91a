/** Time, handed in wherever it is needed, so that no unit test waits for real. */
export interface Clock {
  /** Epoch milliseconds with a fraction. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Does not change while a process runs; to ask for it costs more than to ask for the time. */
const ORIGIN = performance.timeOrigin;

/** The machine's clock. Its reading is comparable between threads and with NGINX's `$msec`. */
export const systemClock: Clock = {
  now: () => ORIGIN + performance.now(),
  sleep: (ms, signal) =>
    // A thousand times a second while traffic is sent.
    signal === undefined ? new Promise((resolve) => void setTimeout(resolve, ms)) : sleepUnlessAborted(ms, signal),
};

function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortReason(signal));
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(abortReason(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}

/** What {@link waitUntil} waits for. */
export interface Wait<T> {
  /** A value when the wait is over, null while it is not. */
  readonly poll: () => Promise<T | null> | T | null;
  readonly timeoutMs: number;
  /** Pause between two polls; a function is asked each time. */
  readonly intervalMs: number | (() => number);
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Polls until there is a value; null once the time is over. Rejects when the signal aborts. */
export async function waitUntil<T>(wait: Wait<T>): Promise<T | null> {
  const deadline = wait.clock.now() + wait.timeoutMs;
  for (;;) {
    wait.signal.throwIfAborted();
    const value = await wait.poll();
    if (value !== null) return value;
    if (wait.clock.now() >= deadline) return null;
    const pause = typeof wait.intervalMs === 'number' ? wait.intervalMs : wait.intervalMs();
    await wait.clock.sleep(pause, wait.signal);
  }
}
