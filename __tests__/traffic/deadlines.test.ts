import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { Deadlines } from '../../src/traffic/deadlines';
import { createDeadlines } from '../../src/traffic/deadlines';

const STARTED_AT = 1_784_000_000_000;

beforeEach(() => void jest.useFakeTimers({ now: STARTED_AT }));
afterEach(() => void jest.useRealTimers());

interface Bench {
  readonly deadlines: Deadlines;
  /** Adds one that is due so many milliseconds after the start. */
  readonly add: (afterMs: number) => () => void;
  /** Those that were due so far: after how many milliseconds each should be, and after how many it was. */
  readonly due: readonly (readonly [number, number])[];
}

function startBench(): Bench {
  const deadlines = createDeadlines({ now: () => Date.now() });
  const due: [number, number][] = [];
  const add = (afterMs: number): (() => void) =>
    deadlines.add({ at: STARTED_AT + afterMs, onDue: () => due.push([afterMs, Date.now() - STARTED_AT]) });
  return { deadlines, add, due };
}

describe('deadlines', () => {
  it('are due in their order, whatever the order in which they were added, and within a moment', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 30 }), (all) => {
        jest.setSystemTime(STARTED_AT);
        const { add, due } = startBench();
        all.forEach((afterMs) => add(afterMs));
        jest.advanceTimersByTime(60);
        expect(due.map(([afterMs]) => afterMs)).toEqual(all.toSorted((a, b) => a - b));
        expect(due.filter(([afterMs, was]) => was < afterMs || was > afterMs + 1)).toEqual([]);
      }),
    );
  });

  it('are not due once they are taken off, wherever on the list they are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 50 }), fc.boolean()), { maxLength: 30 }), (all) => {
        jest.setSystemTime(STARTED_AT);
        const { add, due } = startBench();
        const removals = all.map(([afterMs, stays]) => ({ remove: add(afterMs), stays }));
        const takeOff = (): void => removals.filter(({ stays }) => !stays).forEach(({ remove }) => remove());
        takeOff();
        takeOff();
        jest.advanceTimersByTime(60);
        const left = all.filter(([, stays]) => stays).map(([afterMs]) => afterMs);
        expect(due.map(([afterMs]) => afterMs)).toEqual(left.sort((a, b) => a - b));
        removals.forEach(({ remove }) => remove());
      }),
    );
  });

  it('may be added by one that is due, and taken off', () => {
    const { deadlines, add, due } = startBench();
    const remove = add(20);
    deadlines.add({
      at: STARTED_AT + 10,
      onDue: () => {
        remove();
        add(5);
        add(30);
      },
    });
    jest.advanceTimersByTime(100);
    expect(due.map(([afterMs]) => afterMs)).toEqual([5, 30]);
  });

  it('have one timer between them', () => {
    const { add } = startBench();
    for (let afterMs = 100; afterMs > 0; afterMs -= 1) add(afterMs);
    expect(jest.getTimerCount()).toBe(1);
  });
});
