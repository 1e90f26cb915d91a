/** Tells the streams of one seed apart: 2^32 divided by the golden ratio, which spreads successive numbers widest. */
const STREAM_STEP = 0x9e3779b9;

/**
 * A repeatable stream of numbers from 0 to below 1. It is mulberry32 (Tommy Ettinger, 2017, public domain), which passes
 * gjrand's tests; good enough to mix an order, no good for secrets.
 *
 * @param seed 32-bit unsigned.
 * @param stream number of the stream; each gives other numbers for the same seed.
 */
export function createRandom(seed: number, stream = 0): () => number {
  let state = (seed ^ Math.imul(stream + 1, STREAM_STEP)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
