import { describe, expect, test } from '@jest/globals';
import type { Report, ReportGate } from '../../src/report/schema';
import { comfort, headline, subjects, twoSides } from '../../src/report/wording';
import { profileGates } from '../../src/settings/profiles';
import { isolation, largeExample, passExample, reportOf } from './examples';
import { erroneous, failing, gate, inconclusive, markdownOf, passing } from './reports';

function failed(...gates: readonly Partial<ReportGate>[]): Report {
  return { ...passing(), verdict: 'fail', gates: gates.map((changes) => gate({ outcome: 'fail', ...changes })) };
}

describe('the headline', () => {
  test('of a pass tells what clients do not notice', () => {
    expect(headline(passing())).toBe('Survives crash; every replica gets its share');
    expect(comfort(passing())).toBeNull();
  });

  test('of a pass claims no turns that nobody could see', () => {
    const report = passing();
    const gates = report.gates.filter((one) => one.metric !== 'rotation.excess');
    expect(headline({ ...report, gates })).toBe('Survives crash; every replica serves');
    expect(headline({ ...report, gates: [], scenarios: [] })).toBe('All gates are met');
  });

  test('of a pass with very many faults counts them, and names them below', () => {
    const report = largeExample({ replicas: 4, rate: 100, config: 'good', lasts: 13 });
    expect(report.gates.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    expect(headline(report)).toBe(
      'Survives all 11 faults and a rolling update; every replica gets its share; the replicas are isolated',
    );
    expect(comfort(report)).toMatch(/^Survived: crash, stop, freeze, .*, NGINX worker crash and lost name$/);
  });

  test('of a pass does not hide what was only warned about', () => {
    const report = failing(profileGates('observe', ['rotation', 'failover']));
    expect(report.verdict).toBe('pass');
    expect(headline(report)).toBe('Only warned: Crash: clients wait 38 s');
  });

  test('of a run that could not be judged claims no limits that were not tried', () => {
    const report = passing();
    const limits = gate({ metric: 'limits.findings', scenario: 'limits' });
    const late = gate({ metric: 'load.lag', scenario: 'limits', outcome: 'inconclusive' });
    const at = (gates: readonly ReportGate[]): Report => ({
      ...report,
      gates: [...gates],
      scenarios: report.scenarios.map((one) => ({
        ...one,
        ...{ name: 'limits', check: 'limits', fault: null, gates: [...gates] },
      })),
    });
    expect(comfort({ ...at([limits]), verdict: 'fail' })).toBe('The limits hold');
    expect(comfort({ ...at([limits, late]), verdict: 'inconclusive' })).toBeNull();
  });

  test('of a failure has what is wrong; what holds stands below', () => {
    expect(headline(failing())).toBe('Crash: clients wait 38 s');
    expect(comfort(failing())).toBe('Every replica gets its share');
  });

  const number = (metric: string, observed: number, more: Partial<ReportGate> = {}): Partial<ReportGate> => ({
    ...{ metric, observed, operator: '==', allowed: 0, unit: 'count', scenario: metric.split('.')[0] ?? null },
    ...more,
  });

  test.each([
    [[{ observed: 60_000 }], 'Crash: clients wait 60 s'],
    [
      [{ observed: 9_000, reason: 'the fault was ended early: a client had waited' }],
      'Crash: clients wait 9 s or longer',
    ],
    [
      [{ observed: 7_000 }, { observed: 9_000, metric: 'failover.stall', scenario: 'failover.freeze' }],
      'Crash and freeze: clients wait up to 9 s',
    ],
    [[number('failover.errors', 3, { scenario: 'failover.crash' })], 'Crash: 3 GET requests fail'],
    [[number('failover.crash.unsafe-errors', 1, { scenario: null })], 'Crash: 1 POST request fails'],
    [[number('failover.duplicates', 2, { scenario: 'failover.stop' })], 'Stop: 2 POST requests reached two replicas'],
    [
      [{ metric: 'failover.recover', observed: null, reason: 'never: app2 served nothing' }],
      'Crash: the mended replica does not come back',
    ],
    [
      [{ metric: 'failover.recover', observed: 20_000, allowed: 15_000 }],
      'Crash: the mended replica needs 20 s to come back',
    ],
    [
      [number('rotation.excess', 12)],
      'Rotation: the load is uneven, by 12 requests more than NGINX’s algorithm allows',
    ],
    [
      [number('rotation.coverage', 66.7, { unit: '%', allowed: 100, reason: '2 of 3 replicas' })],
      'Rotation: only 2 of 3 replicas serve',
    ],
    [[number('rotation.coverage', 50, { unit: '%', allowed: 100 })], 'Rotation: only 50 % of the replicas serve'],
    [
      [number('rotation.coverage', 0, { unit: '%', allowed: 100, reason: '0 of 3 replicas' })],
      'Rotation: none of the 3 replicas serves',
    ],
    [
      [
        number('rotation.coverage', 75, {
          unit: '%',
          allowed: 100,
          reason: '3 of 3 replicas, of 4 servers that the upstream lists',
        }),
      ],
      'Rotation: only 3 of the 4 servers that NGINX lists are replicas',
    ],
    [[number('baseline.errors', 1, { scenario: 'rotation' })], 'With nothing broken: 1 request fails'],
    [
      [
        number('baseline.errors', 300, { scenario: 'rotation', samples: 300 }),
        number('rotation.coverage', 0, { unit: '%', allowed: 100, reason: '0 of 3 replicas' }),
      ],
      'With nothing broken: all 300 requests fail',
    ],
    [
      [
        number('failover.unsafe-errors', 2, { scenario: 'failover.crash' }),
        { metric: 'failover.recover', observed: null, allowed: 15_000, reason: 'never: app2 did not become ready' },
      ],
      'Crash: 2 POST requests fail and the mended replica does not come back',
    ],
    [
      [
        number('rollout.unsafe-errors', 2),
        number('rollout.updated', 0, { unit: '%', allowed: 100, reason: 'stopped at app2: NGINX did not reload' }),
      ],
      'Rolling update: 2 POST requests fail and it stopped at app2: NGINX did not reload',
    ],
    [
      [
        {
          ...{ metric: 'failover.recover', observed: null, allowed: 15_000 },
          reason: 'never: app1 served 0 of 1,749 requests in the 18 s after it was healed',
        },
      ],
      'Crash: the mended replica does not come back within 15 s',
    ],
    [
      [number('failover.alone', 1, { scenario: 'failover.crash', reason: 'app2' })],
      'Crash: some requests depend on app2 alone',
    ],
    [[number('hardening.secret-files', 1)], 'Hardening: 1 file of the image holds a secret'],
    [
      [number('rollout.slower', 1_500, { unit: 'ms', operator: '<', allowed: 500 })],
      'Rolling update: answers take 1.5 s longer',
    ],
    [
      [
        number('failover.errors', 3, { scenario: 'failover.crash' }),
        number('failover.errors', 9, { scenario: 'failover.freeze' }),
        { observed: 60_000, scenario: 'failover.freeze' },
        { observed: 7_000 },
      ],
      'Crash and freeze: up to 9 GET requests fail and clients wait up to 60 s',
    ],
    [[number('rollout.errors', 4)], 'Rolling update: 4 GET requests fail'],
    [
      [
        number('rollout.updated', 0, {
          unit: '%',
          allowed: 100,
          reason: 'stopped at app2: NGINX did not reload; no request failed',
        }),
      ],
      'Rolling update: it stopped at app2: NGINX did not reload',
    ],
    [
      [number('rollout.updated', 0, { unit: '%', allowed: 100, reason: 'not a new version: a and a' })],
      'Rolling update: what was deployed is no new version',
    ],
    [
      [number('rollout.updated', 67, { unit: '%', allowed: 100 })],
      'Rolling update: the new version serves only 67 % of the traffic',
    ],
    [[number('rotation.sessions', 1)], 'Rotation: a session is lost when another replica answers'],
    [[number('rollout.killed', 3)], 'Rolling update: 3 replicas had to be killed'],
    [[number('isolation.leaks', 1)], 'Isolation: 1 way in or out should be closed'],
    [[number('hardening.findings', 2)], 'Hardening: 2 rules not kept'],
    [[number('limits.findings', 1)], 'Limits: 1 limit not holding'],
    [
      [number('failover.retries', 99, { scenario: 'failover.crash', operator: '<', allowed: 20 })],
      'Crash: NGINX has to hide 99 failed attempts',
    ],
    [
      [number('failover.retries', 0, { scenario: 'failover.crash', operator: '>', allowed: 5 })],
      'Crash: failed attempts that NGINX hid 0, allowed > 5',
    ],
    [
      [{ observed: 7_000 }, number('failover.errors', 3, { scenario: 'failover.crash' })],
      'Crash: 3 GET requests fail and clients wait 7 s',
    ],
    [
      [
        number('hardening.findings', 2),
        { observed: 7_000 },
        number('baseline.errors', 5, { scenario: 'rotation' }),
        number('limits.findings', 1),
      ],
      'With nothing broken: 5 requests fail; Crash: clients wait 7 s; Hardening: 2 rules not kept; and 1 more trouble',
    ],
  ] as const)('of a failure: %j', (gates, words) => {
    expect(headline(failed(...gates))).toBe(words);
  });

  const probe = (id: string): Report['scenarios'][number]['probes'][number] => ({
    ...{ id, subject: 'app1', claim: 'something holds', seen: 'it does not', holds: false },
  });
  const probed = (ids: readonly string[], check: 'hardening' | 'rollout' = 'hardening'): Report => {
    const report = failed(number('hardening.findings', ids.length, { scenario: check }));
    const [one] = report.scenarios;
    if (one === undefined) throw new Error('no scenario');
    const rollout = { promisedBy: null, from: 'a', to: 'b', steps: [], problem: null } as never;
    return {
      ...report,
      scenarios: [{ ...one, name: check, rollout: check === 'rollout' ? rollout : null, probes: ids.map(probe) }],
    };
  };

  test.each([
    [probed(['non-root', 'non-root']), 'Hardening: the app runs as root'],
    [probed(['non-root', 'ends-on-sigterm']), 'Hardening: the app runs as root and the app does not shut down cleanly'],
    [probed(['non-root', 'ends-on-sigterm', 'health-check']), 'Hardening: 3 rules not kept'],
    [probed(['something-new']), 'Hardening: 1 rule not kept'],
    [probed(['non-root'], 'rollout'), 'Rolling update: in the new version the app runs as root'],
  ])('of a failure names what a check found, where that is little', (report, words) => {
    expect(headline(report)).toBe(words);
  });

  test('of a failure counts the GETs and the POSTs of one scenario', () => {
    const gates = [
      gate({ ...number('failover.errors', 3, { scenario: 'failover.crash' }), outcome: 'fail' }),
      gate({ ...number('failover.unsafe-errors', 2, { scenario: 'failover.crash' }), outcome: 'fail' }),
    ];
    const report = failed(...gates);
    const scenarios = report.scenarios.map((one) => (one.name === 'failover.crash' ? { ...one, gates } : one));
    expect(headline({ ...report, scenarios })).toBe('Crash: 3 GET and 2 POST requests fail');
  });

  test.each([
    [299, 'With nothing broken: no replica answers any of 299 requests'],
    [300, 'With nothing broken: no replica answers 299 requests'],
  ])('of a failure says of answers that somebody else gave that they are no replica’s: of %d', (samples, words) => {
    const report = failed(number('baseline.errors', 299, { scenario: 'rotation', samples }));
    const diagnosis = {
      ...{ id: 'proxy-cache', gates: ['baseline.errors'], cause: 'A cache.', evidence: 'Seen.', fix: 'Turn it off.' },
      ...{ file: null, line: null, diff: null },
    };
    expect(headline({ ...report, diagnoses: [diagnosis] })).toBe(words);
  });

  test('of an inconclusive run says about what', () => {
    expect(headline(inconclusive())).toMatch(/^Nothing is proven about (rotation and crash|crash and rotation)$/);
    expect(headline({ ...inconclusive(), gates: [] })).toBe('Nothing is proven about this cluster');
  });

  test('of an error', () => {
    expect(headline(erroneous('no engine'))).toBe('Nothing could be judged');
  });
});

describe('both sides: what clients saw, and what NGINX hid from them', () => {
  test('without an error', () => {
    expect(twoSides(failing())).toBe(
      'Clients sent 1,501 requests and saw no errors; NGINX hid 1 failed attempt from them; the longest wait was 38 s.',
    );
    expect(twoSides(erroneous('no engine'))).toBeNull();
  });

  const excusing = (errors: number, excused: number, fault = 'crash'): Report => {
    const report = passing();
    const scenarios = report.scenarios.map((scenario) =>
      scenario.fault === null
        ? scenario
        : {
            ...scenario,
            fault: { ...scenario.fault, name: fault },
            counts: { ...scenario.counts, errors, excused },
          },
    );
    return { ...report, scenarios };
  };

  test.each([
    [3, 0, 'crash', 'saw 3 errors; NGINX'],
    [
      3,
      3,
      'crash',
      'saw 3 errors, all of them requests in flight on the lost replica that could not be sent again. NGINX',
    ],
    [1, 1, 'crash', 'saw 1 error, a request in flight on the lost replica that could not be sent again. NGINX'],
    [
      3,
      1,
      'crash',
      'saw 3 errors, 1 of them a request in flight on the lost replica that could not be sent again. NGINX',
    ],
    [3, 2, 'lb-worker-crash', 'saw 3 errors, 2 of them requests in flight in the killed worker process. NGINX'],
    [
      2,
      2,
      'lb-reload',
      'saw 2 errors, both of them POST requests on kept connections that a reload closed, which this version of NGINX cannot avoid. NGINX',
    ],
  ])('%d errors, %d of them excused, under %s', (errors, excused, fault, words) => {
    expect(twoSides(excusing(errors, excused, fault))).toContain(words);
  });

  test('several kinds of errors that nothing could save are told one after the other', () => {
    const [crash, reload] = [excusing(2, 2), excusing(1, 1, 'lb-reload')];
    expect(twoSides({ ...crash, scenarios: [...crash.scenarios, ...reload.scenarios] })).toContain(
      'saw 3 errors, 2 of them requests in flight on the lost replica that could not be sent again, and 1 of them a POST request on a kept connection that',
    );
  });

  test('a run without traffic has no two sides, and nothing of it says that somebody serves nothing', () => {
    const report = reportOf({ replicas: 3, rate: 100, config: 'good', lasts: 13 }, [
      isolation({ replicas: 3, rate: 100, config: 'good', lasts: 13 }),
    ]);
    expect(headline(report)).toBe('The replicas are isolated');
    expect(report.distribution).toEqual({});
    expect(markdownOf(report)).not.toMatch(/serves nothing|Requests/);
  });

  test('the examples that the documentation shows pass and fail as they say', () => {
    expect(passExample().verdict).toBe('pass');
  });
});

test('a subject stands for all gates about it', () => {
  const outcome = 'fail';
  expect(subjects(failed({ outcome }, { metric: 'failover.errors', outcome }), outcome)).toEqual(['crash']);
});
