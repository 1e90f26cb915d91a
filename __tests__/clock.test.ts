import { describe, expect, test } from '@jest/globals';
import type { Clock } from '../src/clock';
import { systemClock, waitUntil } from '../src/clock';

/** Time passes only while somebody sleeps. */
function steppingClock(): Clock & { readonly slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: (ms) => {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

const never = new AbortController().signal;

describe('waitUntil', () => {
  test('gives the first value, and pauses between polls', async () => {
    const clock = steppingClock();
    const answers = [null, null, 'ready'];
    const wait = { poll: () => answers.shift() ?? null, timeoutMs: 1_000, intervalMs: 10, clock, signal: never };
    await expect(waitUntil(wait)).resolves.toBe('ready');
    expect(clock.slept).toEqual([10, 10]);
  });

  test('gives null once the time is over, after a last poll', async () => {
    const clock = steppingClock();
    let polls = 0;
    const poll = (): null => {
      polls += 1;
      return null;
    };
    await expect(waitUntil({ poll, timeoutMs: 30, intervalMs: 10, clock, signal: never })).resolves.toBeNull();
    expect(polls).toBe(4);
  });

  test('rejects with the reason of an abort, before the next poll', async () => {
    const controller = new AbortController();
    let polls = 0;
    const poll = (): null => {
      polls += 1;
      controller.abort(new Error('cancelled by SIGTERM'));
      return null;
    };
    const wait = { poll, timeoutMs: Infinity, intervalMs: 1, clock: steppingClock(), signal: controller.signal };
    await expect(waitUntil(wait)).rejects.toThrow('cancelled by SIGTERM');
    expect(polls).toBe(1);
  });
});

describe('the machine’s clock', () => {
  test('reads epoch milliseconds', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
  });

  test('wakes a sleeper at once when its signal aborts', async () => {
    const controller = new AbortController();
    const sleep = systemClock.sleep(3_600_000, controller.signal);
    controller.abort(new Error('cancelled'));
    await expect(sleep).rejects.toThrow('cancelled');
    await expect(systemClock.sleep(3_600_000, controller.signal)).rejects.toThrow('cancelled');
  });
});
