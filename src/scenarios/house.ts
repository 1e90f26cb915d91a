import pLimit from 'p-limit';
import type { Stage } from './plan';

/** Where stages run: how their clusters come and go, and what happens on them. */
export interface House<Standing, Outcome> {
  /** Clusters that may stand at the same time. */
  readonly room: number;
  /** Processors of this machine. */
  readonly processors: number;
  readonly up: (stage: Stage) => Promise<Standing>;
  /** Runs a stage's scenarios; `shared`: others may run at the same time. */
  readonly run: (standing: Standing, shared: boolean) => Promise<readonly Outcome[]>;
  readonly down: (standing: Standing) => Promise<void>;
  /** Resolves when it is known how busy the stages that run keep the machine, or when it has little to do anyway. */
  readonly known: () => Promise<void>;
  /** Resolves when the machine has little to do, though clusters come. Rejects with the signal's reason. */
  readonly idle: (signal: AbortSignal) => Promise<void>;
  readonly all: Group;
}

/** What the stages came to, in their order; the last of their clusters may still be going. */
export interface Lived<Outcome> {
  readonly outcomes: readonly Outcome[];
  /** Resolves when all clusters have gone that go. Rejects as {@link House.down} does, and with the reason for which the group ended. */
  readonly gone: Promise<unknown>;
}

/** Starts all of some tasks; the first failure ends the others, and is thrown once they have ended. */
export type Group = <T>(tasks: readonly (() => Promise<T>)[]) => Promise<readonly T[]>;

/**
 * A group whose first failure aborts `failed`, which `signal` has to be made of.
 *
 * @param signal nothing begins any more once it has aborted, and its reason is what the group rejects with.
 */
export function createGroup(failed: AbortController, signal: AbortSignal): Group {
  return async (tasks) => {
    const settled = await Promise.allSettled(
      tasks.map(async (task) => {
        try {
          signal.throwIfAborted();
          return await task();
        } catch (error) {
          failed.abort(error);
          throw error;
        }
      }),
    );
    // Its reason is the first failure; those that it ended may have failed in ways of their own.
    signal.throwIfAborted();
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  };
}

/**
 * Each stage begins as soon as its cluster is up, and its cluster goes when it is over. As many come up together at first as there are
 * processors. The others wait until it is seen what these take, for while clusters come it is not to be seen; they come beside scenarios
 * that run, and leave them half of the processors: one for two of them at a time, and more while those that come leave the machine idle, for
 * an app may take its time to start.
 */
export async function runWoven<Standing, Outcome>(
  stages: readonly Stage[],
  { room, processors, up, run, down, known, idle, all }: House<Standing, Outcome>,
): Promise<Lived<Outcome>> {
  const standing = pLimit(room);
  const coming = pLimit(Math.max(1, Math.floor(processors / 2)));
  let left = stages.length;
  // Asked once, so that those who wait go on in their order.
  let seen: Promise<void> | null = null;
  const upBesideOthers = async (stage: Stage): Promise<Standing> => {
    await (seen ??= known());
    const arrival = await coming(async () => {
      const over = new AbortController();
      const rising = up(stage);
      try {
        await Promise.race([rising, idle(over.signal)]);
      } finally {
        over.abort();
      }
      return () => rising;
    });
    return arrival();
  };
  const lives = stages.map((stage, place) => {
    const { promise, resolve } = Promise.withResolvers<readonly Outcome[]>();
    const live = async (): Promise<void> => {
      const cluster = await (place < processors ? up(stage) : upBesideOthers(stage));
      resolve(await run(cluster, left > 1));
      await down(cluster);
      left -= 1;
    };
    return { told: promise, live: () => standing(live) };
  });
  const gone = all(lives.map(({ live }) => live));
  const told = Promise.all(lives.map((one) => one.told));
  // Who fails tells nothing; the group does.
  return { outcomes: (await Promise.race([told, gone.then(() => told)])).flat(), gone };
}

/** No cluster comes or goes while a stage runs, and one that makes a noise runs alone; where not all have room, they take turns. */
export async function runApart<Standing, Outcome>(
  stages: readonly Stage[],
  { room, up, run, down, all }: House<Standing, Outcome>,
): Promise<Lived<Outcome>> {
  const outcomes: Outcome[] = [];
  let gone: Promise<unknown> = Promise.resolve();
  for (let from = 0; from < stages.length; from += room) {
    await gone;
    const some = stages.slice(from, from + room);
    const standing = await all(some.map((stage) => async () => ({ stage, cluster: await up(stage) })));
    const together = standing.filter(({ stage }) => !stage.alone);
    const beside = await all(
      together.map(
        ({ cluster }) =>
          () =>
            run(cluster, together.length > 1),
      ),
    );
    outcomes.push(...beside.flat());
    for (const { cluster } of standing.filter(({ stage }) => stage.alone))
      outcomes.push(...(await run(cluster, false)));
    gone = all(
      standing.map(
        ({ cluster }) =>
          () =>
            down(cluster),
      ),
    );
    // Whoever waits for it learns of a failure, now or later.
    gone.catch(() => undefined);
  }
  return { outcomes, gone };
}
