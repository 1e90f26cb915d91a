import { describe, expect, test } from '@jest/globals';
import type { Gate, Operator } from '../../src/settings/gates';
import { compare, judgeGates, verdictOf } from '../../src/verdict/judgement';
import type { Measurement, Observed } from '../../src/verdict/measurement';

function gate(changes: Partial<Gate> = {}): Gate {
  return {
    metric: 'failover.stall',
    operator: '<',
    allowed: 6_000,
    unit: 'ms',
    severity: 'fail',
    line: null,
    ...changes,
  };
}

function stall(observed: Observed, scenario = 'failover.crash'): Measurement {
  return { metric: 'failover.stall', unit: 'ms', samples: 100, observed, scenario };
}

const value = (number: number): Observed => ({ kind: 'value', value: number, remark: null });
const unknown: Observed = { kind: 'inconclusive', why: 'too few samples' };
const hidden: Observed = { kind: 'unobservable', why: 'ip_hash' };

describe('one gate', () => {
  test.each([
    { what: 'kept', observed: value(5_999), outcome: 'pass' },
    { what: 'broken', observed: value(6_000), outcome: 'fail' },
    { what: 'never happened', observed: value(Infinity), outcome: 'fail' },
    { what: 'unknown', observed: unknown, outcome: 'inconclusive' },
    { what: 'not observable', observed: hidden, outcome: 'warn' },
  ])('$what: $outcome', ({ observed, outcome }) => {
    expect(judgeGates([gate()], [stall(observed)])[0]?.outcome).toBe(outcome);
    const softened = outcome === 'pass' ? 'pass' : 'warn';
    expect(judgeGates([gate({ severity: 'warn' })], [stall(observed)])[0]?.outcome).toBe(softened);
  });

  test('a number that JSON cannot hold is left out, and the reason says never', () => {
    expect(judgeGates([gate()], [stall(value(Infinity))])[0]).toMatchObject({
      observed: null,
      reason: expect.stringMatching(/^never/),
    });
  });

  test('a late generator is inconclusive, never a failure', () => {
    const lag = { ...stall(value(80)), metric: 'load.lag' };
    expect(judgeGates([gate({ metric: 'load.lag', allowed: 50 })], [lag])[0]?.outcome).toBe('inconclusive');
  });

  test.each([
    { worse: value(9_000), better: value(10), outcome: 'fail', scenario: 'failover.freeze' },
    { worse: value(900), better: value(10), outcome: 'pass', scenario: 'failover.freeze' },
    { worse: unknown, better: value(10), outcome: 'inconclusive', scenario: 'failover.freeze' },
  ])('the worst of several measurements decides: $outcome', ({ worse, better, outcome, scenario }) => {
    const results = judgeGates([gate()], [stall(better), stall(worse, 'failover.freeze')]);
    expect(results).toMatchObject([{ outcome, scenario }]);
  });

  test('a gate that nothing measured is left out, unless the user wrote it', () => {
    expect(judgeGates([gate()], [])).toEqual([]);
    expect(judgeGates([gate({ line: 3 })], [])).toMatchObject([
      { outcome: 'inconclusive', samples: 0, observed: null },
    ]);
  });
});

describe('comparison', () => {
  test.each<{ operator: Operator; below: boolean; equal: boolean; above: boolean }>([
    { operator: '==', below: false, equal: true, above: false },
    { operator: '!=', below: true, equal: false, above: true },
    { operator: '<', below: true, equal: false, above: false },
    { operator: '<=', below: true, equal: true, above: false },
    { operator: '>', below: false, equal: false, above: true },
    { operator: '>=', below: false, equal: true, above: true },
  ])('$operator', ({ operator, below, equal, above }) => {
    expect([1, 2, 3].map((observed) => compare(observed, operator, 2))).toEqual([below, equal, above]);
  });
});

describe('the verdict', () => {
  const result = (outcome: 'pass' | 'fail' | 'warn' | 'inconclusive'): ReturnType<typeof judgeGates>[number] => ({
    ...{ metric: 'x', operator: '<', allowed: 1, unit: 'count', observed: 0, samples: 1, reason: null, scenario: null },
    outcome,
  });
  test.each([
    { outcomes: ['pass', 'pass'], verdict: 'pass' },
    { outcomes: ['pass', 'warn'], verdict: 'pass' },
    { outcomes: ['pass', 'inconclusive'], verdict: 'inconclusive' },
    { outcomes: ['inconclusive', 'fail'], verdict: 'fail' },
    { outcomes: [], verdict: 'inconclusive' },
  ] as const)('$outcomes: $verdict', ({ outcomes, verdict }) => {
    expect(verdictOf(outcomes.map(result))).toBe(verdict);
  });
});
