import { describe, expect, test } from '@jest/globals';
import { createGroup, type House, runApart, runWoven } from '../../src/scenarios/house';
import type { Stage } from '../../src/scenarios/plan';
import { createManualClock } from '../traffic/manual-clock';

/** `name: run for so many seconds`; each cluster takes a second to come up, unless said otherwise, and a second to go. */
type Seconds = Readonly<Record<string, number>>;

const SECOND = 1_000;

interface Seen {
  /** `2 crash up`: what had happened after so many seconds. */
  readonly events: string[];
  readonly outcomes: readonly string[];
  /** Clusters that stood at the same time, at the most. */
  readonly most: number;
}

/**
 * Runs stages on a clock of its own; `limits` is the one that makes a noise.
 *
 * @param options `starts`: seconds until an app is ready. `idle`: seconds after which the machine has nothing to do but to wait for that.
 */
async function seen(
  runAll: typeof runWoven,
  seconds: Seconds,
  {
    room = 99,
    processors = 2,
    broken = '',
    known = 0,
    idle = 999,
    starts = 1,
  }: { room?: number; processors?: number; broken?: string; known?: number; idle?: number; starts?: number } = {},
): Promise<Seen> {
  const clock = createManualClock();
  const failed = new AbortController();
  const started = clock.now();
  const events: string[] = [];
  const note = (name: string, what: string): void => {
    events.push(`${Math.round((clock.now() - started) / SECOND)} ${name} ${what}`);
  };
  let standing = 0;
  let most = 0;
  const house: House<string, string> = {
    ...{ room, processors, all: createGroup(failed, failed.signal) },
    up: async ({ cluster }) => {
      standing += 1;
      most = Math.max(most, standing);
      await clock.sleep(starts * SECOND, failed.signal);
      note(cluster, 'up');
      return cluster;
    },
    known: () => clock.sleep(Math.max(0, started + known * SECOND - clock.now()), failed.signal),
    idle: (signal) => clock.sleep(idle * SECOND, signal),
    run: async (cluster, shared) => {
      note(cluster, shared ? 'begins' : 'begins alone');
      await clock.sleep((seconds[cluster] ?? 0) * SECOND, failed.signal);
      if (cluster === broken) throw new Error(`${cluster} broke`);
      note(cluster, 'ends');
      return [cluster];
    },
    down: async (cluster) => {
      await clock.sleep(SECOND, failed.signal);
      standing -= 1;
      note(cluster, 'gone');
    },
  };
  const stages = Object.keys(seconds).map((cluster): Stage => {
    return { cluster, scenarios: [], alone: cluster === 'limits', startsFromBaseline: false };
  });
  let over = false;
  const running = runAll(stages, house)
    .then(async ({ outcomes, gone }) => {
      note('verdict', 'possible');
      await gone;
      return outcomes;
    })
    .finally(() => (over = true));
  running.catch(() => undefined);
  const isOver = (): boolean => over;
  for (let step = 0; step < 10_000 && !isOver(); step += 1) await clock.advance(50);
  return { events, outcomes: await running, most };
}

describe('where requests leave on time whatever happens', () => {
  test('each stage begins when its cluster is up, two clusters come up together at first, and each goes when its stage is over', async () => {
    const { events, outcomes } = await seen(runWoven, { freeze: 6, crash: 3, calm: 2 }, { known: 1 });
    expect(events).toEqual([
      '1 freeze up',
      '1 freeze begins',
      '1 crash up',
      '1 crash begins',
      '2 calm up',
      '2 calm begins',
      '4 crash ends',
      '4 calm ends',
      '5 crash gone',
      '5 calm gone',
      '7 freeze ends',
      '7 verdict possible',
      '8 freeze gone',
    ]);
    expect(outcomes).toEqual(['freeze', 'crash', 'calm']);
  });

  test('those beyond the first come when it is known what these take, one at a time for two processors', async () => {
    const { events } = await seen(runWoven, { freeze: 6, crash: 6, calm: 2, stop: 1 }, { known: 4 });
    expect(events.filter((event) => event.includes('up'))).toEqual([
      '1 freeze up',
      '1 crash up',
      '5 calm up',
      '6 stop up',
    ]);
  });

  test.each([
    {
      what: 'one at a time while that keeps the machine busy',
      idle: 99,
      ups: ['20 a', '20 b', '41 c', '61 d', '81 e'],
    },
    { what: 'one more whenever those that come just wait', idle: 3, ups: ['20 a', '20 b', '41 c', '44 d', '47 e'] },
  ])('apps that take their time to start come up $what', async ({ idle, ups }) => {
    const { events } = await seen(runWoven, { a: 1, b: 1, c: 1, d: 1, e: 1 }, { idle, starts: 20, known: 21 });
    expect(events.filter((event) => event.endsWith('up'))).toEqual(ups.map((up) => `${up} up`));
  });

  test('noise is no exception, and only the last one knows itself alone', async () => {
    const { events } = await seen(runWoven, { limits: 2, crash: 2, freeze: 2 }, { room: 1 });
    expect(events.filter((event) => event.includes('begins'))).toEqual([
      '1 limits begins',
      '5 crash begins',
      '9 freeze begins alone',
    ]);
  });

  test('a stage by itself is alone', async () => {
    const { events } = await seen(runWoven, { limits: 3 });
    expect(events).toEqual([
      '1 limits up',
      '1 limits begins alone',
      '4 limits ends',
      '4 verdict possible',
      '5 limits gone',
    ]);
  });
});

describe('where they do not', () => {
  test('no cluster comes or goes while a stage runs, and noise is alone', async () => {
    const { events, outcomes } = await seen(runApart, { freeze: 4, crash: 2, limits: 3 });
    expect(events).toEqual([
      '1 freeze up',
      '1 crash up',
      '1 limits up',
      '1 freeze begins',
      '1 crash begins',
      '3 crash ends',
      '5 freeze ends',
      '5 limits begins alone',
      '8 limits ends',
      '8 verdict possible',
      '9 freeze gone',
      '9 crash gone',
      '9 limits gone',
    ]);
    expect(outcomes).toEqual(['freeze', 'crash', 'limits']);
  });
});

describe.each([
  ['woven', runWoven],
  ['apart', runApart],
])('however they run: %s', (_, runAll) => {
  test('no more clusters stand than there is room for, and every stage has its turn', async () => {
    const { outcomes, most } = await seen(runAll, { freeze: 3, crash: 2, stop: 4, calm: 1, limits: 2 }, { room: 2 });
    expect(most).toBe(2);
    expect(outcomes.toSorted()).toEqual(['calm', 'crash', 'freeze', 'limits', 'stop']);
  });

  test('the first failure ends the others, and is the one that is told', async () => {
    await expect(seen(runAll, { freeze: 600, crash: 2, limits: 3 }, { broken: 'crash' })).rejects.toThrow(
      'crash broke',
    );
  });
});
