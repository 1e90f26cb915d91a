import { describe, expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../../src/checks/evidence';
import { configOf, diagnosed, edits } from '../../support/diagnosed';
import { CRASH, crashEvidence, steady } from '../../support/evidence';

/** app2 was mended, and hardly served since. */
const NOT_BACK: ScenarioEvidence = crashEvidence([
  ...steady(0, 200),
  ...steady(CRASH.injected, 700, ['app1', 'app3']),
  ...steady(CRASH.ready, 250, ['app1', 'app3']),
]);
const servers = (...weights: readonly number[]): readonly string[] =>
  weights.map((weight, index) => `app${index + 1}:5000 weight=${weight}`);

describe('a replica that is back, and has not got its share', () => {
  test.each([
    { what: 'in thousands', weights: [5_000, 5_000, 2_500], small: [2, 2, 1] },
    { what: 'that have no divisor', weights: [3_001, 1_500, 997], small: [10, 5, 3] },
    { what: 'of which one is tiny', weights: [9_000, 9_000, 1], small: [10, 10, 1] },
  ])('has a weight $what', ({ weights, small }) => {
    const [found] = diagnosed(configOf({ servers: servers(...weights) }), [NOT_BACK]);
    expect(found?.id).toBe('weights-large');
    expect(found?.evidence).toMatch(/^app2 .+\. In that time there were \d+ requests\.$/);
    const lines = (numbers: readonly number[], sign: string): readonly string[] =>
      servers(...numbers).map((one) => `${sign} server ${one};`);
    const [before, after] = [lines(weights, '-'), lines(small, '+')];
    const changed = weights.flatMap((weight, index) => (weight === small[index] ? [] : [index]));
    const edited = found === undefined ? [] : edits(found);
    expect(edited.toSorted()).toEqual(changed.flatMap((index) => [before[index], after[index]]).toSorted());
  });

  test.each([
    { what: 'small', weights: [3, 2, 1] },
    { what: 'that many requests have made up for', weights: [240, 240, 120] },
  ])('is another matter where weights are $what', ({ weights }) => {
    const ids = diagnosed(configOf({ servers: servers(...weights) }), [NOT_BACK]).map(({ id }) => id);
    expect(ids).not.toContain('weights-large');
  });
});
