import { describe, expect, test } from '@jest/globals';
import type { RolloutEvidence, RolloutStep, ScenarioEvidence } from '../../src/checks/evidence';
import type { Sample } from '../../src/traffic/sample';
import {
  attempt,
  modelOf,
  rotationEvidence,
  sample,
  START,
  steady,
  unanswered,
  unconnected,
} from '../support/evidence';
import { measurementOf, observedOf, valueOf } from '../support/measured';
import { calmRollout, ROLL, rolloutEvidence, step } from '../support/rollout-evidence';

const DURING = ROLL.begun + 3_000;
const PLAIN =
  'upstream app { zone app 64k; server app1:5000; server app2:5000; server app3:5000; } server { listen 80; location / { proxy_pass http://app; } }';
const OLD = { ...modelOf(PLAIN), version: '1.26.3' };
const NEW = { ...modelOf(PLAIN), version: '1.27.4' };

const GOOD = {
  'rollout.errors': 0,
  'rollout.unsafe-errors': 0,
  'rollout.stall': 6,
  'rollout.updated': 100,
  'rollout.killed': 0,
  'rollout.changed': 0,
} as const;

function all(evidence: ScenarioEvidence): Readonly<Record<string, number | string>> {
  return Object.fromEntries(Object.keys(GOOD).map((metric) => [metric, valueOf(evidence, metric)]));
}

function around(samples: readonly Sample[], rollout: Partial<RolloutEvidence> = {}): ScenarioEvidence {
  return rolloutEvidence([...calmRollout(), ...samples], rollout);
}

describe('an update that nobody noticed', () => {
  test('meets every gate', () => {
    expect(all(rolloutEvidence(calmRollout()))).toEqual(GOOD);
    expect(observedOf(rolloutEvidence(calmRollout()), 'rollout.updated')).toMatchObject({
      remark: 'version 1.0.0 → 2.0.0',
    });
  });

  test('is not measured where there was none', () => {
    const evidence = { ...rotationEvidence(steady(0, 300)), check: 'rollout' as const };
    expect(() => measurementOf(evidence, 'rollout.updated')).toThrow('was not measured');
  });
});

describe('errors', () => {
  const reset = { kind: 'transport', code: 'ECONNRESET', reusedConnection: true } as const;
  const post = (changes: Partial<Parameters<typeof sample>[0]>): Sample =>
    sample({ at: DURING, method: 'POST', attempts: null, outcome: reset, ...changes });
  test.each([
    { what: 'a GET that failed', one: sample({ at: DURING, attempts: [unconnected('app1', 1)] }), get: 1, post: 0 },
    {
      what: 'a POST sent to one that went away',
      one: post({ attempts: [unanswered('app1', 1, 502)], outcome: { kind: 'answered', status: 502 } }),
      get: 0,
      post: 1,
    },
    { what: 'a POST on a connection that a reload closed', one: post({}), get: 0, post: 1 },
    { what: 'a GET there', one: post({ method: 'GET' }), get: 1, post: 0 },
    {
      what: 'one under way when it began',
      one: sample({ at: ROLL.begun - 500, waited: 501, attempts: [unanswered('app1', 1)] }),
      get: 1,
      post: 0,
    },
    { what: 'one that was over before', one: sample({ at: 0, attempts: [unanswered('app1', 1)] }), get: 0, post: 0 },
    {
      what: 'one after its end',
      one: sample({ at: ROLL.done + 900, attempts: [unanswered('app1', 1)] }),
      get: 1,
      post: 0,
    },
    {
      what: 'one that waits when all ends',
      one: sample({ at: DURING, attempts: null, outcome: { kind: 'abandoned' } }),
      get: 0,
      post: 0,
    },
  ])('$what', ({ one, get, post: posts }) => {
    const evidence = around([one]);
    expect(valueOf(evidence, 'rollout.errors', NEW)).toBe(get);
    expect(valueOf(evidence, 'rollout.unsafe-errors', NEW)).toBe(posts);
  });

  test.each([
    { what: 'closed by a reload', one: post({}), excused: true },
    { what: 'on a fresh connection', one: post({ outcome: { ...reset, reusedConnection: false } }), excused: false },
    { what: 'logged by NGINX', one: post({ attempts: [unanswered('app1', 1, 502)] }), excused: false },
    { what: 'without an answer', one: post({ outcome: { kind: 'timeout' } }), excused: false },
  ])('an NGINX that cannot spare connections: a POST $what', ({ one, excused }) => {
    const observed = observedOf(around([one]), 'rollout.unsafe-errors', OLD);
    expect(observed).toEqual({
      kind: 'value',
      value: excused ? 0 : 1,
      remark: excused ? '1 more on kept connections that reloads closed, which this NGINX cannot avoid' : null,
    });
  });

  test.each([
    { what: 'one that nothing could save stands apart', nginx: OLD, words: 'no request failed (1 more on kept' },
    { what: 'one that this NGINX could spare is its cost', nginx: NEW, words: '1 request failed' },
  ])('of an update that was stopped, $what', ({ nginx, words }) => {
    const failure = { kind: 'not-ready', replica: 'app1', why: '', details: [], rollbackProblem: null } as const;
    const observed = observedOf(around([post({})], { failure, steps: [step(1)] }), 'rollout.updated', nginx);
    expect(observed).toMatchObject({ remark: expect.stringContaining(words) });
  });

  test('an idempotent request is never excused: it could be repeated', () => {
    expect(valueOf(around([post({ method: 'GET' })]), 'rollout.errors', OLD)).toBe(1);
  });
});

describe('the share of the new version', () => {
  test.each<{ what: string; rollout: Partial<RolloutEvidence>; percent: number; remark: string | null }>([
    {
      what: 'the second never gets ready',
      rollout: {
        steps: [step(1), step(2, { readyAt: null, backAt: null, rolledBackAt: START + 7_000, versionAfter: '1.0.0' })],
        failure: { kind: 'not-ready', replica: 'app2', why: '', details: [], rollbackProblem: null },
      },
      percent: 100 / 3,
      remark: 'stopped at app2: the new version did not become ready; no request failed',
    },
    {
      what: 'NGINX refuses to take the last one back, which serves nobody',
      rollout: {
        steps: [step(1), step(2), step(3, { backAt: null })],
        failure: { kind: 'reload', replica: 'app3', why: '', details: [], rollbackProblem: null },
      },
      percent: 200 / 3,
      remark: 'stopped at app3: NGINX did not reload; no request failed',
    },
    {
      what: 'NGINX refuses at the first',
      rollout: {
        steps: [step(1, { exitCode: null, readyAt: null, backAt: null })],
        failure: { kind: 'reload', replica: 'app1', why: '', details: [], rollbackProblem: 'again' },
      },
      percent: 0,
      remark: 'stopped at app1: NGINX did not reload; no request failed',
    },
    {
      what: 'the same image though another was promised',
      rollout: { sameImage: true, steps: [step(1), step(2), step(3)] },
      percent: 0,
      remark: 'not a new version: shop:1 and shop:2 are one and the same image',
    },
    {
      what: 'the version of what production runs, which nobody has counted up',
      rollout: { promisedBy: 'baseline-image', steps: [1, 2, 3].map((n) => step(n, { versionAfter: '1.0.0' })) },
      percent: 100,
      remark: null,
    },
    {
      what: 'one replica tells the old version',
      rollout: { steps: [step(1), step(2, { versionAfter: '1.0.0' }), step(3)] },
      percent: 0,
      remark: 'not a new version: app2 tells version 1.0.0 before and after',
    },
    {
      what: 'the same image, and nothing else was promised',
      rollout: { sameImage: true, promisedBy: null, steps: [step(1, { versionAfter: '1.0.0' }), step(2), step(3)] },
      percent: 100,
      remark: 'version 1.0.0 → 2.0.0',
    },
    {
      what: 'an app that tells no version',
      rollout: { steps: [1, 2, 3].map((n) => step(n, { versionBefore: null, versionAfter: null })) },
      percent: 100,
      remark: null,
    },
    {
      what: 'an app that only tells one now',
      rollout: { steps: [1, 2, 3].map((n) => step(n, { versionBefore: null })) },
      percent: 100,
      remark: null,
    },
  ])('$what', ({ rollout, percent, remark }) => {
    const after = rollout.steps?.at(-1)?.backAt === null && rollout.steps.length === 3 ? ['app1', 'app2'] : undefined;
    const samples = [
      ...calmRollout().filter((one) => one.scheduledAt < START + ROLL.done),
      ...steady(ROLL.done, 300, after),
    ];
    const observed = observedOf(rolloutEvidence(samples, rollout), 'rollout.updated');
    expect(observed).toEqual({ kind: 'value', value: expect.closeTo(percent, 9), remark });
  });

  test('only what was due after its end counts, and only what was served', () => {
    const samples = [...calmRollout(), sample({ at: ROLL.done + 5, attempts: [unconnected('app1', 1)] })];
    expect(measurementOf(rolloutEvidence(samples), 'rollout.updated')).toMatchObject({ samples: 300 });
  });

  test('a stranger that serves is nobody’s new version, and no replica either', () => {
    const samples = [...calmRollout(), sample({ at: ROLL.done + 5, attempts: [attempt('10.9.9.9:80')] })];
    expect(valueOf(rolloutEvidence(samples), 'rollout.updated')).toBe(100);
    expect(valueOf(rolloutEvidence(samples), 'rollout.errors')).toBe(1);
  });

  test('what has ended by itself serves nobody, though others serve all there is', () => {
    const ended = [{ hostname: 'app2', exitCode: 1, oomKilled: false }];
    expect(observedOf(rolloutEvidence(calmRollout(), {}, { ended }), 'rollout.updated')).toEqual({
      kind: 'value',
      value: 200 / 3,
      remark: 'app2 had ended by itself',
    });
  });

  test('nothing served after it is no 100 %', () => {
    const samples = calmRollout().filter((one) => one.scheduledAt < START + ROLL.done);
    expect(valueOf(rolloutEvidence(samples), 'rollout.updated')).toBe(
      'inconclusive: nothing was served after the update',
    );
  });
});

describe('replicas that had to be killed', () => {
  const killed = (...changes: readonly Partial<RolloutStep>[]): unknown =>
    observedOf(
      rolloutEvidence(calmRollout(), { steps: changes.map((one, index) => step(index + 1, one)) }),
      'rollout.killed',
    );
  test.each([
    { what: 'none', steps: [{}, { exitCode: 143 }, { exitCode: 1 }], value: 0, remark: null },
    { what: 'two', steps: [{ exitCode: 137 }, {}, { exitCode: 137 }], value: 2, remark: 'app1, app3' },
    { what: 'out of memory is another matter', steps: [{ exitCode: 137, oomKilled: true }], value: 0, remark: null },
    {
      what: 'killed, though it came to nothing then',
      steps: [{ exitCode: 137, readyAt: null }],
      value: 1,
      remark: 'app1',
    },
  ])('$what', ({ steps, value, remark }) => {
    expect(killed(...steps)).toEqual({ kind: 'value', value, remark });
  });

  test('of none that was stopped is no evidence', () => {
    expect(killed({ exitCode: null })).toMatchObject({ kind: 'inconclusive' });
    expect(killed()).toMatchObject({ kind: 'inconclusive' });
  });
});

describe('a new version that answers otherwise', () => {
  const of = (replica: string, at: number, status: number, bodyBytes = 300, method: 'GET' | 'POST' = 'GET'): Sample =>
    sample({ at, method, bodyBytes, attempts: [attempt(replica, { status })] });
  const LATE = ROLL.done + 500;

  test.each([
    { what: 'with a redirect', one: of('app1', LATE, 301), seen: '301' },
    { what: 'with nothing', one: of('app1', LATE, 200, 0), seen: '200 and no body' },
    { what: 'with a status that says so', one: of('app1', LATE, 204, 0), seen: '204 and no body' },
  ])('$what', ({ one, seen }) => {
    expect(observedOf(around([one]), 'rollout.changed')).toEqual({
      kind: 'value',
      value: 1,
      remark: `GET ${one.id}: ${seen}, where the old version answered`,
    });
  });

  test.each([
    { what: 'a POST', one: of('app1', LATE, 303, 300, 'POST') },
    { what: 'an error, which counts as such', one: of('app1', LATE, 500) },
    { what: 'an answer of the old version', one: of('app3', ROLL.begun + 10, 301) },
  ])('and not $what', ({ one }) => {
    expect(valueOf(around([one]), 'rollout.changed')).toBe(0);
  });

  test('and not where the old version did so, too', () => {
    expect(valueOf(around([of('app1', 50, 302), of('app1', LATE, 301)]), 'rollout.changed')).toBe(0);
  });
});

describe('no evidence is never a pass', () => {
  const load = { sent: 1, notSent: 0, lagP99Ms: 80, lagMaxMs: 90, clientRetries: 0 };
  const metrics = Object.keys(GOOD);
  test.each(metrics)('%s with a late generator', (metric) => {
    expect(valueOf(rolloutEvidence(calmRollout(), {}, { load }), metric)).toMatch(/^inconclusive: the load generator/);
  });

  test.each(metrics.filter((metric) => metric !== 'rollout.killed'))('%s where no replica served before', (metric) => {
    const samples = calmRollout().filter((one) => one.scheduledAt >= START + ROLL.begun);
    expect(valueOf(rolloutEvidence(samples), metric)).toMatch(/^inconclusive: no replica served anything before/);
  });

  test.each(metrics.slice(0, 3))('%s of too few requests', (metric) => {
    expect(valueOf(rolloutEvidence([...steady(0, 200), ...steady(ROLL.begun, 29)]), metric)).toMatch(
      /^inconclusive: only 29 requests during the update/,
    );
  });

  test.each([
    { metric: 'rollout.errors', method: 'GET' },
    { metric: 'rollout.unsafe-errors', method: 'POST' },
  ])('$metric without a single $method', ({ metric, method }) => {
    const samples = calmRollout().filter((one) => one.method !== method);
    expect(observedOf(rolloutEvidence(samples), metric).kind).toBe('inconclusive');
  });

  test('that it was stopped is a fact whatever the traffic was like', () => {
    const failure = { kind: 'not-ready', replica: 'app1', why: '', details: [], rollbackProblem: null } as const;
    const steps = [step(1, { readyAt: null, backAt: null })];
    expect(valueOf(rolloutEvidence([], { steps, failure }, { load }), 'rollout.updated')).toBe(0);
  });
});
