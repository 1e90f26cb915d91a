import { expect, test } from '@jest/globals';
import { nearest } from '../../src/settings/spelling';

test.each<[name: string, text: string, candidates: readonly string[], expected: string | null]>([
  ['the same', 'stall', ['detect', 'stall'], 'stall'],
  ['a letter missing', 'stal', ['detect', 'stall'], 'stall'],
  ['a letter too many', 'stalll', ['detect', 'stall'], 'stall'],
  ['three letters replaced', 'stxyz', ['stall'], 'stall'],
  ['four letters replaced', 'swxyz', ['stall'], null],
  ['the nearer of two, wherever it stands', 'detects', ['defecs', 'detect'], 'detect'],
  ['nothing to choose from', 'stall', [], null],
  ['a text too long to be a slip', `${'x'.repeat(80)}y`, ['x'.repeat(80)], null],
  ['the longest that is compared', 'x'.repeat(80), [`${'x'.repeat(80)}y`], `${'x'.repeat(80)}y`],
])('%s', (_name, text, candidates, expected) => {
  expect(nearest(text, candidates)).toBe(expected);
});
