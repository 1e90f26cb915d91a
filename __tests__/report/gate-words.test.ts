import { describe, expect, test } from '@jest/globals';
import { allowedWords, marginWords, observedWords, remarkWords } from '../../src/report/gate-words';
import { gate } from './reports';

describe('what a gate saw', () => {
  test.each([
    ['a number', {}, '1 s'],
    ['something that never came', { observed: null, outcome: 'fail', reason: 'never: app2 served nothing' }, 'never'],
    ['too little', { observed: null, outcome: 'inconclusive', reason: 'only 3 requests' }, 'unknown'],
    ['nothing, as it must be', { observed: null, outcome: 'warn', reason: 'not observable: hash' }, 'not observable'],
    ['too little to warn', { observed: null, outcome: 'warn', reason: 'only 3 requests' }, 'unknown'],
  ] as const)('%s', (_, changes, words) => {
    expect(observedWords(gate(changes))).toBe(words);
  });
});

describe('what a gate allows', () => {
  test.each([
    ['==', 0, 'count', '0'],
    ['!=', 0, 'count', '≠ 0'],
    ['<', 6_000, 'ms', '< 6 s'],
    ['<=', 50, 'ms', '≤ 50 ms'],
    ['>', 5, 'count', '> 5'],
    ['>=', 90, '%', '≥ 90 %'],
  ] as const)('%s %d %s', (operator, allowed, unit, words) => {
    expect(allowedWords(gate({ operator, allowed, unit }))).toBe(words);
  });
});

describe('the margin of a gate', () => {
  test.each([
    ['under an upper bound', {}, '5 s to spare'],
    ['over an upper bound', { observed: 38_600 }, '32.6 s over'],
    ['at a bound', { observed: 6_000 }, 'none'],
    ['over a lower bound', { operator: '>=', allowed: 90, observed: 95, unit: '%' }, '5 % to spare'],
    ['under a lower bound', { operator: '>=', allowed: 90, observed: 80, unit: '%' }, '10 % short'],
    ['without room', { operator: '==', allowed: 0, observed: 3, unit: 'count' }, ''],
    ['without a number', { observed: null }, ''],
  ] as const)('%s', (_, changes, words) => {
    expect(marginWords(gate(changes))).toBe(words);
  });
});

test.each([
  ['a number has its remark', { reason: '2 of 3 replicas' }, '2 of 3 replicas'],
  ['what never came says why', { observed: null, reason: 'never: app2 served nothing' }, 'app2 served nothing'],
  ['the reason of a gate that is undecided stands elsewhere', { observed: null, reason: 'only 3 requests' }, ''],
  ['nothing to add', {}, ''],
])('%s', (_, changes, words) => {
  expect(remarkWords(gate(changes))).toBe(words);
});
