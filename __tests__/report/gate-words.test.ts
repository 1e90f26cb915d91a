import { describe, expect, test } from '@jest/globals';
import {
  allowedWords,
  counted,
  listed,
  marginWords,
  metricWords,
  observedWords,
  quantity,
  remarkWords,
  subjectOfGate,
} from '../../src/report/gate-words';
import { gate } from './reports';

describe('a metric in words', () => {
  test.each([
    ['baseline.errors', 'rotation', 'failed requests while nothing is broken'],
    ['rotation.coverage', 'rotation', 'rotation: replicas that serve'],
    ['failover.stall', 'failover.crash', 'crash: longest wait'],
    ['failover.stall', null, 'failover: longest wait'],
    ['failover.crash.stall', null, 'crash: longest wait'],
    ['failover.unsafe-errors', 'failover.crash', 'crash: failed POST requests not in flight on the lost replica'],
    ['load.lag', 'failover.crash', 'lateness of the load generator, p99'],
    ['rollout.speed', 'rollout', 'rollout.speed'],
  ])('%s of %s: %s', (metric, scenario, words) => {
    expect(metricWords(metric, scenario)).toBe(words);
  });
});

test.each([
  [{ metric: 'failover.stall', scenario: 'failover.crash' }, 'crash'],
  [{ metric: 'rotation.excess', scenario: 'rotation' }, 'rotation'],
  [{ metric: 'failover.crash.stall', scenario: null }, 'crash'],
  [{ metric: 'failover.stall', scenario: null }, 'failover'],
])('the subject of %j is %s', (of, subject) => {
  expect(subjectOfGate(of)).toBe(subject);
});

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
