/**
 * What NGINX's smooth weighted round robin can and cannot do, exactly. The rule is that of
 * `ngx_http_upstream_get_peer` in src/http/ngx_http_upstream_round_robin.c: each turn every eligible server's current
 * weight grows by its weight; the largest is picked (ties: the first listed) and pays the sum of all weights.
 */

/** Range of turns that one server can get, both ends included. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** One whole period of picks, as indexes into `weights`; from a fresh start it repeats for ever. */
export function picksOfOnePeriod(weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const period = total / weights.reduce(greatestCommonDivisor, 0);
  const current = weights.map(() => 0);
  return Array.from({ length: period }, () => {
    let best = 0;
    for (const [index, weight] of weights.entries()) {
      current[index] = (current[index] ?? 0) + weight;
      if ((current[index] ?? 0) > (current[best] ?? 0)) best = index;
    }
    current[best] = (current[best] ?? 0) - total;
    return best;
  });
}

/**
 * For each server, the fewest and the most picks it can get in any `turns` consecutive turns of one state (one worker, or all
 * workers sharing a zone), wherever in the period they begin. Empty weights or turns give empty ranges.
 *
 * @param weights whole numbers from 1.
 */
export function rangesOver(weights: readonly number[], turns: number): readonly Range[] {
  if (weights.length === 0) return [];
  const picks = picksOfOnePeriod(weights);
  const wholePeriods = Math.floor(turns / picks.length);
  const rest = turns % picks.length;
  return weights.map((_, server) => {
    const perPeriod = picks.filter((pick) => pick === server).length;
    const { least, most } = windowRange(picks, server, rest);
    return { least: wholePeriods * perPeriod + least, most: wholePeriods * perPeriod + most };
  });
}

/** Fewest and most picks of `server` in any window of `length` picks, going round at the period's end. */
function windowRange(picks: readonly number[], server: number, length: number): Range {
  const isServer = (index: number): number => (picks[index % picks.length] === server ? 1 : 0);
  let count = 0;
  for (let index = 0; index < length; index += 1) count += isServer(index);
  let least = count;
  let most = count;
  for (let start = 1; start < picks.length; start += 1) {
    count += isServer(start + length - 1) - isServer(start - 1);
    least = Math.min(least, count);
    most = Math.max(most, count);
  }
  return { least, most };
}

/** Counts of one state: how often each server was picked. */
export type PickCounts = readonly number[];

/**
 * Requests beyond what round robin can explain: for every state, how far each server's count lies outside its exact range,
 * summed for each server over all states; the worst server's number. 0 for anything that NGINX can do when healthy.
 */
export function excessOf(weights: readonly number[], states: readonly PickCounts[]): number {
  const perServer = weights.map(() => 0);
  for (const counts of states) {
    const turns = counts.reduce((sum, count) => sum + count, 0);
    for (const [server, range] of rangesOver(weights, turns).entries()) {
      const count = counts[server] ?? 0;
      perServer[server] = (perServer[server] ?? 0) + Math.max(0, count - range.most, range.least - count);
    }
  }
  return Math.max(0, ...perServer);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
