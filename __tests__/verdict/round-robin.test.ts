import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { excessOf, picksOfOnePeriod, rangesOver } from '../../src/verdict/round-robin';

/** NGINX's smooth weighted round robin, written as the C code runs: one state, picked from again and again. */
function simulate(weights: readonly number[], turns: number): number[] {
  const current = weights.map(() => 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const picks: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    let best = -1;
    for (const [peer, weight] of weights.entries()) {
      current[peer] = (current[peer] ?? 0) + weight;
      if (best === -1 || (current[peer] ?? 0) > (current[best] ?? 0)) best = peer;
    }
    current[best] = (current[best] ?? 0) - total;
    picks.push(best);
  }
  return picks;
}

function countsOf(picks: readonly number[], servers: number): number[] {
  return Array.from({ length: servers }, (_, server) => picks.filter((pick) => pick === server).length);
}

const someWeights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

describe('the order of picks', () => {
  test.each([
    { weights: [1, 1, 1], picks: '012' },
    { weights: [5, 1, 1], picks: '0010200' },
    { weights: [3, 2, 1], picks: '010210' },
    { weights: [2, 2, 2], picks: '012' },
  ])('weights $weights', ({ weights, picks }) => {
    expect(picksOfOnePeriod(weights).join('')).toBe(picks);
  });

  test('repeats for ever, as the simulation does', () => {
    fc.assert(
      fc.property(someWeights, (weights) => {
        const period = picksOfOnePeriod(weights);
        const picks = simulate(weights, period.length * 3);
        expect(picks).toEqual([...period, ...period, ...period]);
      }),
    );
  });
});

describe('what a healthy cluster can do', () => {
  test('every window of the simulation lies inside the ranges, and both ends are reached', () => {
    fc.assert(
      fc.property(someWeights, fc.integer({ min: 0, max: 60 }), (weights, turns) => {
        const ranges = rangesOver(weights, turns);
        const picks = simulate(weights, turns + 2 * picksOfOnePeriod(weights).length);
        const windows = picks
          .slice(0, picks.length - turns)
          .map((_, start) => countsOf(picks.slice(start, start + turns), weights.length));
        for (const [server, range] of ranges.entries()) {
          const counts = windows.map((window) => window[server] ?? 0);
          expect(Math.min(...counts)).toBe(range.least);
          expect(Math.max(...counts)).toBe(range.most);
        }
      }),
    );
  });

  test('any number of workers, each with its own state begun anywhere, shows no excess', () => {
    const worker = fc.record({ start: fc.nat(50), turns: fc.nat(80) });
    fc.assert(
      fc.property(someWeights, fc.array(worker, { minLength: 1, maxLength: 8 }), (weights, workers) => {
        const states = workers.map(({ start, turns }) =>
          countsOf(simulate(weights, start + turns).slice(start), weights.length),
        );
        expect(excessOf(weights, states)).toBe(0);
      }),
    );
  });

  test('equal weights differ by at most one request in one state', () => {
    expect(rangesOver([1, 1, 1], 300)).toEqual(Array(3).fill({ least: 100, most: 100 }));
    expect(rangesOver([1, 1, 1], 301)).toEqual(Array(3).fill({ least: 100, most: 101 }));
  });
});

describe('what a healthy cluster cannot do', () => {
  test.each([
    { name: 'one replica gets double', weights: [1, 1, 1], states: [[150, 75, 75]], excess: 50 },
    {
      name: 'a typo in a weight, two workers',
      weights: [1, 1, 1],
      states: [
        [8, 4, 4],
        [7, 4, 3],
      ],
      excess: 4,
    },
    { name: 'one replica gets nothing', weights: [1, 1], states: [[40, 0]], excess: 20 },
    { name: 'one request too many', weights: [1, 1, 1], states: [[101, 100, 99]], excess: 1 },
  ])('$name', ({ weights, states, excess }) => {
    expect(excessOf(weights, states)).toBe(excess);
  });
});
