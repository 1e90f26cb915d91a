import { describe, expect, test } from '@jest/globals';
import type { FaultEvidence, ScenarioEvidence } from '../../src/checks/evidence';
import type { NginxModel } from '../../src/cluster/nginx/model';
import { parseGates } from '../../src/settings/gate-language';
import type { FaultName } from '../../src/settings/settings';
import type { Attempt, Sample } from '../../src/traffic/sample';
import { judgeGates, type GateResult } from '../../src/verdict/judgement';
import { measureAll } from '../../src/verdict/measure';
import {
  attempt,
  calmCrash,
  CRASH,
  crashEvidence,
  FAULT,
  modelOf,
  sample,
  START,
  steady,
  unanswered,
  unconnected,
} from '../support/evidence';
import { measurementOf, observedOf, valueOf } from '../support/measured';

const ON = CRASH.effective + 500;
const METRICS = ['errors', 'unsafe-errors', 'duplicates', 'stall', 'retries', 'recover'];

function around(samples: readonly Sample[], fault: Partial<FaultEvidence> = {}): ScenarioEvidence {
  return crashEvidence([...calmCrash(), ...samples], { fault: { ...FAULT, ...fault } });
}

function post(attempts: readonly Attempt[]): Sample {
  return sample({ at: ON, method: 'POST', attempts });
}

describe('an answer that the victim begins in time and takes long to end', () => {
  const trickle = (replica: string): Sample =>
    sample({ at: ON, waited: 6_300, attempts: [attempt(replica, { headerMs: 900, responseMs: 6_299 })] });
  test.each<{ readonly what: string; readonly name: FaultName; readonly one: Sample; readonly stall: number }>([
    { what: 'counts to its head where it is slowed', name: 'throttle', one: trickle('app2'), stall: 901 },
    { what: 'counts whole on a replica that nobody slows', name: 'throttle', one: trickle('app1'), stall: 6_300 },
    { what: 'counts whole in a fault that slows nobody', name: 'dns', one: trickle('app2'), stall: 6_300 },
  ])('$what', ({ name, one, stall }) => {
    const late = [700, 800].map((ms, index) =>
      sample({ at: ON + index, waited: ms + 1, attempts: [attempt('app2', { headerMs: ms, responseMs: ms })] }),
    );
    const evidence = around([one, ...late], { name });
    expect(valueOf({ ...evidence, name: `failover.${name}` }, `failover.${name}.stall`)).toBe(stall);
  });
});

describe('the longest wait', () => {
  const slow = (headerMs: number | null, waited: number, delayMs = 1_500): Sample =>
    sample({ at: ON, waited, delayMs, attempts: [attempt('app1', { headerMs, responseMs: headerMs })] });
  test.each([
    { what: 'a delay that was asked for is no wait', one: slow(1_502, 1_510), stall: 10 },
    { what: 'what comes on top of it is', one: slow(1_502, 2_500), stall: 1_000 },
    { what: 'the clock of NGINX may be a step behind', one: slow(1_490, 1_510), stall: 10 },
    { what: 'an app that does not know the delay just was slow', one: slow(1_489, 1_510), stall: 1_510 },
    { what: 'an answer that never came had no delay', one: slow(null, 5_000), stall: 5_000 },
    { what: 'lateness without a delay asked for', one: slow(1_502, 1_510, 0), stall: 1_510 },
    {
      what: 'only the answer counts, not the attempt before it',
      one: sample({
        ...{ at: ON, waited: 3_000, delayMs: 1_500 },
        attempts: [unanswered('app2', 1_490), attempt('app1', { headerMs: 1_505, responseMs: 1_505 })],
      }),
      stall: 1_500,
    },
    {
      what: 'a time-out',
      one: sample({ at: ON, waited: 9_000, attempts: null, outcome: { kind: 'timeout' } }),
      stall: 9_000,
    },
    {
      what: 'a wait that began before the fault and met it',
      one: sample({ at: CRASH.injected - 700, waited: 700, attempts: [attempt('app1')] }),
      stall: 700,
    },
    {
      what: 'a wait that was over before',
      one: sample({ at: 0, waited: 1_900, attempts: [attempt('app1')] }),
      stall: 6,
    },
  ])('$what', ({ one, stall }) => {
    expect(valueOf(around([one]), 'failover.crash.stall')).toBe(stall);
  });

  test('counts from when a request was due, not from when it left', () => {
    const late = { ...sample({ at: ON, waited: 900, attempts: [attempt('app1')] }), sentAt: START + ON + 890 };
    expect(valueOf(around([late]), 'failover.crash.stall')).toBe(900);
  });

  test('says how many were still waiting', () => {
    const stuck = sample({ at: ON, waited: 20_000, attempts: null, outcome: { kind: 'abandoned' } });
    expect(observedOf(around([stuck]), 'failover.crash.stall')).toMatchObject({
      remark: '1 request still waited at the end',
    });
  });
});

describe('requests that more than one replica may have carried out', () => {
  test.each([
    { what: 'a GET may', one: sample({ at: ON, attempts: [unanswered('app2', 1), attempt('app1')] }), count: 0 },
    { what: 'twice on the same', one: post([unanswered('app1', 1), attempt('app1')]), count: 0 },
    { what: 'one of them never got it', one: post([unconnected('app2', 1), attempt('app1')]), count: 0 },
    { what: 'one of them a stranger', one: post([unanswered('10.9.9.9:80', 1), attempt('app1')]), count: 0 },
    {
      what: 'two of three got it',
      one: post([unanswered('app2', 1), unconnected('app3', 1), attempt('app1')]),
      count: 1,
    },
    { what: 'three got it', one: post([unanswered('app2', 1), unanswered('app3', 1), attempt('app1')]), count: 1 },
    {
      what: 'one answered it, and NGINX asked another for something else in the place of that',
      one: post([attempt('app2', { status: 404 }), { ...attempt('app1'), anew: true }]),
      count: 0,
    },
    {
      what: 'and a third one after that had failed',
      one: post([attempt('app2', { status: 404 }), { ...unanswered('app3', 1), anew: true }, attempt('app1')]),
      count: 0,
    },
    {
      what: 'two got it before that',
      one: post([unanswered('app2', 1), attempt('app3', { status: 404 }), { ...attempt('app1'), anew: true }]),
      count: 1,
    },
    {
      what: 'both failed it',
      one: sample({
        ...{ at: ON, method: 'POST', outcome: { kind: 'answered', status: 502 } },
        attempts: [unanswered('app2', 1), unanswered('app1', 1)],
      }),
      count: 1,
    },
  ])('$what', ({ one, count }) => {
    expect(valueOf(around([one]), 'failover.crash.duplicates')).toBe(count);
  });
});

describe('POSTs that NGINX is told to repeat', () => {
  const model = modelOf(
    'upstream app { server app1:5000; server app2:5000; server app3:5000; } ' +
      'server { listen 80; location / { proxy_next_upstream error timeout non_idempotent; proxy_pass http://app; } }',
  );
  const duplicates = (name: FaultName, one: Sample): GateResult | undefined => {
    const reading = parseGates('failover.duplicates == 0');
    if (!reading.ok) throw new Error('no gate');
    const evidence = { ...around([one], { name }), name: `failover.${name}` };
    return judgeGates(reading.value, measureAll([evidence], model, reading.value))[0];
  };

  test('are not seen to be, where none was under way on the replica that is lost', () => {
    const none = post([unconnected('app2', 1), attempt('app1')]);
    expect(duplicates('crash', none)).toMatchObject({
      outcome: 'inconclusive',
      observed: 0,
      reason: expect.stringContaining('none was under way on app2') as unknown,
    });
    // Whoever ends gracefully answers what is under way.
    expect(duplicates('stop', none)).toMatchObject({ outcome: 'pass' });
  });

  test('are seen to be, or not, where one was', () => {
    expect(duplicates('crash', post([unanswered('app2', 1), attempt('app1')]))).toMatchObject({ outcome: 'fail' });
    const handedOn = sample({
      ...{ at: ON, method: 'POST', outcome: { kind: 'answered', status: 502 } },
      attempts: [unanswered('app2', 1)],
    });
    expect(duplicates('crash', handedOn)).toMatchObject({ outcome: 'pass' });
  });
});

test('a question in the place of an answer is no retry', () => {
  const again = post([attempt('app2', { status: 404 }), { ...attempt('app1'), anew: true }]);
  expect(valueOf(around([again]), 'failover.crash.retries')).toBe(0);
  const retried = post([unconnected('app2', 1), attempt('app3', { status: 404 }), { ...attempt('app1'), anew: true }]);
  expect(valueOf(around([retried]), 'failover.crash.retries')).toBe(1);
});

describe('retries that NGINX hid', () => {
  test('are those of requests that came to a good end', () => {
    const failed = sample({ at: ON, attempts: [unconnected('app2', 1), unconnected('app1', 1)] });
    const saved = sample({ at: ON, attempts: [unconnected('app2', 1), unconnected('app3', 1), attempt('app1')] });
    expect(valueOf(around([failed, saved]), 'failover.crash.retries')).toBe(2);
  });
});

describe('detection', () => {
  const met = (after: number): Sample =>
    sample({ at: CRASH.effective + after, attempts: [unconnected('app2', 1), attempt('app1')] });
  test.each([
    { what: 'nobody met it', samples: [], detect: 0 },
    { what: 'a first meeting after a second is no burst', samples: [met(1_001)], detect: 0 },
    { what: 'pauses of a second belong to the burst', samples: [met(1_000), met(2_000), met(3_001)], detect: 2_000 },
    {
      what: 'second attempts are no first ones',
      samples: [
        sample({
          at: CRASH.effective + 300,
          attempts: [unconnected('app1', 1), unconnected('app2', 1), attempt('app3')],
        }),
      ],
      detect: 0,
    },
    {
      what: 'neither those before nor those since the heal count',
      samples: [met(-1), met(100), ...[...Array(12).keys()].map((n) => met(500 + n * 600))],
      detect: 6_500,
    },
  ])('$what', ({ samples, detect }) => {
    expect(valueOf(around(samples), 'failover.crash.detect')).toBe(detect);
  });

  test.each<FaultName>(['slow', 'throttle', 'dns', 'lb-reload', 'lb-worker-crash'])('%s has none', (name) => {
    const evidence = around([], { name, victim: name.startsWith('lb') ? null : 'app2' });
    expect(observedOf({ ...evidence, name: `failover.${name}` }, `failover.${name}.detect`).kind).toBe('unobservable');
  });
});

describe('recovery', () => {
  const HEALED = CRASH.ready;
  const calm = [...steady(0, 200), ...steady(CRASH.injected, 750, ['app1', 'app3'])];

  test('counts from the heal to the first answer of a steady share', () => {
    const late = [...calm, ...steady(HEALED, 100, ['app1', 'app3']), ...steady(HEALED + 1_000, 150)];
    // The first that app2 answers is the second of them: due 10 ms later, done 6 ms after that.
    expect(valueOf(crashEvidence(late), 'failover.crash.recover')).toBe(1_016);
  });

  test('a single answer is no recovery', () => {
    const once = sample({ at: HEALED + 5, attempts: [attempt('app2')] });
    const late = [...calm, once, ...steady(HEALED, 100, ['app1', 'app3']), ...steady(HEALED + 1_000, 150)];
    expect(valueOf(crashEvidence(late), 'failover.crash.recover')).toBe(1_016);
  });

  test('half of the usual share is none', () => {
    const half = steady(HEALED, 250, ['app1', 'app3', 'app1', 'app3', 'app1', 'app2']);
    expect(valueOf(crashEvidence([...calm, ...half]), 'failover.crash.recover')).toBe(Infinity);
  });

  test('answers from before the heal was done do not count', () => {
    const early = [...calm, ...steady(CRASH.healed, 50), ...steady(HEALED, 250, ['app1', 'app3'])];
    expect(valueOf(crashEvidence(early), 'failover.crash.recover')).toBe(Infinity);
  });

  test('one that does not come back never recovers, and it is said why', () => {
    const evidence = around([], { healedAt: null, healProblem: 'the port is taken' });
    expect(observedOf(evidence, 'failover.crash.recover')).toEqual({
      kind: 'value',
      value: Infinity,
      remark: 'the port is taken',
    });
  });

  test('of NGINX means every replica', () => {
    const workers = [...steady(0, 200), ...steady(CRASH.injected, 750)].map((one, index) => ({
      ...one,
      proxy: one.proxy === null ? null : { ...one.proxy, workerPid: index < 200 ? 7 : 8 },
    }));
    const fault = { ...FAULT, name: 'lb-reload', victim: null } as const;
    const recovered = (replicas: readonly string[]): unknown =>
      valueOf(
        { ...crashEvidence([...workers, ...steady(HEALED, 250, replicas)], { fault }), name: 'failover.lb-reload' },
        'failover.lb-reload.recover',
      );
    // The last of them serves first: the third.
    expect(recovered(['app1', 'app2', 'app3'])).toBe(26);
    expect(recovered(['app1', 'app2'])).toBe(Infinity);
  });

  test('no request after the heal is no evidence for or against it', () => {
    expect(valueOf(crashEvidence(calm), 'failover.crash.recover')).toMatch(/^inconclusive/);
  });
});

describe('no evidence is never a pass', () => {
  test.each(METRICS)('%s of a fault that was not run', (name) => {
    const evidence = around([], { notRun: 'no cgroups', healedAt: null });
    expect(valueOf(evidence, `failover.crash.${name}`)).toBe('inconclusive: not run: no cgroups');
    expect(valueOf(evidence, `failover.${name}`)).toBe('inconclusive: not run: no cgroups');
  });

  test.each(METRICS)('%s of too few requests', (name) => {
    const evidence = crashEvidence([...steady(0, 200), ...steady(CRASH.injected, 29, ['app1', 'app3'])]);
    expect(valueOf(evidence, `failover.crash.${name}`)).toMatch(/^inconclusive: only 29 requests during the fault/);
  });

  test.each([
    { metric: 'errors', method: 'GET' },
    { metric: 'unsafe-errors', method: 'POST' },
    { metric: 'duplicates', method: 'POST' },
  ])('$metric without a single $method', ({ metric, method }) => {
    const evidence = crashEvidence(calmCrash().filter((one) => one.method !== method));
    expect(measurementOf(evidence, `failover.crash.${metric}`)).toMatchObject({
      samples: 0,
      observed: { kind: 'inconclusive' },
    });
  });

  test('samples are those that the metric is about', () => {
    const evidence = around([]);
    const during = evidence.samples.filter((one) => one.doneAt >= FAULT.injectedAt);
    const gets = during.filter((one) => one.method === 'GET').length;
    expect(METRICS.map((name) => measurementOf(evidence, `failover.crash.${name}`).samples)).toEqual([
      ...[gets, during.length - gets, during.length - gets, during.length, during.length, 250],
    ]);
  });
});

describe('what is said beside the numbers', () => {
  const remark = (evidence: ScenarioEvidence, metric: string): unknown => observedOf(evidence, metric);

  test('excused POSTs are named, and not counted', () => {
    const lost = [1, 2].map((n) =>
      sample({ at: CRASH.effective + n, method: 'POST', attempts: [unanswered('app2', 1, 502)] }),
    );
    expect(remark(around(lost), 'failover.crash.unsafe-errors')).toMatchObject({
      value: 0,
      remark: 'beside 2 in flight on app2 that could not be sent again',
    });
  });

  test('slow requests that met it, and an app that is never slow', () => {
    const asked = (at: number, replica: string, headerMs: number): Sample =>
      sample({ at, waited: 1_510, delayMs: 1_500, attempts: [attempt(replica, { headerMs, responseMs: headerMs })] });
    const met = asked(CRASH.injected - 100, 'app2', 1_502);
    const elsewhere = asked(CRASH.injected - 100, 'app1', 1_502);
    const before = asked(100, 'app2', 1_502);
    expect(remark(around([met, elsewhere, before]), 'failover.crash.errors')).toMatchObject({
      remark: '1 slow request in flight when the fault struck',
    });
    expect(remark(around([asked(100, 'app2', 5)]), 'failover.crash.errors')).toMatchObject({
      remark: expect.stringMatching(/^no slow request was in flight: the app answers at once/),
    });
  });
});

describe('a fail_timeout that is longer than a fault is watched', () => {
  const model = (failTimeout: string): NginxModel =>
    modelOf(
      `upstream app { server app1:5000 fail_timeout=${failTimeout}; server app2:5000 fail_timeout=${failTimeout}; } ` +
        'server { listen 80; location / { proxy_pass http://app; } }',
    );
  const judgedBy = (failTimeout: string, waited: number): GateResult | undefined => {
    const evidence = around([sample({ at: ON, waited, attempts: [unanswered('app2', waited - 1)] })]);
    const reading = parseGates('failover.stall < 6s');
    if (!reading.ok) throw new Error('no gate');
    return judgeGates(reading.value, measureAll([evidence], model(failTimeout), reading.value))[0];
  };

  test('leaves open how long clients wait', () => {
    expect(judgedBy('5m', 2_000)).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('for 300 s'),
    });
    expect(judgedBy('30s', 2_000)?.outcome).toBe('pass');
  });

  test('is nothing to a victim whose own line has a short one', () => {
    const text =
      'upstream app { server app1:5000 fail_timeout=5m; server app2:5000 fail_timeout=3s; } ' +
      'server { listen 80; location / { proxy_pass http://app; } }';
    const evidence = around([sample({ at: ON, waited: 2_000, attempts: [unanswered('app2', 1_999)] })]);
    const reading = parseGates('failover.stall < 6s');
    if (!reading.ok) throw new Error('no gate');
    expect(judgeGates(reading.value, measureAll([evidence], modelOf(text), reading.value))[0]?.outcome).toBe('pass');
  });

  test('excuses no wait that was seen', () => {
    expect(judgedBy('5m', 8_000)?.outcome).toBe('fail');
  });
});
