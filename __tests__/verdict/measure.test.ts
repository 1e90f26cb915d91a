import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../src/checks/evidence';
import type { Gate } from '../../src/settings/gates';
import type { Sample } from '../../src/traffic/sample';
import { judgeGates } from '../../src/verdict/judgement';
import { measureAll } from '../../src/verdict/measure';
import type { Observed } from '../../src/verdict/measurement';
import {
  attempt,
  calmCrash,
  CRASH,
  crashEvidence,
  FAULT,
  modelOf,
  rotationEvidence,
  sample,
  steady,
  unanswered,
  unconnected,
} from '../support/evidence';

const GOOD = readFileSync('fixtures/nginx/good-server.conf', 'utf8');

function observe(evidence: ScenarioEvidence, metric: string, config = GOOD, gates: readonly Gate[] = []): Observed {
  const found = measureAll([evidence], modelOf(config), gates).find((one) => one.metric === metric);
  if (found === undefined) throw new Error(`${metric} was not measured`);
  return found.observed;
}

function value(evidence: ScenarioEvidence, metric: string, config = GOOD): number {
  const observed = observe(evidence, metric, config);
  if (observed.kind !== 'value') throw new Error(`${metric}: ${observed.why}`);
  return observed.value;
}

function withSamples(...extra: readonly Sample[]): ScenarioEvidence {
  return crashEvidence([...calmCrash(), ...extra]);
}

describe('failover metrics', () => {
  test('a crash that nobody noticed', () => {
    const evidence = crashEvidence(calmCrash());
    expect(
      ['errors', 'unsafe-errors', 'duplicates', 'retries'].map((name) => value(evidence, `failover.crash.${name}`)),
    ).toEqual([0, 0, 0, 0]);
    expect(value(evidence, 'failover.crash.stall')).toBe(6);
    expect(value(evidence, 'baseline.errors')).toBe(0);
    expect(value(evidence, 'failover.crash.recover')).toBeGreaterThanOrEqual(0);
    expect(value(evidence, 'failover.crash.recover')).toBeLessThan(100);
  });

  const on = CRASH.effective + 500;
  const before = CRASH.injected - 100;
  test.each([
    { what: 'a GET that got 502', extra: sample({ at: on, attempts: [unconnected('app2', 1)] }), errors: 1, unsafe: 0 },
    {
      what: 'a POST that was never sent, and not retried',
      extra: sample({ at: on, method: 'POST', attempts: [unconnected('app2', 1)] }),
      errors: 0,
      unsafe: 1,
    },
    {
      what: 'a POST that was sent to the victim before NGINX could know',
      extra: sample({ at: on, method: 'POST', attempts: [unanswered('app2', 1, 502)] }),
      errors: 0,
      unsafe: 0,
    },
    {
      what: 'a POST in flight on the victim',
      extra: sample({ at: before, waited: 200, method: 'POST', attempts: [unanswered('app2', 200, 502)] }),
      errors: 0,
      unsafe: 0,
    },
    {
      what: 'a POST in flight on another replica',
      extra: sample({ at: before, waited: 200, method: 'POST', attempts: [unanswered('app1', 200, 502)] }),
      errors: 0,
      unsafe: 1,
    },
    {
      what: 'a GET that was cut off, of which NGINX logged nothing',
      extra: sample({
        at: on,
        attempts: null,
        outcome: { kind: 'transport', code: 'ECONNRESET', reusedConnection: false },
      }),
      errors: 1,
      unsafe: 0,
    },
    {
      what: 'a GET without an answer',
      extra: sample({ at: on, attempts: null, outcome: { kind: 'timeout' } }),
      errors: 1,
      unsafe: 0,
    },
    { what: 'a GET that NGINX answered by itself', extra: sample({ at: on, attempts: [] }), errors: 1, unsafe: 0 },
    {
      what: 'a GET that a stranger answered',
      extra: sample({ at: on, attempts: [attempt('10.9.9.9:80')] }),
      errors: 1,
      unsafe: 0,
    },
    {
      what: 'a GET that a replica refuses, which it did not when it was asked past NGINX',
      extra: sample({ at: on, attempts: [attempt('app1', { status: 404 })] }),
      errors: 1,
      unsafe: 0,
    },
    {
      what: 'a POST that a replica refuses, as one may that has no use for it',
      extra: sample({ at: on, method: 'POST', attempts: [attempt('app1', { status: 405 })] }),
      errors: 0,
      unsafe: 0,
    },
    {
      what: 'a GET that the end of the scenario cut short',
      extra: sample({ at: on, attempts: null, outcome: { kind: 'abandoned' } }),
      errors: 0,
      unsafe: 0,
    },
  ])('errors: $what', ({ extra, errors, unsafe }) => {
    const evidence = withSamples(extra);
    expect(value(evidence, 'failover.crash.errors')).toBe(errors);
    expect(value(evidence, 'failover.crash.unsafe-errors')).toBe(unsafe);
    expect(value(evidence, 'failover.errors')).toBe(errors);
  });

  test.each([
    { what: 'sent to two replicas', attempts: [unanswered('app2', 1, 502), attempt('app1')], duplicates: 1 },
    { what: 'refused by one, sent to another', attempts: [unconnected('app2', 1), attempt('app1')], duplicates: 0 },
    { what: 'sent twice to one', attempts: [unanswered('app1', 1, 502), attempt('app1')], duplicates: 0 },
  ])('a POST $what', ({ attempts, duplicates }) => {
    expect(value(withSamples(sample({ at: on, method: 'POST', attempts })), 'failover.crash.duplicates')).toBe(
      duplicates,
    );
  });

  test('what NGINX hid is counted by attempt', () => {
    const hidden = sample({ at: on, attempts: [unconnected('app2', 1), attempt('app1')] });
    expect(
      value(
        withSamples(hidden, sample({ ...{ at: on }, attempts: hidden.proxy?.attempts ?? [] })),
        'failover.crash.retries',
      ),
    ).toBe(2);
  });

  test('a wait counts from the moment a request was due, also one that was still waiting at the end', () => {
    const stuck = sample({ at: on, waited: 20_000, attempts: null, outcome: { kind: 'abandoned' } });
    expect(value(withSamples(stuck), 'failover.crash.stall')).toBe(20_000);
  });

  test('detection ends with the last first attempt of the first burst', () => {
    const burst = [0, 300, 600].map((after) =>
      sample({ at: CRASH.effective + after, attempts: [unconnected('app2', 1), attempt('app1')] }),
    );
    const probe = sample({ at: CRASH.effective + 4_000, attempts: [unconnected('app2', 1), attempt('app1')] });
    expect(value(withSamples(...burst, probe), 'failover.crash.detect')).toBe(600);
  });

  test('a replica that never serves again never recovers', () => {
    const samples = [...steady(0, 200), ...steady(CRASH.injected, 1000, ['app1', 'app3'])];
    expect(value(crashEvidence(samples), 'failover.crash.recover')).toBe(Infinity);
    expect(observe(crashEvidence(samples), 'failover.crash.recover')).toMatchObject({
      remark: 'app2 served none of 250 requests in the 3 s after it was mended',
    });
  });
});

describe('nothing can rest on it', () => {
  test.each([
    {
      what: 'the engine does not vouch for the fault',
      changes: { fault: { ...FAULT, proof: { took: false, seen: 'running' } } },
      why: /did not take effect/,
    },
    { what: 'NGINX logged too little', changes: { missingLines: 3 }, why: /no line for 3 of/ },
    {
      what: 'the generator was late',
      changes: { load: { sent: 1, notSent: 0, lagP99Ms: 80, lagMaxMs: 90, clientRetries: 0 } },
      why: /itself was late: p99 80 ms, allowed 50 ms/,
    },
    {
      what: 'ports ran out',
      changes: { load: { sent: 1, notSent: 9, lagP99Ms: 0, lagMaxMs: 0, clientRetries: 0 } },
      why: /could not send 9/,
    },
  ])('$what', ({ changes, why }) => {
    const observed = observe(crashEvidence(calmCrash(), changes), 'failover.crash.errors');
    expect(observed).toMatchObject({ kind: 'inconclusive', why: expect.stringMatching(why) });
  });

  test('the victim went on serving', () => {
    const alive = sample({ at: CRASH.effective + 100, attempts: [attempt('app2')] });
    expect(observe(withSamples(alive), 'failover.crash.errors')).toMatchObject({
      why: expect.stringMatching(/went on serving/),
    });
  });

  test('the victim served nothing before', () => {
    const samples = steady(0, 1200, ['app1', 'app3']);
    expect(observe(crashEvidence(samples), 'failover.crash.stall')).toMatchObject({
      why: expect.stringMatching(/served nothing before/),
    });
  });

  test('no samples are never a pass', () => {
    expect(observe(crashEvidence([]), 'baseline.errors')).toMatchObject({
      kind: 'inconclusive',
      why: expect.stringMatching(/only 0 requests/),
    });
    expect(observe(rotationEvidence([]), 'rotation.coverage')).toMatchObject({ kind: 'inconclusive' });
  });

  test('the user may allow more lag', () => {
    const late = crashEvidence(calmCrash(), {
      load: { sent: 1, notSent: 0, lagP99Ms: 80, lagMaxMs: 90, clientRetries: 0 },
    });
    const gate: Gate = { metric: 'load.lag', operator: '<', allowed: 100, unit: 'ms', severity: 'fail', line: 1 };
    expect(observe(late, 'failover.crash.errors', GOOD, [gate]).kind).toBe('value');
  });
});

describe('a machine that is short of processors', () => {
  const load = { sent: 1, notSent: 0, lagP99Ms: 1, lagMaxMs: 2, clientRetries: 0 };
  const failing = crashEvidence([
    ...calmCrash(),
    sample({ at: CRASH.effective + 100, attempts: [unanswered('app2', 1)] }),
  ]);
  const judged = (evidence: ScenarioEvidence): readonly (string | null)[] => {
    const gate: Gate = {
      metric: 'failover.errors',
      operator: '==',
      allowed: 0,
      unit: 'count',
      severity: 'fail',
      line: 1,
    };
    return judgeGates([gate], measureAll([evidence], modelOf(GOOD), [])).map(({ outcome }) => outcome);
  };

  test.each([
    { what: 'what fails there proves nothing', evidence: failing, turnDelayP99Ms: 201, outcome: 'inconclusive' },
    { what: 'what passes there passes', evidence: crashEvidence(calmCrash()), turnDelayP99Ms: 900, outcome: 'pass' },
    { what: 'what fails on one that is only busy fails', evidence: failing, turnDelayP99Ms: 200, outcome: 'fail' },
  ])('$what', ({ evidence, turnDelayP99Ms, outcome }) => {
    expect(judged({ ...evidence, load: { ...load, turnDelayP99Ms } })).toEqual([outcome]);
  });
});

describe('rotation metrics', () => {
  const upstream = (lines: string): string =>
    `upstream app { ${lines} } server { listen 80; location / { proxy_pass http://app; } }`;
  const plain = upstream('server app1:5000; server app2:5000; server app3:5000;');

  test.each([
    { what: 'all serve', replicas: ['app1', 'app2', 'app3'], coverage: 100 },
    { what: 'two of three serve', replicas: ['app1', 'app2'], coverage: (2 / 3) * 100 },
  ])('coverage: $what', ({ replicas, coverage }) => {
    expect(value(rotationEvidence(steady(0, 300, replicas)), 'rotation.coverage', plain)).toBe(coverage);
  });

  test('exact rotation has no excess, double weight has', () => {
    expect(value(rotationEvidence(steady(0, 300)), 'rotation.excess', plain)).toBe(0);
    const skewed = rotationEvidence(steady(0, 300, ['app1', 'app2', 'app3', 'app1']));
    expect(value(skewed, 'rotation.excess', plain)).toBe(50);
    const weighted = upstream('server app1:5000 weight=2; server app2:5000; server app3:5000;');
    expect(value(skewed, 'rotation.excess', weighted)).toBe(0);
  });

  test('workers without a zone each rotate by themselves', () => {
    // Seven workers that all begin with app1 and each serve one request: healthy without a zone, impossible with one.
    const samples = [...Array(60).keys()].map((index) =>
      sample({ at: index, worker: index, attempts: [attempt('app1')] }),
    );
    expect(value(rotationEvidence(samples), 'rotation.excess', plain)).toBe(0);
    const shared = upstream('zone app 64k; server app1:5000; server app2:5000; server app3:5000;');
    expect(value(rotationEvidence(samples), 'rotation.excess', shared)).toBe(40);
  });

  test.each([
    { lines: 'ip_hash;', metric: 'rotation.coverage' },
    { lines: 'hash $request_uri consistent;', metric: 'rotation.coverage' },
    { lines: 'hash $request_id;', metric: 'rotation.excess' },
    { lines: 'least_conn;', metric: 'rotation.excess' },
    { lines: 'random two;', metric: 'rotation.excess' },
  ])('$lines hides $metric from one client', ({ lines, metric }) => {
    const config = upstream(`${lines} server app1:5000; server app2:5000; server app3:5000;`);
    expect(observe(rotationEvidence(steady(0, 300, ['app1'])), metric, config).kind).toBe('unobservable');
  });

  test.each([
    { what: 'that it leaves out', servers: 'server app1:5000; server app2:5000;' },
    { what: 'that is down', servers: 'server app1:5000; server app2:5000; server app3:5000 down;' },
    { what: 'on another port', servers: 'server app1:5000; server app2:5000; server app3:9000;' },
    { what: 'in the place of which another stands', servers: 'server app1:5000; server app2:5000; server app2:5000;' },
  ])('a list by itself shows a replica $what', ({ servers }) => {
    const config = upstream(`ip_hash; ${servers}`);
    expect(observe(rotationEvidence(steady(0, 300, ['app1'])), 'rotation.coverage', config)).toEqual({
      kind: 'value',
      value: 200 / 3,
      remark: '2 of 3 replicas are listed to serve',
    });
  });

  test.each([
    { lines: 'ip_hash;', replicas: ['app2'], excess: 0 },
    { lines: 'ip_hash;', replicas: ['app1', 'app2'], excess: 150 },
    { lines: 'hash $request_uri consistent;', replicas: ['app3'], excess: 0 },
    { lines: 'hash $request_uri consistent;', replicas: ['app1', 'app2', 'app3'], excess: 200 },
    { lines: 'random;', replicas: ['app1', 'app2', 'app3'], excess: 0 },
    { lines: 'random;', replicas: ['app1', 'app1', 'app2', 'app3'], excess: 50 },
  ])('$lines, served by $replicas', ({ lines, replicas, excess }) => {
    const config = upstream(`${lines} server app1:5000; server app2:5000; server app3:5000;`);
    expect(value(rotationEvidence(steady(0, 300, replicas)), 'rotation.excess', config)).toBe(excess);
  });

  test.each([
    { what: 'retried', attempts: [unconnected('app2', 1), attempt('app3')] },
    { what: 'failed', attempts: [unanswered('app2', 1, 502)] },
    { what: 'answered by NGINX', attempts: [] },
    { what: 'never logged', attempts: null },
  ])('a request that was $what shifts the rotation, so nothing is said about it', ({ attempts }) => {
    const shifted = rotationEvidence([...steady(0, 300), sample({ at: 3_100, attempts })]);
    expect(observe(shifted, 'rotation.excess', plain)).toMatchObject({ kind: 'inconclusive' });
  });

  test('an answer that broke off on its way was a turn all the same', () => {
    const cut = { kind: 'transport', code: 'ECONNRESET', reusedConnection: false } as const;
    const samples = steady(0, 300).map((one, index) => (index % 30 === 1 ? { ...one, outcome: cut } : one));
    expect(value(rotationEvidence(samples), 'rotation.excess', plain)).toBe(0);
    const skewed = steady(0, 300, ['app1', 'app2', 'app3', 'app1']).map((one) => ({ ...one, outcome: cut }));
    expect(value(rotationEvidence(skewed), 'rotation.excess', plain)).toBe(50);
  });
});
