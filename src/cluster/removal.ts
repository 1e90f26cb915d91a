import type { Clock } from '../clock';
import type { Engine, LabelledResource } from './engine';
import { EngineError } from './engine';
import { hasOwnerEnded, isOfEarlierBoot } from './owner';
import { LABELS } from './topology';

/** What a removal came to: how many things went, and what would not go. */
export interface Removal {
  readonly removed: number;
  readonly problems: readonly string[];
}

const MAX_PASSES = 15;
/** After which no pass begins any more: a runner does not wait for ever either. */
const PASSES_END_MS = 300_000;
/** Between two passes, so that what the engine was still creating when its client died shows up. */
const PASS_INTERVAL_MS = 300;

/** Removes one cluster: its containers together, then its networks together. Never throws: clean-up hides no error. */
export async function removeCluster(engine: Engine, run: string, cluster: string): Promise<Removal> {
  const { removed, problems } = await removeOnce(engine, { [LABELS.run]: run, [LABELS.cluster]: cluster });
  return { removed, problems };
}

/**
 * Removes everything that a run left, again and again until nothing more appears; or until the engine leaves it unanswered, and nothing
 * else goes either.
 *
 * @param quietPasses in which nothing may be found before the run counts as gone: 1 where the run itself has come to its
 *   end, more where the engine may still be at work for a client that was killed.
 */
export async function removeRun(engine: Engine, run: string, clock: Clock, quietPasses: number): Promise<Removal> {
  let removed = 0;
  let quiet = 0;
  let problems: readonly string[] = [];
  let stuck = false;
  const end = clock.now() + PASSES_END_MS;
  for (let pass = 0; pass < MAX_PASSES && quiet < quietPasses && !stuck && clock.now() < end; pass += 1) {
    if (pass > 0) await clock.sleep(PASS_INTERVAL_MS);
    const result = await removeOnce(engine, { [LABELS.run]: run });
    removed += result.removed;
    problems = result.problems;
    stuck = result.unanswered && result.removed === 0;
    quiet = result.removed === 0 && result.problems.length === 0 ? quiet + 1 : 0;
  }
  return { removed, problems };
}

/**
 * Removes what runs left whose process is gone (a machine that keeps its state between jobs), and nothing else. A kept cluster outlives its
 * process for the job's later steps, and these do not outlive the machine's start.
 */
export async function removeStale(engine: Engine): Promise<Removal> {
  const found = await engine.listLabelled({ [LABELS.owner]: null });
  const stale = new Set<string>();
  for (const resource of [...found.containers, ...found.networks, ...found.images]) {
    const { [LABELS.run]: run, [LABELS.owner]: owner, [LABELS.kept]: kept } = resource.labels;
    if (run === undefined || owner === undefined) continue;
    if (await (kept === 'true' ? isOfEarlierBoot(owner) : hasOwnerEnded(owner))) stale.add(run);
  }
  const results = await Promise.all([...stale].map((run) => removeOnce(engine, { [LABELS.run]: run })));
  return {
    removed: results.reduce((sum, result) => sum + result.removed, 0),
    problems: results.flatMap((result) => result.problems),
  };
}

/** What one pass came to, and whether the engine has left anything unanswered in it. */
interface Pass extends Removal {
  readonly unanswered: boolean;
}

async function removeOnce(engine: Engine, labels: Readonly<Record<string, string>>): Promise<Pass> {
  const problems: string[] = [];
  let removed = 0;
  let unanswered = false;
  const note = (error: unknown, what = ''): void => {
    problems.push(`${what}${error instanceof Error ? error.message : String(error)}`);
    unanswered ||= error instanceof EngineError && error.kind === 'unanswered';
  };
  const remove = async (things: readonly LabelledResource[], verb: (id: string) => Promise<void>): Promise<void> => {
    await Promise.all(
      things.map(async (thing) => {
        try {
          await verb(thing.id);
          removed += 1;
        } catch (error) {
          note(error, `${thing.name}: `);
        }
      }),
    );
  };
  try {
    const found = await engine.listLabelled(labels);
    await remove(found.containers, (id) => engine.removeContainer(id));
    await Promise.all([
      remove(found.networks, (id) => engine.removeNetwork(id)),
      remove(found.images, (id) => engine.removeImage(id)),
    ]);
  } catch (error) {
    note(error);
  }
  return { removed, problems, unanswered };
}
