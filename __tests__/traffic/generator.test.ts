import { describe, expect, it } from '@jest/globals';
import type { Generator, GeneratorOptions } from '../../src/traffic/generator';
import { startGenerator, TOO_MANY_OUTSTANDING } from '../../src/traffic/generator';
import type { ClientOutcome, ClientRecord, ScheduledRequest } from '../../src/traffic/sample';
import { createSchedule } from '../../src/traffic/schedule';
import type { ManualClock } from './manual-clock';
import { createManualClock, settle } from './manual-clock';
import { ANSWERED } from './records';

/** A client whose answers are in the test's hand. */
interface Bench {
  readonly clock: ManualClock;
  readonly generator: Generator;
  readonly startedAt: number;
  readonly sent: readonly ScheduledRequest[];
  /** Ends what waits, the oldest first. */
  readonly answer: (count?: number) => Promise<void>;
  readonly batches: readonly (readonly ClientRecord[])[];
  readonly records: () => readonly ClientRecord[];
}

function startBench(rate: number, changes: Partial<Pick<GeneratorOptions, 'maxOutstanding'>> = {}): Bench {
  const clock = createManualClock();
  const startedAt = clock.now() + 10;
  const mix = { getFresh: 1, getKept: 0, postFresh: 0, postKept: 0 };
  const sent: ScheduledRequest[] = [];
  const batches: (readonly ClientRecord[])[] = [];
  const waiting: ((outcome: ClientOutcome) => void)[] = [];
  const end = async (count: number, outcome: ClientOutcome): Promise<void> => {
    waiting.splice(0, count).forEach((finish) => finish(outcome));
    await settle();
  };
  const generator = startGenerator({
    schedule: createSchedule({ rate, mix, path: '/', seed: 1, idPrefix: 'run' }, startedAt),
    client: {
      send: (request, onRecord) => {
        const sentAt = clock.now();
        sent.push(request);
        waiting.push((outcome) => onRecord({ ...request, sentAt, doneAt: clock.now(), outcome }));
      },
      abandon: () => void end(waiting.length, { kind: 'abandoned' }),
    },
    clock,
    maxOutstanding: 1_000,
    onRecords: (records) => batches.push(records),
    ...changes,
  });
  return {
    clock,
    generator,
    startedAt,
    sent,
    batches,
    answer: (count = waiting.length) => end(count, ANSWERED),
    records: () => batches.flat(),
  };
}

describe('generator', () => {
  it('sends on schedule while nothing comes back', async () => {
    const { clock, sent, startedAt } = startBench(100);
    await clock.advance(9);
    expect(sent).toHaveLength(0);
    await clock.advance(1);
    expect(sent.map(({ id }) => id)).toEqual(['run-0']);
    await clock.advance(1_000);
    expect(sent.map(({ scheduledAt }) => scheduledAt - startedAt)).toEqual(
      Array.from({ length: 101 }, (_, seq) => seq * 10),
    );
  });

  it('lets a stall show in every request that was due during it', async () => {
    const { clock, generator, answer, records } = startBench(10);
    await clock.advance(10);
    await clock.advance(1_000);
    generator.stop();
    await answer();
    const waited = records().map(({ doneAt, scheduledAt }) => Math.round(doneAt - scheduledAt));
    expect(waited).toEqual([1_000, 900, 800, 700, 600, 500, 400, 300, 200, 100, 0]);
  });

  it('sends at once what came due while it could not run, each with its own due time', async () => {
    const { clock, generator, sent, startedAt, answer, records } = startBench(100);
    await clock.advance(10);
    await clock.freeze(500);
    expect(sent).toHaveLength(51);
    generator.stop();
    await answer();
    const { latenessMs } = await generator.settled();
    const lateness = records().map(({ sentAt, scheduledAt }) => Math.round(sentAt - scheduledAt));
    expect(lateness).toEqual([0, ...Array.from({ length: 50 }, (_, at) => 490 - at * 10)]);
    expect(records().map(({ scheduledAt }) => scheduledAt)).toEqual(sent.map(({ scheduledAt }) => scheduledAt));
    expect(sent[50]?.scheduledAt).toBe(startedAt + 500);
    // 50 values of 51 are within the 99th percentile's rank, and the histogram keeps three digits.
    expect(Object.values(latenessMs).map(Math.round)).toEqual([240, 480, 490]);
  });

  it('does not send more than it may have waiting', async () => {
    const { clock, generator, sent, answer, records } = startBench(100, { maxOutstanding: 3 });
    await clock.advance(10 + 40);
    expect(sent.map(({ id }) => id)).toEqual(['run-0', 'run-1', 'run-2']);
    await answer(1);
    await clock.advance(10);
    expect(sent.map(({ id }) => id)).toEqual(['run-0', 'run-1', 'run-2', 'run-5']);
    generator.stop();
    await answer();
    await expect(generator.settled()).resolves.toMatchObject({ sent: 6, notSent: 2 });
    const refused = records().filter(({ outcome }) => outcome.kind !== 'answered');
    expect(refused.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['run-3', { kind: 'not-sent', code: TOO_MANY_OUTSTANDING }],
      ['run-4', { kind: 'not-sent', code: TOO_MANY_OUTSTANDING }],
    ]);
  });

  it('hands records over in batches, in the order in which they ended', async () => {
    const { clock, answer, batches } = startBench(100);
    await clock.advance(10 + 20);
    await answer(2);
    expect(batches).toEqual([]);
    await clock.advance(20);
    await answer(1);
    await clock.advance(30);
    await answer(1);
    await clock.advance(50);
    expect(batches.map((batch) => batch.map(({ id }) => id))).toEqual([['run-0', 'run-1', 'run-2'], ['run-3']]);
  });

  it('sends nothing after it was stopped, and settles when the last answer is there', async () => {
    const { clock, generator, sent, answer, records } = startBench(100);
    await clock.advance(10 + 15);
    generator.stop();
    const state = trackedStateOf(generator);
    await clock.advance(1_000);
    expect([sent.length, state()]).toEqual([2, 'waiting']);
    await answer(1);
    expect(state()).toBe('waiting');
    await answer(1);
    expect(state()).toBe('settled');
    expect(records()).toHaveLength(2);
    await expect(generator.settled()).resolves.toMatchObject({ sent: 2, notSent: 0 });
  });

  it('settles at once when it is stopped before anything was due', async () => {
    const { generator } = startBench(100);
    generator.stop();
    await expect(generator.settled()).resolves.toEqual({ sent: 0, notSent: 0, latenessMs: { p50: 0, p99: 0, max: 0 } });
  });

  it('ends what waits when it is abandoned', async () => {
    const { clock, generator, records, sent } = startBench(100);
    await clock.advance(10 + 25);
    generator.abandon();
    await generator.settled();
    await clock.advance(100);
    expect(records().map(({ outcome }) => outcome.kind)).toEqual(['abandoned', 'abandoned', 'abandoned']);
    expect(sent).toHaveLength(3);
  });

  it('leaves room for answers between its rounds, however far it is behind', () => {
    let now = 5_000;
    let sent = 0;
    const mix = { getFresh: 1, getKept: 0, postFresh: 0, postKept: 0 };
    startGenerator({
      schedule: createSchedule({ rate: 1_000, mix, path: '/', seed: 1, idPrefix: 'run' }, now),
      client: {
        send: () => {
          sent += 1;
          // Longer than the interval to the next request: with each, another one comes due.
          now += 5;
        },
        abandon: () => undefined,
      },
      clock: { now: () => now, sleep: () => new Promise(() => undefined) },
      maxOutstanding: 10,
      onRecords: () => undefined,
    });
    expect(sent).toBe(1);
  });
});

function trackedStateOf(generator: Generator): () => 'waiting' | 'settled' {
  let state: 'waiting' | 'settled' = 'waiting';
  void generator.settled().then(() => (state = 'settled'));
  return () => state;
}
