import { describe, expect, test } from '@jest/globals';
import type { Reading } from '../../src/checks/processor-waits';
import { waitBetween, waitedIn } from '../../src/checks/processor-waits';

function reading(at: number, waits: Readonly<Record<string, number>>, heldBackMs = 0): Reading {
  return { at, waitedMs: new Map(Object.entries(waits)), heldBackMs };
}

describe('what a container waited for a processor', () => {
  test.each([
    {
      what: 'is that of the thread which waited longest',
      before: reading(1_000, { 7: 40, 8: 900 }),
      after: reading(1_500, { 7: 440, 8: 950 }),
      wait: { from: 1_000, to: 1_500, waitedMs: 400 },
    },
    {
      what: 'counts those of a thread that began meanwhile',
      before: reading(1_000, { 7: 40 }),
      after: reading(1_500, { 7: 40, 9: 250 }),
      wait: { from: 1_000, to: 1_500, waitedMs: 250 },
    },
    {
      what: 'may have begun before: the kernel tells it when it is over',
      before: reading(3_000, { 7: 0 }),
      after: reading(3_500, { 7: 2_000 }),
      wait: { from: 1_500, to: 3_500, waitedMs: 2_000 },
    },
    {
      what: 'is not what its own limit held it back for',
      before: reading(1_000, { 7: 0 }, 5_000),
      after: reading(1_500, { 7: 400 }, 5_350),
      wait: null,
    },
    {
      what: 'is not told where it is what a busy machine does',
      before: reading(1_000, { 7: 0 }),
      after: reading(1_500, { 7: 240 }),
      wait: null,
    },
    { what: 'is nothing where it has ended', before: reading(1_000, { 7: 0 }), after: reading(1_500, {}), wait: null },
  ])('$what', ({ before, after, wait }) => {
    expect(waitBetween(before, after)).toEqual(wait);
  });

  test.each([
    { text: '102301000 43325000 57', ms: 43.325 },
    { text: null, ms: null },
    { text: '', ms: null },
  ])('is read from $text', ({ text, ms }) => {
    expect(waitedIn(text)).toBe(ms);
  });
});
