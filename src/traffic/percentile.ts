/**
 * A percentile by nearest rank, so that it is a value that really was; 0 without any.
 *
 * @param part 0 to 1: 0.99 is the 99th percentile.
 */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}
