import { describe, expect, test } from '@jest/globals';
import type { Admission } from '../../src/scenarios/admission';
import { createAdmission } from '../../src/scenarios/admission';
import { createManualClock, settle, type ManualClock } from '../traffic/manual-clock';

interface Place {
  readonly admission: Admission;
  readonly clock: ManualClock;
  readonly said: string[];
  /** Scenarios that are in, in the order of coming. */
  readonly inside: number[];
  readonly leave: (scenario: number) => void;
}

const NEVER = new AbortController().signal;

/** When it is known how busy the first scenarios keep the machine, in milliseconds. */
const KNOWN_MS = 1_100;

/** So many scenarios ask at once to be let in. */
async function queueOf(
  count: number,
  { processors = 2, rate = 100, busy = (): number => 0.2, loadGoesFirst = false } = {},
): Promise<Place> {
  const clock = createManualClock();
  const said: string[] = [];
  const admission = createAdmission({
    ...{ clock, processors, loadGoesFirst, rate, busy },
    log: (line) => said.push(line),
  });
  const inside: number[] = [];
  const ways = new Map<number, () => void>();
  for (let scenario = 1; scenario <= count; scenario += 1) {
    void admission.enter(NEVER).then((leave) => {
      inside.push(scenario);
      ways.set(scenario, leave);
    });
  }
  await settle();
  return { admission, clock, said, inside, leave: (scenario) => ways.get(scenario)?.() };
}

/** As many requests that all left so late. */
function late(ms: number, requests = 100): readonly number[] {
  return Array.from({ length: requests }, () => ms);
}

describe('scenarios are let in', () => {
  test('one a processor, until it is known how busy these keep the machine', async () => {
    const { inside, clock } = await queueOf(6);
    await clock.advance(900);
    expect(inside).toEqual([1, 2]);
  });

  test('then two a processor, in the order of asking', async () => {
    const { inside, clock } = await queueOf(6);
    await clock.advance(KNOWN_MS);
    expect(inside).toEqual([1, 2, 3, 4]);
  });

  test('four a processor, where requests leave before everybody else gets one', async () => {
    const { inside, clock } = await queueOf(9, { loadGoesFirst: true });
    await clock.advance(KNOWN_MS);
    expect(inside).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('as many as leave the machine a tenth of its processors, going by what those take that run', async () => {
    const { inside, clock } = await queueOf(6, { loadGoesFirst: true, busy: () => 0.5 });
    await clock.advance(KNOWN_MS);
    expect(inside).toEqual([1, 2, 3]);
  });

  test('one a processor while the machine is busy, and more as soon as it is not', async () => {
    let share = 0.95;
    const { inside, clock } = await queueOf(6, { loadGoesFirst: true, busy: () => share });
    await clock.advance(5_000);
    expect(inside).toEqual([1, 2]);
    share = 0.2;
    await clock.advance(2_000);
    expect(inside).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('no more of them by what is seen while a cluster comes or goes', async () => {
    let disturbing = true;
    const { admission, inside, clock } = await queueOf(6, { busy: () => (disturbing ? 0.6 : 0.2) });
    const cluster = Promise.withResolvers<undefined>();
    const disturbed = admission.disturb(() => cluster.promise);
    await clock.advance(5_000);
    expect(inside).toEqual([1, 2]);
    disturbing = false;
    cluster.resolve(undefined);
    await disturbed;
    await clock.advance(900);
    expect(inside).toEqual([1, 2]);
    await clock.advance(200);
    expect(inside).toEqual([1, 2, 3, 4]);
  });

  test('more all the same, where the cluster that comes leaves the machine idle', async () => {
    const { admission, inside, clock } = await queueOf(6, { busy: () => 0.2 });
    void admission.disturb(() => Promise.withResolvers<undefined>().promise);
    await clock.advance(KNOWN_MS);
    expect(inside).toEqual([1, 2, 3, 4]);
  });

  test.each([
    { what: 'a second after the cluster began to come, where that leaves it idle', share: 0.2, then: true },
    { what: 'not while that keeps it busy', share: 0.6, then: false },
  ])('the machine is told to be idle: $what', async ({ share, then }) => {
    const { admission, clock } = await queueOf(0, { busy: () => share });
    await clock.advance(5_000);
    void admission.disturb(() => Promise.withResolvers<undefined>().promise);
    const told: string[] = [];
    void admission.idle(NEVER).then(() => told.push('idle'));
    void admission.known(NEVER).then(() => told.push('known'));
    await clock.advance(900);
    expect(told).toEqual([]);
    await clock.advance(200);
    expect(told).toEqual(then ? ['idle', 'known'] : []);
  });

  test('who wants to know what these take waits as long', async () => {
    const { admission, clock } = await queueOf(2);
    let known = false;
    void admission.known(NEVER).then(() => (known = true));
    await clock.advance(900);
    expect(known).toBe(false);
    await clock.advance(200);
    expect(known).toBe(true);
  });

  test.each([
    { what: 'as many as two processors have requests for', rate: 250, count: 3 },
    { what: 'one at least, however many requests it sends', rate: 5_000, count: 1 },
  ])('$what', async ({ rate, count }) => {
    const { inside, clock } = await queueOf(6, { rate });
    await clock.advance(KNOWN_MS);
    expect(inside).toHaveLength(count);
  });

  test('the next one as soon as one leaves', async () => {
    const { inside, clock, leave } = await queueOf(6);
    await clock.advance(KNOWN_MS);
    leave(2);
    await clock.advance(100);
    expect(inside).toEqual([1, 2, 3, 4, 5]);
  });

  test.each([
    { what: 'one more where requests leave on time and processors are idle', ms: 2, then: 0.5, count: 5 },
    { what: 'no more where processors are busy', ms: 2, then: 0.9, count: 4 },
    { what: 'no more where requests are a little late', ms: 10, then: 0.5, count: 4 },
    { what: 'no more on the word of a few requests', ms: 2, then: 0.5, requests: 20, count: 4 },
  ])('$what', async ({ ms, then, requests, count }) => {
    let share = 0.2;
    const { admission, inside, clock } = await queueOf(6, { busy: () => share });
    await clock.advance(KNOWN_MS);
    share = then;
    for (let second = 0; second < 2; second += 1) {
      admission.tell(late(ms, requests));
      await clock.advance(1_100);
    }
    expect(inside).toHaveLength(count);
  });

  test('fewer where requests leave late, and says so', async () => {
    const { admission, inside, clock, leave, said } = await queueOf(6);
    await clock.advance(KNOWN_MS);
    admission.tell(late(40));
    await clock.advance(1_100);
    leave(1);
    await clock.advance(1_100);
    expect(inside).toEqual([1, 2, 3, 4]);
    expect(said).toEqual(['requests leave 40 ms late (p99), processors are 20 % busy: 3 scenarios at a time']);
    leave(2);
    await clock.advance(100);
    expect(inside).toEqual([1, 2, 3, 4, 5]);
  });

  test('one at least, however late', async () => {
    const { admission, inside, clock, leave } = await queueOf(3, { processors: 1 });
    for (let second = 0; second < 5; second += 1) {
      admission.tell(late(900));
      await clock.advance(1_100);
    }
    leave(1);
    await clock.advance(100);
    leave(2);
    await clock.advance(100);
    expect(inside).toEqual([1, 2, 3]);
  });

  test('who gives up waiting stands in nobody’s way', async () => {
    const { admission, inside, clock, leave } = await queueOf(4);
    await clock.advance(KNOWN_MS);
    const impatient = new AbortController();
    const refused = admission.enter(impatient.signal);
    const last = admission.enter(NEVER).then(() => inside.push(6));
    await settle();
    impatient.abort(new Error('enough'));
    await expect(refused).rejects.toThrow();
    leave(1);
    await clock.advance(100);
    await last;
    expect(inside).toEqual([1, 2, 3, 4, 6]);
  });
});
