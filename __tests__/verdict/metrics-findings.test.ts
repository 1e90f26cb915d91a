import { describe, expect, test } from '@jest/globals';
import type { Probe, ScenarioEvidence } from '../../src/checks/evidence';
import { profileGates } from '../../src/settings/profiles';
import { judgeGates, verdictOf } from '../../src/verdict/judgement';
import { failedProbes, findingsMeasurement } from '../../src/verdict/metrics-findings';
import { measureAll } from '../../src/verdict/measure';
import { configOf } from '../support/diagnosed';
import { modelOf, rotationEvidence, START, steady } from '../support/evidence';
import { measurementOf, valueOf } from '../support/measured';
import { calmRollout, rolloutEvidence } from '../support/rollout-evidence';

const probe = (holds: boolean | null, subject = 'app1'): Probe => ({
  ...{ id: 'non-root', subject, claim: 'no process runs as root', holds },
  seen: holds === null ? 'not visible here' : holds ? 'every one has another user' : 'gunicorn runs with user id 0',
});

function asked(check: 'isolation' | 'hardening' | 'limits', probes: readonly Probe[]): ScenarioEvidence {
  return { ...rotationEvidence(check === 'limits' ? steady(0, 300) : []), name: check, check, probes };
}

test('isolation is not proven where nobody outside could ask for a replica', () => {
  const hidden = (holds: boolean | null, subject: string): Probe => ({
    ...{
      id: 'replica-hidden',
      subject,
      claim: 'a container elsewhere cannot reach it',
      holds,
      seen: 'no container in time',
    },
  });
  const observed = (...probes: readonly Probe[]): unknown =>
    findingsMeasurement(asked('isolation', [probe(true), ...probes]), 'isolation').observed;

  expect(observed(hidden(null, 'app1'), hidden(null, 'app2'))).toEqual({
    kind: 'inconclusive',
    why: 'it could not be asked whether a container elsewhere cannot reach it: no container in time',
  });
  expect(observed(hidden(true, 'app1'), hidden(null, 'app2'))).toMatchObject({ kind: 'value', value: 0 });
  expect(observed(hidden(null, 'app1'), probe(false))).toMatchObject({ kind: 'value', value: 1 });
});

test.each([
  { check: 'hardening' as const, id: 'no-capabilities' },
  { check: 'limits' as const, id: 'memory-limit' },
])('$check is not proven where the kernel cannot be asked ($id)', ({ check, id }) => {
  const blind = (subject: string): Probe => ({ ...probe(null, subject), id, claim: 'it is so' });
  const observed = (...probes: readonly Probe[]): unknown => findingsMeasurement(asked(check, probes), check).observed;

  expect(observed(probe(true), blind('app1'), blind('app2'))).toEqual({
    kind: 'inconclusive',
    why: 'it could not be asked whether it is so: not visible here',
  });
  expect(observed(probe(true), blind('app1'), { ...blind('app2'), holds: true })).toMatchObject({ value: 0 });
  expect(observed(probe(false), blind('app1'))).toMatchObject({ value: 1 });
});

test('limits are not proven where a neighbour never came to its limit', () => {
  const impossible: Probe = {
    ...{ id: 'forker-refused', subject: 'forker', claim: 'it cannot start more', holds: null },
    seen: 'it did not get that far',
  };
  const begun: Probe = { ...impossible, unfinished: true };
  const observed = (...probes: readonly Probe[]): unknown =>
    findingsMeasurement(asked('limits', [probe(true), ...probes]), 'limits').observed;

  expect(observed(begun)).toEqual({
    kind: 'inconclusive',
    why: 'it is not known whether it cannot start more: forker: it did not get that far',
  });
  expect(observed(impossible)).toMatchObject({ kind: 'value', value: 0 });
  expect(observed(begun, probe(false))).toMatchObject({ kind: 'value', value: 1 });
});

describe('what a rolling update’s new version was asked', () => {
  const updated = (...probes: readonly Probe[]): ScenarioEvidence =>
    rolloutEvidence(calmRollout(), {}, { probes, load: { ...rolloutEvidence([]).load, turnDelayP99Ms: 900 } });
  const gates = profileGates('standard', ['rollout', 'hardening']);
  const findings = (scenarios: readonly ScenarioEvidence[]): unknown =>
    judgeGates(gates, measureAll(scenarios, modelOf(configOf()), gates)).find(
      ({ metric }) => metric === 'hardening.findings',
    );

  test('counts as hardening, on a machine short of processors as well', () => {
    expect(findings([asked('hardening', [probe(true)]), updated(probe(false, 'app3'))])).toMatchObject({
      ...{ outcome: 'fail', observed: 1, scenario: 'rollout' },
      reason: 'the new version: app3: gunicorn runs with user id 0',
    });
    expect(findings([asked('hardening', [probe(true)]), updated(probe(true))])).toMatchObject({ outcome: 'pass' });
  });

  test('is not missed where nothing was asked', () => {
    expect(findings([asked('hardening', [probe(true)]), updated()])).toMatchObject({ outcome: 'pass', samples: 1 });
  });
});

describe.each(['isolation', 'hardening', 'limits'] as const)('%s', (check) => {
  const observe = (
    ...probes: readonly Probe[]
  ): Pick<ReturnType<typeof findingsMeasurement>, 'samples' | 'observed'> => {
    const { samples, observed } = findingsMeasurement(asked(check, probes), check);
    return { samples, observed };
  };
  const value = (number: number, remark: string | null): unknown => ({ kind: 'value', value: number, remark });

  test('everything holds', () => {
    expect(observe(probe(true), probe(true, 'app2'))).toEqual({ samples: 2, observed: value(0, null) });
  });

  test('what could not be asked counts for neither side, and is told', () => {
    const told = '1 could not be asked (app2: not visible here)';
    expect(observe(probe(true), probe(null, 'app2'))).toEqual({ samples: 1, observed: value(0, told) });
    expect(observe(probe(false), probe(null, 'app2'))).toEqual({
      samples: 1,
      observed: value(1, `app1: gunicorn runs with user id 0; ${told}`),
    });
  });

  test.each([
    { what: 'nothing could be asked', probes: [probe(null), probe(null, 'app2')], why: 'not visible here' },
    { what: 'there was no question', probes: [], why: 'no question' },
  ])('$what: no pass', ({ probes, why }) => {
    expect(observe(...probes)).toEqual({
      samples: 0,
      observed: { kind: 'inconclusive', why: `nothing could be asked here: ${why}` },
    });
    const gates = profileGates('standard', [check]).filter(({ metric }) => /\.(leaks|findings)$/.test(metric));
    expect(gates).toHaveLength(1);
    expect(verdictOf(judgeGates(gates, [findingsMeasurement(asked(check, probes), check)]))).toBe('inconclusive');
  });

  test('the first findings are named, the rest is counted', () => {
    const failed = ['app1', 'app2', 'app3'].map((name) => probe(false, name));
    expect(observe(...failed)).toEqual({
      samples: 3,
      observed: value(3, 'app1: gunicorn runs with user id 0; app2: gunicorn runs with user id 0; 1 more'),
    });
    expect(failedProbes({ probes: [probe(true), ...failed, probe(null)] })).toEqual(failed);
  });
});

describe('files of the image that hold a secret', () => {
  const file = (holds: boolean | null, subject: string): Probe => ({
    ...{ id: 'no-secret-in-files', subject, claim: 'no file of the image holds a secret', holds },
    seen: holds === false ? 'it holds TOKEN (not shown)' : 'none in 12 files and folders of the app',
  });
  const outcomes = (profile: 'standard' | 'strict', ...probes: readonly Probe[]): unknown => {
    const gates = profileGates(profile, ['hardening']);
    return judgeGates(gates, measureAll([asked('hardening', probes)], modelOf(configOf()), gates))
      .filter(({ metric }) => metric.startsWith('hardening'))
      .map(({ metric, outcome, observed }) => [metric, outcome, observed]);
  };

  test('are counted by themselves', () => {
    const found = [probe(true), file(false, '/app/.env'), file(false, '/app/id_rsa')];
    expect(outcomes('standard', ...found)).toEqual([
      ['hardening.findings', 'pass', 0],
      ['hardening.secret-files', 'warn', 2],
    ]);
    expect(outcomes('strict', ...found)).toEqual([
      ['hardening.findings', 'pass', 0],
      ['hardening.secret-files', 'fail', 2],
    ]);
    expect(outcomes('standard', probe(false), file(true, 'image'))).toEqual([
      ['hardening.findings', 'fail', 1],
      ['hardening.secret-files', 'pass', 0],
    ]);
  });

  test('that were not looked at are not said to be none', () => {
    expect(outcomes('strict', probe(true), file(null, 'image'))).toEqual([
      ['hardening.findings', 'pass', 0],
      ['hardening.secret-files', 'inconclusive', null],
    ]);
  });
});

describe('beside the findings', () => {
  test('a check that sends no traffic says nothing about baseline and load', () => {
    expect(() => measurementOf(asked('isolation', [probe(true)]), 'baseline.errors')).toThrow('was not measured');
    expect(() => measurementOf(asked('hardening', [probe(true)]), 'load.lag')).toThrow('was not measured');
  });

  test('the baseline of limits ends where the noise begins', () => {
    const noisy = steady(2_000, 200).map((one) => ({ ...one, outcome: { kind: 'timeout' } as const }));
    const samples = [...steady(0, 200), ...noisy];
    const phases = [
      { name: 'baseline', from: START, to: START + 2_000 },
      { name: 'fault', from: START + 2_000, to: START + 4_000 },
    ] as const;
    const evidence = { ...asked('limits', [probe(true)]), samples, phases };
    expect(valueOf(evidence, 'baseline.errors')).toBe(0);
    expect(measurementOf(evidence, 'baseline.errors').samples).toBe(200);
    const early = { ...evidence, phases: [{ ...phases[0], to: START + 2_010 }, phases[1]] };
    expect(valueOf(early, 'baseline.errors')).toBe(1);
    const short = { ...evidence, phases: [{ ...phases[0], to: START + 200 }, phases[1]] };
    expect(valueOf(short, 'baseline.errors')).toMatch(/^inconclusive: only 20 requests before anything was broken/);
  });
});
