/**
 * Values that chi-square exceeds once in 10,000 times by chance, for 1 to 15 degrees of freedom (the distribution's upper
 * quantile at 0.0001).
 */
const CRITICAL = [
  15.137, 18.421, 21.108, 23.513, 25.745, 27.856, 29.878, 31.828, 33.72, 35.564, 37.367, 39.134, 40.871, 42.579, 44.263,
] as const;

/**
 * Requests beyond what chance explains when each is given to a server drawn by weight (`random` of
 * ngx_http_upstream_random_module, which draws each by itself): 0 where Pearson's chi-square of the counts stays below the
 * value that chance exceeds once in 10,000 runs; else the requests that would have to change hands for the shares to be
 * exact. Fewer than two servers leave nothing to chance.
 */
export function excessOfRandom(weights: readonly number[], counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const sumOfWeights = weights.reduce((sum, weight) => sum + weight, 0);
  const critical = CRITICAL[weights.length - 2];
  if (critical === undefined || total === 0) return 0;
  const expected = weights.map((weight) => (total * weight) / sumOfWeights);
  const chiSquare = expected.reduce((sum, share, index) => sum + ((counts[index] ?? 0) - share) ** 2 / share, 0);
  if (chiSquare <= critical) return 0;
  return Math.ceil(expected.reduce((sum, share, index) => sum + Math.max(0, (counts[index] ?? 0) - share), 0));
}
