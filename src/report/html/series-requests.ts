import type { ScenarioEvidence } from '../../checks/evidence';
import { waitedMs } from '../../traffic/attribution';
import type { Attempt, Sample } from '../../traffic/sample';
import { outcomeText } from '../scenario';
import type { Kind, ListedSample } from './series';

/** Requests with every attempt of NGINX, in columns; the attempts of all requests follow each other in columns of their own. */
export interface RequestColumns {
  readonly id: readonly string[];
  /** Whole milliseconds since the start of the scenario at which it was due. */
  readonly at: readonly number[];
  /** Tenths of a millisecond. */
  readonly wait: readonly number[];
  /** 0: GET on a fresh connection, 1: GET on a kept one, 2 and 3: POST likewise. */
  readonly way: readonly number[];
  /** Whole milliseconds that its answer was asked to be late; 0: none. */
  readonly asked: readonly number[];
  readonly kind: readonly Kind[];
  /** Index in `words`: what the client saw. */
  readonly outcome: readonly number[];
  /** How many of the attempts are its own. */
  readonly attempts: readonly number[];
  /** Index in `words`: hostname, or the address of who is none of the replicas. */
  readonly server: readonly number[];
  /** Milliseconds to the connection; -1: there was none. */
  readonly connect: readonly number[];
  /** HTTP status, and time spent in milliseconds; -1: none logged. */
  readonly status: readonly number[];
  readonly response: readonly number[];
  readonly words: readonly string[];
  /** Requests of the kind that found no room. */
  readonly left: number;
}

/** Worst first, as far as there is room, and then in the order of time. */
export function requestColumns(
  { replicas, startedAt }: ScenarioEvidence,
  listed: readonly ListedSample[],
  room: RequestRoom,
): RequestColumns {
  const chosen = worstThatFit(
    listed.map(({ sample, kind }) => ({
      ...{ sample, kind, wait: waitedMs(sample), at: sample.scheduledAt },
      attempts: attemptsOf(sample).length,
    })),
    room,
  );
  const words = new Dictionary();
  const hostnames = new Map(replicas.map(({ hostname, address }) => [address, hostname]));
  const attempts = chosen.flatMap(({ sample }) => attemptsOf(sample));
  const orNone = (value: number | null): number => (value === null ? -1 : Math.round(value));
  return {
    id: chosen.map(({ sample }) => sample.id),
    at: chosen.map(({ sample }) => Math.max(0, Math.round(sample.scheduledAt - startedAt))),
    wait: chosen.map(({ sample }) => Math.max(0, Math.round(waitedMs(sample) * 10))),
    way: chosen.map(({ sample }) => (sample.method === 'POST' ? 2 : 0) + (sample.connection === 'kept' ? 1 : 0)),
    asked: chosen.map(({ sample }) => Math.round(sample.delayMs)),
    kind: chosen.map(({ kind }) => kind),
    outcome: chosen.map(({ sample }) => words.indexOf(outcomeText(sample))),
    attempts: chosen.map(({ sample }) => attemptsOf(sample).length),
    server: attempts.map(({ address }) => words.indexOf(hostnames.get(address) ?? address)),
    connect: attempts.map(({ connectMs }) => orNone(connectMs)),
    status: attempts.map(({ status }) => orNone(status)),
    response: attempts.map(({ responseMs }) => orNone(responseMs)),
    words: words.all,
    left: listed.length - chosen.length,
  };
}

/** Room for listed requests. */
export interface RequestRoom {
  readonly requests: number;
  readonly attempts: number;
}

/** What decides which requests are listed. */
interface Weighed {
  readonly kind: Kind;
  readonly wait: number;
  readonly at: number;
  readonly attempts: number;
}

/** By kind: failed, without an end, answered after a long wait or a retry. */
const RANK: Readonly<Record<Kind, number>> = { 2: 0, 3: 1, 1: 2, 0: 2 };

/** The worst first, as far as there is room; in the order of time. */
export function worstThatFit<T extends Weighed>(listed: readonly T[], room: RequestRoom): readonly T[] {
  const worst = listed.toSorted((a, b) => RANK[a.kind] - RANK[b.kind] || b.wait - a.wait || a.at - b.at);
  let attempts = 0;
  const end = worst.findIndex((one, index) => {
    attempts += one.attempts;
    return index >= room.requests || attempts > room.attempts;
  });
  return worst.slice(0, end < 0 ? worst.length : end).sort((a, b) => a.at - b.at);
}

function attemptsOf({ proxy }: Sample): readonly Attempt[] {
  return proxy?.attempts ?? [];
}

/** Each text once. */
export class Dictionary {
  readonly #indexes = new Map<string, number>();

  get all(): readonly string[] {
    return [...this.#indexes.keys()];
  }

  indexOf(word: string): number {
    const known = this.#indexes.get(word);
    if (known !== undefined) return known;
    this.#indexes.set(word, this.#indexes.size);
    return this.#indexes.size - 1;
  }
}
