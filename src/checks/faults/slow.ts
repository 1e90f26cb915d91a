import type { NginxModel } from '../../cluster/nginx/model';
import type { Fault, Scene } from './fault';
import { pauseVictim } from './pausing';
import { counted } from '../../settings/wording';

/** How much of the configuration's read time-out one stroke takes: late, and still worth waiting for. */
const PART_OF_READ_TIMEOUT = 0.4;
/** Any replica is this late at times (a garbage collection, a busy neighbour), in milliseconds: who waits no longer is to show it. */
const LEAST_STROKE_MS = 400;
const MOST_STROKE_MS = 1_200;
/** After a stroke the replica works off what came meanwhile: for a third of the stroke's length. */
const PART_AT_WORK = 1 / 3;
/** From here on the stroke was another than the one meant: the engine took too long, and "late" has become "frozen". */
const OVERLONG = 2;

/** The replica answers late, again and again: it is paused for a stroke, works for a shorter one, and so on. */
export const slow: Fault = {
  target: 'replica',
  window: 'fail-timeout',
  describe: (victim) => `slowness of ${victim} (paused again and again)`,
  latenessMs: (nginx) => OVERLONG * strokeFor(nginx),

  inject: async (scene) => {
    const strokeMs = strokeFor(scene.nginx);
    const effectiveAt = scene.clock.now();
    const strokes = startStrokes(scene, strokeMs);
    await strokes.begun;
    return {
      kind: 'caused',
      effectiveAt,
      proof: () => {
        const { count, longestMs } = strokes.seen();
        return {
          took: count > 0 && longestMs < OVERLONG * strokeMs,
          seen: `paused ${counted(count, 'time')}, for ${Math.round(strokeMs)} ms each, the longest ${Math.round(longestMs)} ms`,
        };
      },
      heal: strokes.end,
    };
  },
};

function strokeFor({ way }: NginxModel): number {
  const readTimeoutMs = way?.readTimeoutMs.value ?? Infinity;
  if (readTimeoutMs <= LEAST_STROKE_MS) return LEAST_STROKE_MS;
  return Math.min(MOST_STROKE_MS, readTimeoutMs * PART_OF_READ_TIMEOUT);
}

interface Strokes {
  /** Resolves with the first pause. */
  readonly begun: Promise<void>;
  readonly seen: () => { readonly count: number; readonly longestMs: number };
  /** Ends them, with the victim at work; throws what a stroke threw. */
  readonly end: () => Promise<void>;
}

function startStrokes(scene: Scene, strokeMs: number): Strokes {
  const { engine, clock, signal, victim } = scene;
  let ending = false;
  let count = 0;
  let longestMs = 0;
  const first = pauseVictim(scene);
  const run = async (): Promise<void> => {
    for (let pausedAt = await first; ; pausedAt = await pauseVictim(scene)) {
      await clock.sleep(strokeMs, signal);
      await engine.unpauseContainer(victim.containerId);
      count += 1;
      longestMs = Math.max(longestMs, clock.now() - pausedAt);
      await clock.sleep(strokeMs * PART_AT_WORK, signal);
      if (ending) return;
    }
  };
  const over = run();
  // Whoever heals learns of a failure; until then it is no reason to end the process.
  over.catch(() => undefined);
  return {
    begun: first.then(() => undefined),
    seen: () => ({ count, longestMs }),
    end: () => {
      ending = true;
      return over;
    },
  };
}
