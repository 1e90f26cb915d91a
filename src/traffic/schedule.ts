import type { Arrivals } from './arrivals';
import { createArrivals } from './arrivals';
import type { ConnectionUse, Method, ScheduledRequest } from './sample';
import { createRandom } from './random';

/** How many requests of each class a block of the schedule has; whole numbers, not all 0. */
export interface RequestMix {
  readonly getFresh: number;
  readonly getKept: number;
  readonly postFresh: number;
  readonly postKept: number;
}

/** The part of the requests that ask for a late answer, so that some are always under way. */
export interface SlowPart {
  /** How many a second; at a low rate fewer, so that they stay a fifth of all requests at most. */
  readonly perSecond: number;
  /** Whole milliseconds that each asks for. */
  readonly delayMs: number;
  /** Left out: whichever comes. */
  readonly method?: Method;
}

/** What traffic to send. */
export interface TrafficOrder {
  /** Requests per second, above 0. */
  readonly rate: number;
  /** Left out: at even distances. */
  readonly arrivals?: Arrivals;
  readonly mix: RequestMix;
  /** Left out: no request asks for a late answer. */
  readonly slow?: SlowPart;
  /** Path and query, as in a request line. */
  readonly path: string;
  /** 32-bit unsigned; the same seed gives the same schedule. */
  readonly seed: number;
  /** Begins each request's id; no other traffic through the same NGINX may have it. */
  readonly idPrefix: string;
}

/** When which request is due. It has no end: requests are numbered from 0. */
export interface Schedule {
  readonly at: (seq: number) => ScheduledRequest;
  /** When that request is due. */
  readonly dueAt: (seq: number) => number;
  /** How many requests are due at an instant (epoch milliseconds), or were before. */
  readonly dueBy: (instant: number) => number;
}

interface RequestClass {
  readonly method: Method;
  readonly connection: ConnectionUse;
}

const CLASSES: Readonly<Record<keyof RequestMix, RequestClass>> = {
  getFresh: { method: 'GET', connection: 'fresh' },
  getKept: { method: 'GET', connection: 'kept' },
  postFresh: { method: 'POST', connection: 'fresh' },
  postKept: { method: 'POST', connection: 'kept' },
};

/** Longest block: a longer one would no longer spread the classes evenly over a scenario. */
const LONGEST_BLOCK = 1_000;
/** Of so many requests one may be slow; a service whose every request is slow would be another service. */
const LEAST_BETWEEN_SLOW = 5;
/** Tells the random numbers for slow requests apart from those for the classes. */
const SLOW_STREAM = 0x5105;

/**
 * A schedule at a constant rate. Each block of as many requests as the mix adds up to holds exactly the mix, in an order
 * of its own: a fixed one could fall into step with NGINX's rotation, so that one replica got all the POSTs. The slow
 * requests, of whatever class, are spread likewise: one at a random place of each stretch.
 *
 * @param startedAt when the first request is due, or may be, in epoch milliseconds.
 * @throws RangeError for a rate that is not above 0, or a mix that is not made of whole numbers adding up to 1 to 1,000.
 */
export function createSchedule(order: TrafficOrder, startedAt: number): Schedule {
  const { rate, arrivals = 'even', path, idPrefix, seed } = order;
  if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError(`a rate of ${rate} requests per second`);
  const classes = blockOf(order.mix);
  let shuffled: { readonly block: number; readonly classes: readonly RequestClass[] } | null = null;

  const classOf = (seq: number): RequestClass => {
    const block = Math.floor(seq / classes.length);
    if (shuffled?.block !== block) shuffled = { block, classes: shuffle(classes, seed, block) };
    const found = shuffled.classes[seq % classes.length];
    if (found === undefined) throw new RangeError(`no request has the number ${seq}`);
    return found;
  };

  const delayOf = delays(order);
  const { dueAt, dueBy } = createArrivals(arrivals, rate, seed, startedAt);

  return {
    at: (seq) => {
      const { method: usual, connection } = classOf(seq);
      const delayMs = delayOf(seq);
      const method = delayMs > 0 ? (order.slow?.method ?? usual) : usual;
      return { id: `${idPrefix}-${seq}`, method, connection, path, delayMs, scheduledAt: dueAt(seq) };
    },
    dueAt,
    dueBy,
  };
}

/** The number in its schedule of the request with this id. */
export function seqOf(id: string): number {
  return Number(id.slice(id.lastIndexOf('-') + 1));
}

function blockOf(mix: RequestMix): readonly RequestClass[] {
  const weights = Object.values(mix) as readonly number[];
  const size = weights.reduce((sum, weight) => sum + weight, 0);
  if (!weights.every((weight) => Number.isInteger(weight) && weight >= 0) || size < 1 || size > LONGEST_BLOCK) {
    throw new RangeError(`a mix of ${weights.join(', ')} requests`);
  }
  const names = Object.keys(CLASSES) as readonly (keyof RequestMix)[];
  return names.flatMap((name) => Array.from({ length: mix[name] }, () => CLASSES[name]));
}

/** The delay that each request asks for, by its number. */
function delays({ rate, slow, seed }: TrafficOrder): (seq: number) => number {
  if (slow === undefined) return () => 0;
  const size = Math.max(LEAST_BETWEEN_SLOW, Math.round(rate / slow.perSecond));
  let drawn = { stretch: -1, place: 0 };
  return (seq) => {
    const stretch = Math.floor(seq / size);
    if (drawn.stretch !== stretch) {
      drawn = { stretch, place: Math.floor(createRandom(seed ^ SLOW_STREAM, stretch)() * size) };
    }
    return seq % size === drawn.place ? slow.delayMs : 0;
  };
}

/** Fisher and Yates' shuffle (Knuth, The Art of Computer Programming, volume 2, algorithm P). */
function shuffle<T>(items: readonly T[], seed: number, block: number): readonly T[] {
  const random = createRandom(seed, block);
  const shuffled: T[] = [];
  for (const item of items) {
    const at = Math.floor(random() * (shuffled.length + 1));
    const displaced = shuffled[at];
    if (displaced !== undefined) shuffled.push(displaced);
    shuffled[at] = item;
  }
  return shuffled;
}
