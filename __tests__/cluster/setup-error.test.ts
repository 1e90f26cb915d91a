import { expect, test } from '@jest/globals';
import { LOG_FOLLOWS, NO_LOG, SetupError, withoutLog } from '../../src/cluster/setup-error';

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

test.each([
  [`It ended.${LOG_FOLLOWS}`, 'It ended.'],
  [`It ended.${NO_LOG}`, 'It ended.'],
  ['It ended.', 'It ended.'],
])('where the lines of a log are told by themselves, %j is %j', (message, words) => {
  expect(withoutLog(new SetupError(message))).toBe(words);
});
