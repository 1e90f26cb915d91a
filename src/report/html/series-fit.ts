import { LIMITS, type PointColumns, type Series, type SeriesLimits } from './series';
import { shares, thinned } from './series-limits';
import { Dictionary, worstThatFit, type RequestColumns, type RequestRoom } from './series-requests';

/** Series of several runs in one page: the bounds are those of one run, and so each may have to give something up. */
export function fitSeries(series: readonly Series[], limits: SeriesLimits = LIMITS): readonly Series[] {
  const room = {
    points: shares(
      series.map(({ points }) => points.at.length),
      limits.points,
    ),
    requests: shares(
      series.map(({ requests }) => requests.id.length),
      limits.requests,
    ),
    attempts: shares(
      series.map(({ requests }) => requests.server.length),
      limits.attempts,
    ),
  };
  return series.map((one, index) => ({
    ...one,
    points: fitPoints(one.points, room.points[index] ?? 0),
    requests: fitRequests(one.requests, {
      requests: room.requests[index] ?? 0,
      attempts: room.attempts[index] ?? 0,
    }),
  }));
}

function fitPoints(columns: PointColumns, room: number): PointColumns {
  const { chosen, every } = thinned(columns.kind, room);
  let now = 0;
  const instants = columns.at.map((step) => (now += step));
  const at = chosen.map((index) => instants[index] ?? 0);
  return {
    at: at.map((instant, index) => instant - (at[index - 1] ?? 0)),
    wait: chosen.map((index) => columns.wait[index] ?? 0),
    server: chosen.map((index) => columns.server[index] ?? -1),
    kind: chosen.map((index) => columns.kind[index] ?? 0),
    every: columns.every * every,
  };
}

function fitRequests(columns: RequestColumns, room: RequestRoom): RequestColumns {
  let next = 0;
  const rows = columns.id.map((id, index) => {
    const attempts = columns.attempts[index] ?? 0;
    const from = next;
    next += attempts;
    const kind = columns.kind[index] ?? 0;
    return { id, index, from, attempts, kind, wait: columns.wait[index] ?? 0, at: columns.at[index] ?? 0 };
  });
  const chosen = worstThatFit(rows, room);
  const own = chosen.flatMap(({ from, attempts }) => Array.from({ length: attempts }, (_, offset) => from + offset));
  // Only the words that are still needed.
  const words = new Dictionary();
  const word = (index: number | undefined): number => words.indexOf(columns.words[index ?? -1] ?? '');
  return {
    id: chosen.map(({ id }) => id),
    at: chosen.map(({ at }) => at),
    wait: chosen.map(({ wait }) => wait),
    way: chosen.map(({ index }) => columns.way[index] ?? 0),
    asked: chosen.map(({ index }) => columns.asked[index] ?? 0),
    kind: chosen.map(({ kind }) => kind),
    outcome: chosen.map(({ index }) => word(columns.outcome[index])),
    attempts: chosen.map(({ attempts }) => attempts),
    server: own.map((attempt) => word(columns.server[attempt])),
    connect: own.map((attempt) => columns.connect[attempt] ?? -1),
    status: own.map((attempt) => columns.status[attempt] ?? -1),
    response: own.map((attempt) => columns.response[attempt] ?? -1),
    words: words.all,
    left: columns.left + rows.length - chosen.length,
  };
}
