import { describe, expect, test } from '@jest/globals';
import { claimWords, counted, hiddenWords, listed, quantity } from '../../src/report/quantities';

describe('a quantity', () => {
  test.each([
    [0, 'ms', '0 ms'],
    [3.14159, 'ms', '3.1 ms'],
    [15.6, 'ms', '16 ms'],
    [999.4, 'ms', '999 ms'],
    [999.6, 'ms', '1 s'],
    [38_649, 'ms', '38.6 s'],
    [60_000, 'ms', '60 s'],
    [66.6667, '%', '66.7 %'],
    [100, '%', '100 %'],
    [1_234_567, 'count', '1,234,567'],
  ] as const)('%d %s is %s', (value, unit, words) => {
    expect(quantity(value, unit)).toBe(words);
  });
});

test.each([
  [1, '1 request'],
  [0, '0 requests'],
  [1_200, '1,200 requests'],
])('%d counted', (number, words) => {
  expect(counted(number, 'request')).toBe(words);
});

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c'], 'a, b and c'],
])('%j listed', (names, words) => {
  expect(listed(names)).toBe(words);
});

test.each([
  [1, 1, 'its claim holds'],
  [0, 1, 'its claim does not hold'],
  [16, 16, 'all 16 claims hold'],
  [7, 8, '7 of 8 claims hold'],
])('%d of %d: %s', (holding, all, words) => {
  expect(claimWords(holding, all)).toBe(words);
});

test.each([
  [0, 'no failed attempts'],
  [1, '1 failed attempt'],
  [1_200, '1,200 failed attempts'],
])('NGINX hid %d: %s', (attempts, words) => {
  expect(hiddenWords(attempts)).toBe(words);
});
