import { createRandom } from './random';

/** When requests are due: at even distances, or at random moments, as many users who know nothing of each other come. */
export type Arrivals = 'even' | 'random';

/** When each request is due. */
export interface ArrivalTimes {
  /** Epoch milliseconds, never before the request with the number before it. */
  readonly dueAt: (seq: number) => number;
  /** How many requests are due at an instant (epoch milliseconds), or were before. */
  readonly dueBy: (instant: number) => number;
}

/** How long a stretch is, in seconds: random arrivals deviate from the rate within a stretch alone. */
const STRETCH_SECONDS = 0.1;
/** Stretches whose moments are kept: requests under way for some seconds are told about when they end. */
const KEPT = 64;
/** Tells the random numbers for arrivals apart from those for the classes. */
const ARRIVAL_STREAM = 0xa881;

/**
 * Arrivals at a constant rate. At even distances they can fall into step with what they are to test: a replica then sees a request
 * every 30 ms and never one after 10 ms, so that a race which needs that never comes up. Random ones are those of a Poisson
 * process of which the number in each tenth of a second is known: independent and uniform in it (S. M. Ross, Introduction to
 * Probability Models, "Conditional Distribution of the Arrival Times").
 *
 * @param rate requests per second, above 0.
 * @param startedAt when the first stretch begins, in epoch milliseconds; even arrivals begin with a request.
 */
export function createArrivals(arrivals: Arrivals, rate: number, seed: number, startedAt: number): ArrivalTimes {
  const dueAt = arrivals === 'even' ? evenly(rate, startedAt) : randomly(rate, seed, startedAt);
  return {
    dueAt,
    dueBy: (instant) => {
      let count = Math.max(0, Math.floor(((instant - startedAt) * rate) / 1000));
      while (count > 0 && dueAt(count - 1) > instant) count -= 1;
      while (dueAt(count) <= instant) count += 1;
      return count;
    },
  };
}

function evenly(rate: number, startedAt: number): ArrivalTimes['dueAt'] {
  // One expression for both directions, so that they agree to the last bit of a floating-point number.
  return (seq) => startedAt + (seq * 1000) / rate;
}

function randomly(rate: number, seed: number, startedAt: number): ArrivalTimes['dueAt'] {
  const size = Math.max(1, Math.round(rate * STRETCH_SECONDS));
  const lengthMs = (size * 1000) / rate;
  const kept = new Map<number, Float64Array>();

  const momentsOf = (stretch: number): Float64Array => {
    const known = kept.get(stretch);
    if (known !== undefined) return known;
    const random = createRandom(seed ^ ARRIVAL_STREAM, stretch);
    const moments = Float64Array.from({ length: size }, () => startedAt + (stretch + random()) * lengthMs).sort();
    for (const oldest of kept.keys()) if (kept.size >= KEPT) kept.delete(oldest);
    kept.set(stretch, moments);
    return moments;
  };
  return (seq) => {
    const moment = momentsOf(Math.floor(seq / size))[seq % size];
    if (moment === undefined) throw new RangeError(`no request has the number ${seq}`);
    return moment;
  };
}
