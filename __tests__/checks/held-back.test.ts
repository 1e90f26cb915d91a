import { expect, test } from '@jest/globals';
import { countsIn } from '../../src/checks/held-back';

test.each([
  {
    what: 'version 1 of control groups',
    text: 'nr_periods 412\nnr_throttled 97\nthrottled_time 4127730221',
    counts: { periods: 412, throttled: 97 },
  },
  {
    what: 'version 2',
    text: 'usage_usec 5121\nuser_usec 4000\nsystem_usec 1121\nnr_periods 30\nnr_throttled 0\nthrottled_usec 0',
    counts: { periods: 30, throttled: 0 },
  },
  { what: 'version 2 without a limit', text: 'usage_usec 5121\nuser_usec 4000\nsystem_usec 1121', counts: null },
  { what: 'a group that is not there', text: '', counts: null },
])('how often the kernel held somebody back is read from $what', ({ text, counts }) => {
  expect(countsIn(text)).toEqual(counts);
});
