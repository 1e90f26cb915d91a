import { describe, expect, test } from '@jest/globals';
import type { Fare } from '../../../src/checks/limits/noise';
import { errorProbe, fareOf, isHarm, isSlow, looksBad, waitBoundMs, waitProbe } from '../../../src/checks/limits/noise';
import { attempt, REPLICAS, sample, START, steady, unconnected } from '../../support/evidence';

const fare = (changes: Partial<Fare> = {}): Fare => ({
  samples: 150,
  errors: 0,
  waitP99Ms: 20,
  latenessP99Ms: 2,
  ...changes,
});
const CALM = fare();
const SLOW = fare({ waitP99Ms: 900 });
const FAILING = fare({ errors: 3 });

describe('how a stretch fared', () => {
  const stretch = { from: START + 100, to: START + 200 };
  const at = (ms: number, waited = 5): ReturnType<typeof sample> =>
    sample({ at: ms, waited, attempts: [attempt('app1')] });

  test('what was due in it counts, whenever it was done', () => {
    const samples = [at(99, 500), at(100), at(199, 5_000), at(200)];
    expect(fareOf(stretch, samples, REPLICAS)).toEqual({ samples: 2, errors: 0, waitP99Ms: 5_000, latenessP99Ms: 0 });
  });

  test('errors are those of the client; what could not be sent is none of them', () => {
    const samples = [
      at(100),
      sample({ at: 110, attempts: [unconnected('app1', 1)] }),
      sample({ at: 120, attempts: null, outcome: { kind: 'timeout' } }),
      sample({ at: 130, attempts: null, outcome: { kind: 'not-sent', code: 'EMFILE' } }),
      sample({ at: 140, attempts: null, outcome: { kind: 'abandoned' } }),
    ];
    expect(fareOf(stretch, samples, REPLICAS)).toMatchObject({ samples: 4, errors: 2 });
  });

  test('one slow request in a hundred is not the 99th of a hundred, two are', () => {
    const hundred = steady(0, 100).map((one, index) => ({
      ...one,
      doneAt: one.scheduledAt + (index === 50 ? 900 : 10),
    }));
    const whole = { from: START, to: START + 1_000 };
    expect(fareOf(whole, hundred, REPLICAS).waitP99Ms).toBe(10);
    const two = hundred.map((one, index) => (index === 60 ? { ...one, doneAt: one.scheduledAt + 800 } : one));
    expect(fareOf(whole, two, REPLICAS).waitP99Ms).toBe(800);
  });

  test('nothing due is nothing', () => {
    expect(fareOf(stretch, [], REPLICAS)).toEqual({ samples: 0, errors: 0, waitP99Ms: 0, latenessP99Ms: 0 });
  });
});

describe('what is slow', () => {
  test.each([
    { what: 'short waits before', before: 3, bound: 250 },
    { what: 'long waits before', before: 40, bound: 400 },
  ])('$what: more than $bound ms', ({ before, bound }) => {
    const baseline = fare({ waitP99Ms: before });
    expect(waitBoundMs(baseline)).toBe(bound);
    expect(isSlow(fare({ waitP99Ms: bound }), baseline)).toBe(false);
    expect(isSlow(fare({ waitP99Ms: bound + 1 }), baseline)).toBe(true);
  });

  test.each([
    { what: 'too few requests with it', noisy: fare({ samples: 49, waitP99Ms: 900 }), baseline: CALM },
    { what: 'too few before', noisy: SLOW, baseline: fare({ samples: 49 }) },
    { what: 'a late generator with it', noisy: fare({ waitP99Ms: 900, latenessP99Ms: 51 }), baseline: CALM },
    { what: 'a late generator before', noisy: SLOW, baseline: fare({ latenessP99Ms: 51 }) },
  ])('$what: cannot be told', ({ noisy, baseline }) => {
    expect(isSlow(noisy, baseline)).toBeNull();
    expect(looksBad(noisy, baseline)).toBe(false);
    expect(looksBad({ ...noisy, errors: 1 }, baseline)).toBe(true);
  });
});

describe('a neighbour is blamed for waits', () => {
  test.each<{ what: string; rounds: readonly Fare[]; calm?: readonly Fare[]; baseline?: Fare; holds: boolean | null }>([
    { what: 'slow each time, with calm between', rounds: [SLOW, SLOW], calm: [CALM], holds: false },
    { what: 'never slow', rounds: [CALM], holds: true },
    { what: 'slow once and not again', rounds: [SLOW, CALM], calm: [CALM], holds: true },
    { what: 'slow once, and never looked at again', rounds: [SLOW], holds: null },
    { what: 'slow without it too', rounds: [SLOW, SLOW], calm: [SLOW], holds: null },
    { what: 'a calm that cannot be told', rounds: [SLOW, SLOW], calm: [fare({ samples: 3 })], holds: null },
    { what: 'a late generator in one round', rounds: [SLOW, fare({ latenessP99Ms: 60 })], calm: [CALM], holds: null },
    {
      what: 'too few requests before',
      rounds: [SLOW, SLOW],
      calm: [CALM],
      baseline: fare({ samples: 9 }),
      holds: null,
    },
    { what: 'no round at all', rounds: [], holds: null },
  ])('$what: $holds', ({ rounds, calm = [], baseline = CALM, holds }) => {
    expect(waitProbe('cpu-burner', rounds, calm, baseline)).toMatchObject({
      id: 'cpu-burner-wait',
      subject: 'cpu-burner',
      holds,
    });
  });
});

describe('a neighbour is blamed for errors', () => {
  test.each<{ what: string; rounds: readonly Fare[]; calm?: readonly Fare[]; baseline?: Fare; holds: boolean | null }>([
    { what: 'errors each time, and none without it', rounds: [FAILING, FAILING], calm: [CALM], holds: false },
    { what: 'no errors', rounds: [CALM], holds: true },
    { what: 'no errors, slow as it was', rounds: [SLOW, SLOW], calm: [CALM], holds: true },
    { what: 'errors once', rounds: [FAILING], holds: null },
    { what: 'errors once of twice', rounds: [FAILING, CALM], calm: [CALM], holds: null },
    { what: 'errors in the calm as well', rounds: [FAILING, FAILING], calm: [fare({ errors: 1 })], holds: null },
    {
      what: 'errors before as well',
      rounds: [FAILING, FAILING],
      calm: [CALM],
      baseline: fare({ errors: 1 }),
      holds: null,
    },
    { what: 'a late generator', rounds: [FAILING, fare({ errors: 1, latenessP99Ms: 51 })], calm: [CALM], holds: null },
    { what: 'no requests', rounds: [fare({ samples: 0 })], holds: null },
    { what: 'no round at all', rounds: [], holds: null },
    { what: 'hardly any requests, and no error', rounds: [fare({ samples: 49 })], holds: null },
    {
      what: 'hardly any requests, and errors each time',
      rounds: [fare({ samples: 9, errors: 9 }), fare({ samples: 9, errors: 9 })],
      calm: [CALM],
      holds: false,
    },
  ])('$what: $holds', ({ rounds, calm = [], baseline = CALM, holds }) => {
    expect(errorProbe('memory-eater', rounds, calm, baseline)).toMatchObject({ id: 'memory-eater-errors', holds });
  });
});

describe('beside other scenarios', () => {
  // Ten times what these made requests wait before would be 900 ms.
  const before = fare({ waitP99Ms: 90 });

  test.each([
    { what: 'waits within the least bound are no harm', waitP99Ms: 250, shared: true, holds: true, harm: false },
    { what: 'longer ones are not to be told from theirs', waitP99Ms: 251, shared: true, holds: null, harm: true },
    { what: 'alone they would be no harm', waitP99Ms: 251, shared: false, holds: true, harm: false },
  ])('$what', ({ waitP99Ms, shared, holds, harm }) => {
    const probe = waitProbe('cpu-burner', [fare({ waitP99Ms })], [], before, shared);
    expect([probe.holds, isHarm(probe)]).toEqual([holds, harm]);
  });

  test('errors are harm, a limit that is not in force is another matter', () => {
    const errors = errorProbe('cpu-burner', [FAILING, FAILING], [CALM], CALM);
    expect([errors.holds, isHarm(errors)]).toEqual([false, true]);
    expect(isHarm({ ...errors, id: 'memory-eater-killed' })).toBe(false);
  });
});
