import { describe, expect, test } from '@jest/globals';
import { isVersionAtLeast, parseCount, parseTime } from '../../../src/cluster/nginx/values';

describe('parseTime', () => {
  test.each([
    ['60', 60_000],
    ['60s', 60_000],
    ['0', 0],
    ['500ms', 500],
    ['1m', 60_000],
    ['1m30s', 90_000],
    ['1m 30s', 90_000],
    ['1m30', 90_000],
    ['1s500ms', 1500],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
    ['60 ', 60_000],
    ['1hm', 3_600_000],
    ['1y', null],
    ['1M', null],
    ['30s1m', null],
    ['1s1s', null],
    ['', null],
    ['s', null],
    [' ', null],
    ['-1', null],
    ['1.5s', null],
    ['5 s', null],
    ['1x', null],
    ['1s 5 ', null],
    ['99999999999999999999', null],
    [`${'1'.repeat(4000)}x`, null],
  ])('%j is %s ms', (text, expected) => {
    expect(parseTime(text)).toBe(expected);
  });

  test.each([
    ['10', 10_000],
    ['3s', 3000],
    ['1y', 31_536_000_000],
    ['1M', 2_592_000_000],
    ['1m', 60_000],
    ['500ms', null],
  ])('%j kept in seconds is %s ms', (text, expected) => {
    expect(parseTime(text, 'seconds')).toBe(expected);
  });
});

test.each([
  ['0', 0],
  ['42', 42],
  ['', null],
  ['-1', null],
  ['1e3', null],
  ['99999999999999999999', null],
])('the count %j is %s', (text, expected) => {
  expect(parseCount(text)).toBe(expected);
});

test.each([
  ['1.27.4', '1.27.4', true],
  ['1.28.0', '1.27.4', true],
  ['1.27.3', '1.27.4', false],
  ['1.9.15', '1.27.4', false],
  ['2.0.0', '1.27.4', true],
  ['1.30.4-dev (Ubuntu)', '1.27.4', true],
  ['mainline', '1.27.4', false],
])('%s is at least %s: %s', (version, other, expected) => {
  expect(isVersionAtLeast(version, other)).toBe(expected);
});
