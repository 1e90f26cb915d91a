import { describe, expect, test } from '@jest/globals';
import type { ReportScenario } from '../../src/report/schema';
import { gateSubjectWords, metricWords } from '../../src/report/metric-words';
import { subjectOfGate } from '../../src/report/subjects';
import { METRICS } from '../../src/settings/metrics';
import { gate, passing } from './reports';

describe('a metric in words', () => {
  test.each([
    ['baseline.errors', 'rotation', 'failed requests while nothing is broken'],
    ['rotation.coverage', 'rotation', 'rotation: replicas that serve'],
    ['rotation.sessions', 'rotation', 'rotation: cookies that other replicas do not take'],
    ['failover.stall', 'failover.crash', 'crash: longest wait'],
    ['failover.stall', null, 'failover: longest wait'],
    ['failover.crash.stall', null, 'crash: longest wait'],
    ['failover.unsafe-errors', 'failover.crash', 'crash: failed POST requests beyond those in flight'],
    ['failover.lb-reload.errors', 'failover.lb-reload', 'NGINX reload: failed GET requests'],
    ['failover.stall', 'failover.oom', 'out of memory: longest wait'],
    ['failover.listens-early', 'failover.crash', 'replicas that take connections long before they answer'],
    ['failover.alone', 'failover.crash', 'replicas that some requests depend on alone'],
    ['rollout.errors', 'rollout', 'rolling update: failed GET requests'],
    ['rollout.unsafe-errors', 'rollout', 'rolling update: failed POST requests'],
    ['rollout.stall', 'rollout', 'rolling update: longest wait'],
    ['rollout.updated', 'rollout', 'rolling update: traffic that the new version serves at the end'],
    ['rollout.killed', 'rollout', 'rolling update: replicas that did not end when told to'],
    [
      'rollout.changed',
      'rollout',
      'rolling update: GET requests that the new version redirects, or answers with nothing',
    ],
    ['rollout.slower', 'rollout', 'rolling update: by how much answers take longer'],
    ['isolation.leaks', 'isolation', 'isolation: ways in or out that should be closed'],
    ['hardening.findings', 'hardening', 'hardening: rules that are not kept'],
    ['hardening.secret-files', 'hardening', 'hardening: files of the image that hold a secret'],
    ['limits.findings', 'limits', 'limits: limits that do not hold'],
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

test.each(METRICS.map(({ name }) => [name]))('%s has words', (metric) => {
  expect(metricWords(metric, null)).not.toContain(metric);
});

describe('a gate that is about several scenarios', () => {
  const stall = (fault: string, outcome: 'pass' | 'fail'): ReportScenario => {
    const [base] = passing().scenarios;
    if (base === undefined) throw new Error('a report without scenarios');
    const name = `failover.${fault}`;
    return { ...base, name, gates: [gate({ outcome, scenario: name })] };
  };

  test.each([
    ['fails under the one and the other', { outcome: 'fail' }, ['fail', 'fail'], 'crash and freeze: longest wait'],
    ['fails under one of them', { outcome: 'fail' }, ['fail', 'pass'], 'crash: longest wait'],
    ['is met under all', {}, ['pass', 'pass'], 'worst of 2 faults, crash: longest wait'],
    ['has nothing to tell under any', { observed: 0 }, ['pass', 'pass'], 'all 2 faults: longest wait'],
    [
      'fails under many',
      { outcome: 'fail' },
      ['fail', 'fail', 'fail', 'fail', 'pass'],
      '4 of 5 faults, worst crash: longest wait',
    ],
  ] as const)('%s', (_, changes, outcomes, words) => {
    const faults = ['crash', 'freeze', 'stop', 'oom', 'slow'];
    const scenarios = outcomes.map((outcome, index) => stall(faults[index] ?? '', outcome));
    expect(gateSubjectWords(gate(changes), scenarios)).toBe(words);
  });

  test('is about the image under test and the one that is deployed', () => {
    const scenarios = ['hardening', 'rollout'].map((name) => ({
      ...stall('crash', 'pass'),
      name,
      gates: [gate({ metric: 'hardening.findings', observed: 0, scenario: name })],
    }));
    expect(gateSubjectWords(gate({ metric: 'hardening.findings', observed: 0, scenario: 'rollout' }), scenarios)).toBe(
      'hardening and rolling update: rules that are not kept',
    );
  });
});
