import { expect, test } from '@jest/globals';
import { SetupError } from '../../src/cluster/setup-error';

const HUGE = 'x'.repeat(5 * 2 ** 20);

test('what others wrote is cut to what somebody may read', () => {
  const { message, details } = new SetupError(`It does not start: ${HUGE}`, [...Array<string>(300).fill('a'), HUGE]);
  expect(message).toMatch(/^It does not start: x{3981}…$/);
  expect(details).toHaveLength(200);
  expect(details.at(-1)).toMatch(/^x{1000}…$/);
});

test('the rest stays as it is', () => {
  const { message, details } = new SetupError('No.', ['a', 'x'.repeat(1_000)]);
  expect([message, details]).toEqual(['No.', ['a', 'x'.repeat(1_000)]]);
});
