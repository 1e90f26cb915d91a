import type { ScenarioEvidence } from '../../checks/evidence';
import { clientError, retriesOf, servedBy, waitedMs } from '../../traffic/attribution';
import type { ReplicaPlace } from '../../traffic/attribution';
import type { Sample } from '../../traffic/sample';
import { SLOW_MS } from '../scenario';
import { requestColumns } from './series-requests';
import type { RequestColumns } from './series-requests';
import { shares, thinned } from './series-limits';

/**
 * The requests of one scenario in columns, for the charts and the table of report.html; they are not in report.json. A column
 * has one number for each request, in the order in which the requests were due.
 */
export interface Series {
  readonly scenario: string;
  /** Hostnames of the replicas, in their order; columns of servers are indexes in it, and -1 is nobody. */
  readonly replicas: readonly string[];
  readonly points: PointColumns;
  /** Failed, retried and long requests with every attempt of NGINX. */
  readonly requests: RequestColumns;
}

/** One point of a chart for each request. */
export interface PointColumns {
  /** Whole milliseconds since the one before was due; of the first since the start of the scenario. */
  readonly at: readonly number[];
  /** How long the client waited, in tenths of a millisecond. */
  readonly wait: readonly number[];
  readonly server: readonly number[];
  readonly kind: readonly Kind[];
  /** Of the requests of kind 0 only each so-manieth is here; 1: all are. */
  readonly every: number;
}

/** 0: answered; 1: answered after NGINX had tried more than one replica; 2: failed; 3: without an end, or not sent. */
export type Kind = 0 | 1 | 2 | 3;

/** Bounds for a whole run: they keep report.html below 5 MB whatever happens. */
export interface SeriesLimits {
  readonly points: number;
  readonly requests: number;
  readonly attempts: number;
}

export const LIMITS: SeriesLimits = { points: 120_000, requests: 20_000, attempts: 60_000 };

/** What report.html needs of every scenario that sent something. */
export function buildSeries(scenarios: readonly ScenarioEvidence[], limits: SeriesLimits = LIMITS): readonly Series[] {
  const busy = scenarios
    .filter(({ samples }) => samples.length > 0)
    .map((evidence) => {
      const kinds = evidence.samples.map((sample) => kindOf(sample, evidence.replicas));
      return { evidence, kinds, listed: listedSamples(evidence.samples, kinds) };
    });
  const points = shares(
    busy.map(({ kinds }) => kinds.length),
    limits.points,
  );
  const requests = shares(
    busy.map(({ listed }) => listed.length),
    limits.requests,
  );
  const attempts = shares(
    busy.map(({ listed }) => listed.reduce((sum, { sample }) => sum + (sample.proxy?.attempts.length ?? 0), 0)),
    limits.attempts,
  );
  return busy.map(({ evidence, kinds, listed }, index) => ({
    scenario: evidence.name,
    replicas: evidence.replicas.map(({ hostname }) => hostname),
    points: pointColumns(evidence, kinds, points[index] ?? 0),
    requests: requestColumns(evidence, listed, { requests: requests[index] ?? 0, attempts: attempts[index] ?? 0 }),
  }));
}

function kindOf(sample: Sample, replicas: readonly ReplicaPlace[]): Kind {
  if (clientError(sample, replicas) !== null) return 2;
  if (sample.outcome.kind !== 'answered') return 3;
  return retriesOf(sample) > 0 ? 1 : 0;
}

/** A request that a reader may ask for. */
export interface ListedSample {
  readonly sample: Sample;
  readonly kind: Kind;
}

function listedSamples(samples: readonly Sample[], kinds: readonly Kind[]): readonly ListedSample[] {
  return samples
    .map((sample, index) => ({ sample, kind: kinds[index] ?? 0 }))
    .filter(({ sample, kind }) => kind !== 0 || waitedMs(sample) >= SLOW_MS);
}

function pointColumns(
  { samples, replicas, startedAt }: ScenarioEvidence,
  kinds: readonly Kind[],
  room: number,
): PointColumns {
  const { chosen, every } = thinned(kinds, room);
  const columns: { at: number[]; wait: number[]; server: number[]; kind: Kind[] } = {
    at: [],
    wait: [],
    server: [],
    kind: [],
  };
  const hostnames = new Map(replicas.map(({ hostname }, index) => [hostname, index]));
  let before = 0;
  for (const index of chosen) {
    const sample = samples[index];
    if (sample === undefined) continue;
    const at = Math.max(before, Math.round(sample.scheduledAt - startedAt));
    columns.at.push(at - before);
    columns.wait.push(Math.max(0, Math.round(waitedMs(sample) * 10)));
    columns.server.push(hostnames.get(servedBy(sample, replicas) ?? '') ?? -1);
    columns.kind.push(kinds[index] ?? 0);
    before = at;
  }
  return { ...columns, every };
}
