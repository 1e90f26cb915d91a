import type { PointColumns } from '../series';

/** The requests of a scenario as a chart takes them. */
export interface Points {
  /** Seconds since the start of the scenario, ascending. */
  readonly at: readonly number[];
  /** Milliseconds. */
  readonly wait: readonly number[];
  readonly server: readonly number[];
  readonly kind: PointColumns['kind'];
  /** How many requests one of kind 0 stands for. */
  readonly every: number;
}

/** Waits below this are drawn as this: a logarithmic axis has no zero. In milliseconds. */
const SHORTEST_MS = 0.1;

/** Undoes the differences and the units of the columns. */
export function pointsOf({ at, wait, server, kind, every }: PointColumns): Points {
  let now = 0;
  return {
    at: at.map((step) => (now += step) / 1_000),
    wait: wait.map((tenths) => Math.max(SHORTEST_MS, tenths / 10)),
    ...{ server, kind, every },
  };
}

/** What the requests of a stretch of time came to. */
export interface Tally {
  readonly requests: number;
  readonly failed: number;
  readonly retried: number;
  readonly longest: number;
  /** By replica. */
  readonly served: readonly number[];
}

/** Counts the requests that were due from `from` to `to`, in seconds. */
export function tally({ at, wait, server, kind, every }: Points, replicas: number, from: number, to: number): Tally {
  const served = Array.from({ length: replicas }, () => 0);
  let [requests, failed, retried, longest] = [0, 0, 0, 0];
  at.forEach((instant, index) => {
    if (instant < from || instant > to) return;
    const weight = kind[index] === 0 ? every : 1;
    const who = server[index] ?? -1;
    requests += weight;
    if (kind[index] === 2) failed += 1;
    if (kind[index] === 1) retried += 1;
    longest = Math.max(longest, wait[index] ?? 0);
    if (served[who] !== undefined) served[who] += weight;
  });
  return { requests, failed, retried, longest, served };
}
