import { describe, expect, test } from '@jest/globals';
import { excessOfRandom } from '../../src/verdict/random-choice';
import { createRandom } from '../../src/traffic/random';

describe('random choice', () => {
  test.each([
    { what: 'even', weights: [1, 1, 1], counts: [100, 100, 100], excess: 0 },
    { what: 'as uneven as chance is', weights: [1, 1, 1], counts: [85, 120, 95], excess: 0 },
    { what: 'one replica gets double', weights: [1, 1, 1], counts: [150, 75, 75], excess: 50 },
    { what: 'double, as weighted', weights: [2, 1, 1], counts: [150, 75, 75], excess: 0 },
    { what: 'one replica gets nothing', weights: [1, 1, 1], counts: [150, 150, 0], excess: 100 },
    { what: 'a single server', weights: [1], counts: [300], excess: 0 },
    { what: 'no requests', weights: [1, 1], counts: [0, 0], excess: 0 },
  ])('$what', ({ weights, counts, excess }) => {
    expect(excessOfRandom(weights, counts)).toBe(excess);
  });

  test('fair draws are accused no oftener than once in thousands of times', () => {
    const random = createRandom(1, 0);
    const accused = Array.from({ length: 5_000 }, () => {
      const counts = [0, 0, 0, 0];
      for (let draw = 0; draw < 300; draw += 1) {
        const index = Math.floor(random() * 4);
        counts[index] = (counts[index] ?? 0) + 1;
      }
      return excessOfRandom([1, 1, 1, 1], counts);
    }).filter((excess) => excess > 0).length;
    // Half a run in 5,000 is expected.
    expect(accused).toBeLessThanOrEqual(4);
  });
});
