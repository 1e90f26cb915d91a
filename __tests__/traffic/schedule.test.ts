import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { createRandom } from '../../src/traffic/random';
import type { RequestMix, TrafficOrder } from '../../src/traffic/schedule';
import { createSchedule } from '../../src/traffic/schedule';

const STARTED_AT = 1_784_000_000_123.456;

const order: TrafficOrder = {
  rate: 100,
  mix: { getFresh: 1, getKept: 1, postFresh: 1, postKept: 1 },
  path: '/version',
  seed: 42,
  idPrefix: 'run',
};

const weight = fc.nat({ max: 6 });
const mixes = fc
  .record({ getFresh: weight, getKept: weight, postFresh: weight, postKept: weight })
  .filter((mix) => sizeOf(mix) > 0);
const seeds = fc.nat({ max: 2 ** 32 - 1 });
const rates = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.double({ min: 0.1, max: 5_000, noNaN: true }));
const numbers = fc.nat({ max: 400_000 });
const arrivals = fc.constantFrom('even' as const, 'random' as const);

function sizeOf(mix: RequestMix): number {
  return mix.getFresh + mix.getKept + mix.postFresh + mix.postKept;
}

function classesOf(order: TrafficOrder, from: number, count: number): readonly string[] {
  const schedule = createSchedule(order, STARTED_AT);
  return Array.from({ length: count }, (_, index) => schedule.at(from + index)).map(
    ({ method, connection }) => `${method} ${connection}`,
  );
}

describe('schedule', () => {
  it('gives every block exactly the mix', () => {
    fc.assert(
      fc.property(mixes, seeds, fc.nat({ max: 1_000 }), (mix, seed, block) => {
        const size = sizeOf(mix);
        const classes = classesOf({ ...order, mix, seed }, block * size, size);
        const count = (name: string): number => classes.filter((found) => found === name).length;
        expect({
          getFresh: count('GET fresh'),
          getKept: count('GET kept'),
          postFresh: count('POST fresh'),
          postKept: count('POST kept'),
        }).toEqual(mix);
      }),
    );
  });

  it('is the same for the same seed, whatever was asked before', () => {
    fc.assert(
      fc.property(seeds, mixes, fc.array(numbers, { maxLength: 20 }), numbers, (seed, mix, before, wanted) => {
        const asked = createSchedule({ ...order, seed, mix }, STARTED_AT);
        before.forEach((seq) => asked.at(seq));
        expect(asked.at(wanted)).toEqual(createSchedule({ ...order, seed, mix }, STARTED_AT).at(wanted));
      }),
    );
  });

  it('is another for another seed, and no block repeats the one before', () => {
    const blocks = (seed: number): string => classesOf({ ...order, seed }, 0, 40).join();
    expect(new Set([0, 1, 2, 3, 2 ** 32 - 1].map(blocks)).size).toBe(5);
    const ofOneSeed = Array.from({ length: 50 }, (_, block) => classesOf(order, block * 4, 4).join());
    expect(new Set(ofOneSeed).size).toBeGreaterThan(10);
  });

  it('sends each class to every place in a block', () => {
    const classes = classesOf(order, 0, 4_000);
    const gets = [0, 1, 2, 3].map(
      (place) => classes.filter((name, at) => at % 4 === place && name === 'GET kept').length,
    );
    expect(Math.min(...gets)).toBeGreaterThan(200);
  });

  it('asks for a late answer by whichever method comes, or by one alone', () => {
    const slowOnes = (slow: TrafficOrder['slow']): ReadonlySet<string> => {
      const schedule = createSchedule({ ...order, ...(slow === undefined ? {} : { slow }) }, STARTED_AT);
      const requests = Array.from({ length: 2_000 }, (_, seq) => schedule.at(seq));
      return new Set(requests.filter(({ delayMs }) => delayMs > 0).map(({ method }) => method));
    };
    expect(slowOnes({ perSecond: 6, delayMs: 300 })).toEqual(new Set(['GET', 'POST']));
    expect(slowOnes({ perSecond: 6, delayMs: 300, method: 'POST' })).toEqual(new Set(['POST']));
    expect(slowOnes(undefined)).toEqual(new Set());
  });

  it('numbers requests and spaces them evenly', () => {
    const schedule = createSchedule({ ...order, rate: 250 }, 5_000);
    expect([0, 1, 2, 1_000].map((seq) => schedule.at(seq))).toEqual([
      expect.objectContaining({ id: 'run-0', path: '/version', scheduledAt: 5_000 }),
      expect.objectContaining({ id: 'run-1', path: '/version', scheduledAt: 5_004 }),
      expect.objectContaining({ id: 'run-2', path: '/version', scheduledAt: 5_008 }),
      expect.objectContaining({ id: 'run-1000', path: '/version', scheduledAt: 9_000 }),
    ]);
  });

  it('counts as due exactly the requests that are scheduled by then', () => {
    fc.assert(
      fc.property(arrivals, rates, numbers, fc.double({ min: -1, max: 1, noNaN: true }), (how, rate, seq, offset) => {
        const schedule = createSchedule({ ...order, arrivals: how, rate }, STARTED_AT);
        const instant = schedule.at(seq).scheduledAt + offset;
        const due = schedule.dueBy(instant);
        expect(schedule.at(due).scheduledAt).toBeGreaterThan(instant);
        expect(due === 0 ? -Infinity : schedule.at(due - 1).scheduledAt).toBeLessThanOrEqual(instant);
        // Several may be due at one moment.
        expect(schedule.dueBy(schedule.at(seq).scheduledAt)).toBeGreaterThanOrEqual(seq + 1);
      }),
    );
  });

  it('keeps to the rate with random arrivals, to a tenth of a second', () => {
    fc.assert(
      fc.property(rates, seeds, numbers, (rate, seed, seq) => {
        const schedule = createSchedule({ ...order, arrivals: 'random', rate, seed }, STARTED_AT);
        const size = Math.max(1, Math.round(rate / 10));
        const stretch = Math.floor(seq / size);
        const times = Array.from({ length: size }, (_, at) => schedule.at(stretch * size + at).scheduledAt);
        expect(times).toEqual(times.toSorted((one, other) => one - other));
        expect(Math.min(...times)).toBeGreaterThanOrEqual(STARTED_AT + (stretch * size * 1000) / rate - 1e-3);
        expect(Math.max(...times)).toBeLessThanOrEqual(STARTED_AT + ((stretch + 1) * size * 1000) / rate + 1e-3);
      }),
    );
  });

  it('spaces random arrivals as a Poisson process does', () => {
    const schedule = createSchedule({ ...order, arrivals: 'random', rate: 1_000 }, 0);
    const gaps = Array.from(
      { length: 20_000 },
      (_, seq) => schedule.at(seq + 1).scheduledAt - schedule.at(seq).scheduledAt,
    );
    // Exponential with a mean of 1 ms: P(gap > x) = exp(-x). Four standard deviations of a share of 20,000 are 0.015.
    const share = (above: number): number => gaps.filter((gap) => gap > above).length / gaps.length;
    for (const above of [0.1, 0.5, 1, 2, 3]) expect(Math.abs(share(above) - Math.exp(-above))).toBeLessThan(0.015);
  });

  test.each([
    ['no rate', { rate: 0 }],
    ['a rate below 0', { rate: -5 }],
    ['a rate without end', { rate: Infinity }],
    ['an empty mix', { mix: { getFresh: 0, getKept: 0, postFresh: 0, postKept: 0 } }],
    ['half a request', { mix: { getFresh: 0.5, getKept: 0.5, postFresh: 0, postKept: 0 } }],
    ['less than no request', { mix: { getFresh: 2, getKept: -1, postFresh: 0, postKept: 0 } }],
    ['an endless block', { mix: { getFresh: 1_001, getKept: 0, postFresh: 0, postKept: 0 } }],
  ])('refuses %s', (_, changes) => {
    expect(() => createSchedule({ ...order, ...changes }, 0)).toThrow(RangeError);
  });
});

describe('random numbers', () => {
  it('are those of mulberry32', () => {
    // The state that a stream starts from, turned back to 0: these are the generator's well-known first numbers for 0.
    const random = createRandom(Math.imul(1, 0x9e3779b9), 0);
    expect([random(), random(), random()]).toEqual([0.26642920868471265, 0.0003297457005828619, 0.2232720274478197]);
  });

  it('are at least 0 and below 1, and differ between streams', () => {
    fc.assert(
      fc.property(seeds, numbers, (seed, stream) => {
        const one = createRandom(seed, stream);
        const other = createRandom(seed, stream + 1);
        const drawn = Array.from({ length: 8 }, () => one());
        expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...drawn)).toBeLessThan(1);
        expect(drawn).not.toEqual(Array.from({ length: 8 }, () => other()));
      }),
    );
  });
});
