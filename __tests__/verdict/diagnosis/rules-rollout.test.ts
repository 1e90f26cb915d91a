import { describe, expect, test } from '@jest/globals';
import {
  type Probe,
  type RolloutEvidence,
  type RolloutStep,
  type ScenarioEvidence,
  type Start,
} from '../../../src/checks/evidence';
import type { NginxModel } from '../../../src/cluster/nginx/model';
import type { Sample } from '../../../src/traffic/sample';
import { configOf, diagnosed, edits, explained, lineOf } from '../../support/diagnosed';
import {
  attempt,
  calmCrash,
  CONFIG_PATH,
  CRASH,
  crashEvidence,
  FAULT,
  rotationEvidence,
  sample,
  START,
  unanswered,
  unconnected,
} from '../../support/evidence';
import { calmRollout, ROLL, rolloutEvidence, step } from '../../support/rollout-evidence';

const RELOADED = CRASH.effective + 10;
const DURING = ROLL.begun + 3_000;
/** app1's turn: told to drain, and back. */
const DRAIN = ROLL.begun;
const BACK = ROLL.begun + 1_600;

function around(samples: readonly Sample[], rollout: Partial<RolloutEvidence> = {}): ScenarioEvidence {
  return rolloutEvidence([...calmRollout(), ...samples], rollout);
}

const UNDRAINED = [1, 2, 3].map((n) =>
  step(n, { undrained: 'a variable in proxy_pass', drainAt: null, drainedAt: null, serversLeft: null }),
);
const broken = { kind: 'transport', code: 'ECONNRESET', reusedConnection: false } as const;
const reset = { kind: 'transport', code: 'ECONNRESET', reusedConnection: true } as const;
const lost = sample({ at: DURING, method: 'POST', attempts: [unanswered('app2', 1, 502)] });
const outage = sample({ at: DURING, attempts: [unconnected('app1', 1), unconnected('shop', 0)] });
const error = (at: number, replica = 'app1'): Sample => sample({ at, attempts: [attempt(replica, { status: 503 })] });
/** Under way when app1 was drained, and cut off when the workers' time was up. */
const cut = (waited: number, delayMs = 2_000): Sample =>
  sample({
    at: DRAIN - 500,
    waited,
    delayMs,
    attempts: [unanswered('app2', waited)],
    outcome: { ...reset, reusedConnection: false },
  });
const limited = (value: number, file = '/etc/nginx/nginx.conf'): Partial<NginxModel> => ({
  shutdownTimeoutMs: { value, spot: { file, line: 1 } },
});

const LATE_END: Probe = {
  ...{ id: 'ends-on-sigterm', subject: 'app3', claim: 'it ends by itself within 10 s' },
  ...{ seen: 'it was killed after 10 s, and with more time, app1: it ended after 20.1 s', holds: null },
};

interface Row {
  readonly what: string;
  readonly evidence: ScenarioEvidence;
  /** What the check hardening was answered. */
  readonly hardening?: readonly Probe[];
  readonly text?: string;
  readonly nginx?: Partial<NginxModel>;
  readonly claims: readonly string[];
}

/** Less than the real one, which would outlast the evidence, and more than whoever is killed at once takes. */
const GRACE_MS = 2_500;
const KILLED = { exitCode: 137 };

function killedStep(n: number, changes: Partial<RolloutStep> = {}): RolloutStep {
  const one = step(n);
  return { ...one, ...KILLED, stoppedAt: (one.stopAt ?? 0) + GRACE_MS, ...changes };
}

describe('an update that went wrong', () => {
  test.each<Row>([
    {
      what: 'the new version does not start',
      evidence: around([], {
        steps: [step(1, { readyAt: null, backAt: null })],
        failure: { kind: 'not-ready', replica: 'app1', why: 'It answered 500.', details: [], rollbackProblem: null },
      }),
      claims: ['new-version-not-ready: rollout.updated'],
    },
    {
      what: 'NGINX ends instead of reloading, and with it everything',
      evidence: around([lost], {
        steps: [step(1, { readyAt: null, backAt: null })],
        failure: { kind: 'reload', replica: 'app1', why: 'gone', nginxEnded: true, details: [], rollbackProblem: null },
      }),
      claims: ['reload-failed: rollout.unsafe-errors rollout.updated'],
    },
    {
      what: 'the new version ends after it was ready, and NGINX does not find its name any more',
      evidence: {
        ...around([lost], {
          steps: [step(1), step(2, { readyAt: null, backAt: null })],
          failure: { kind: 'reload', replica: 'app2', why: 'exit code 1', details: [], rollbackProblem: null },
        }),
        ended: [{ hostname: 'app1', exitCode: 3, oomKilled: false }],
      },
      claims: ['new-version-ends: rollout.unsafe-errors rollout.updated'],
    },
    {
      what: 'an old version that ended is no new one',
      evidence: {
        ...around([], {
          steps: [step(1, { readyAt: null, backAt: null })],
          failure: { kind: 'not-ready', replica: 'app1', why: 'It answered 500.', details: [], rollbackProblem: null },
        }),
        ended: [{ hostname: 'app3', exitCode: 0, oomKilled: false }],
      },
      claims: ['new-version-not-ready: rollout.updated'],
    },
    {
      what: 'NGINX refuses the last reload',
      evidence: around([], {
        steps: [step(1), step(2), step(3, { backAt: null })],
        failure: { kind: 'reload', replica: 'app3', why: 'exit code 1', details: [], rollbackProblem: null },
      }),
      claims: ['reload-failed: rollout.updated'],
    },
    {
      what: 'NGINX runs without a master process, and cannot reload',
      text: configOf({ http: 'master_process off;\n' }),
      evidence: around([], {
        steps: [step(1, { readyAt: null, backAt: null })],
        failure: { kind: 'reload', replica: 'app1', why: 'NGINX ended', details: [], rollbackProblem: null },
      }),
      claims: ['reload-failed: rollout.updated'],
    },
    {
      what: 'no new version',
      evidence: around([], { sameImage: true }),
      claims: ['same-version: rollout.updated'],
    },
    {
      what: 'the app ignores SIGTERM',
      evidence: around([], { steps: [step(1), killedStep(2), step(3)] }),
      claims: ['sigterm-ignored: rollout.killed'],
    },
    {
      what: 'the app is told to end by SIGKILL',
      evidence: around([], { steps: [1, 2, 3].map((n) => step(n, KILLED)) }),
      claims: ['stop-signal: rollout.killed'],
    },
    {
      what: 'the app ends, and not within its grace',
      evidence: rolloutEvidence(calmRollout(), { steps: [step(1), killedStep(2), step(3)] }),
      hardening: [LATE_END],
      claims: ['ends-too-slowly: rollout.killed'],
    },
    {
      what: 'and is killed with what nobody kept from it',
      evidence: around([lost], {
        steps: UNDRAINED.map((one) => ({ ...one, ...KILLED, stoppedAt: (one.stopAt ?? 0) + GRACE_MS })),
      }),
      claims: ['sigterm-ignored: rollout.killed rollout.unsafe-errors'],
    },
    {
      what: 'old workers get too little time',
      evidence: around([cut(1_550)]),
      nginx: limited(1_000),
      claims: ['worker-shutdown-timeout: rollout.errors'],
    },
    {
      what: 'a reload closes connections',
      evidence: around([sample({ at: BACK, method: 'POST', attempts: null, outcome: reset })]),
      claims: ['keepalive-min-timeout: rollout.unsafe-errors'],
    },
    {
      what: 'a reload does both',
      evidence: around([cut(1_550), sample({ at: BACK, method: 'POST', attempts: null, outcome: reset })]),
      nginx: limited(1_000),
      claims: [
        'worker-shutdown-timeout: rollout.errors rollout.unsafe-errors',
        'keepalive-min-timeout: rollout.errors rollout.unsafe-errors',
      ],
    },
    {
      what: 'the new version is not ready yet',
      evidence: around([error(BACK)]),
      claims: ['ready-too-soon: rollout.errors'],
    },
    {
      what: 'nobody told NGINX',
      evidence: around([lost], { steps: UNDRAINED }),
      claims: ['replica-not-drained: rollout.unsafe-errors'],
    },
    {
      what: 'nobody told NGINX, and none was left',
      evidence: around([outage], { steps: UNDRAINED }),
      claims: ['roll-faster-than-fail-timeout: rollout.errors'],
    },
    {
      what: 'one of two was left, and failed once',
      evidence: around([outage], { steps: [1, 2, 3].map((n) => step(n, { serversLeft: 1 })) }),
      claims: ['too-few-replicas: rollout.errors'],
    },
  ])('$what', ({ evidence, hardening = [], text = configOf(), nginx = {}, claims }) => {
    const asked = { ...rotationEvidence([]), name: 'hardening', check: 'hardening', probes: hardening } as const;
    const scenarios = hardening.length === 0 ? [evidence] : [evidence, asked];
    expect(explained(diagnosed(text, scenarios, { nginx }))).toEqual(claims);
  });

  describe('that has to kill what the check hardening found to end on no SIGTERM, either', () => {
    const start: Start = { first: { name: 'sh', argv: ['/bin/sh', '-c', 'python app.py'] }, image: null };
    const asked: ScenarioEvidence = {
      ...rotationEvidence([]),
      ...{ name: 'hardening', check: 'hardening' },
      probes: [
        { ...LATE_END, seen: 'it did not end and was killed after 10 s (its PID 1 is sh)', holds: false, start },
      ],
    };
    const dockerfile = { path: 'Dockerfile', text: 'FROM a\nCMD python app.py\n', target: null };

    test('has one cause with one fix', () => {
      const evidence = around([], { steps: [step(1), killedStep(2), step(3)] });
      const diagnoses = diagnosed(configOf(), [asked, evidence], { dockerfile });
      expect(explained(diagnoses)).toEqual(['shell-form-command: hardening.findings rollout.killed']);
      expect(diagnoses[0]).toMatchObject({ file: 'Dockerfile', line: 2 });
      expect(diagnoses[0]?.evidence).toMatch(/^app3: it did not end .* In the rolling update app2 had to be killed: /);
    });

    test('says which version it was where that is not the one under test', () => {
      const evidence = around([], { promisedBy: 'baseline-image', steps: [step(1), killedStep(2), step(3)] });
      const [first, ...others] = diagnosed(configOf(), [asked, evidence], { dockerfile });
      expect(others).toEqual([]);
      expect(first?.evidence).toContain('killed, all of the version that was replaced (shop:1): app2 was');
    });
  });

  test('that the new version would end with more time says nothing of the one before it', () => {
    const killed = rolloutEvidence(calmRollout(), { steps: [killedStep(1), step(2), step(3)] }, { probes: [LATE_END] });
    expect(explained(diagnosed(configOf(), [killed]))).toEqual(['sigterm-ignored: rollout.killed']);
  });

  test('a version that fails for good is no matter of readiness', () => {
    const samples = calmRollout().map((one) => {
      const isNew =
        one.scheduledAt >= START + ROLL.begun + 1_600 && one.proxy?.attempts[0]?.address === '198.18.0.11:5000';
      return isNew ? { ...error(one.scheduledAt - START), method: one.method } : one;
    });
    const [diagnosis] = diagnosed(configOf(), [rolloutEvidence(samples)]);
    expect(diagnosis).toMatchObject({ id: 'new-version-fails', gates: ['rollout.errors', 'rollout.unsafe-errors'] });
  });
});

test('a version that refuses what the one before took fails for good, too', () => {
  const takesPosts = rolloutEvidence([]).replicas.map((place) => ({ ...place, takesPosts: true }));
  const samples = calmRollout().map((one) => {
    const isNew =
      one.scheduledAt >= START + ROLL.begun + 1_600 && one.proxy?.attempts[0]?.address === '198.18.0.11:5000';
    const outcome = { kind: 'answered', status: 405 } as const;
    return isNew && one.method === 'POST'
      ? sample({ at: one.scheduledAt - START, method: 'POST', attempts: [attempt('app1', { status: 405 })], outcome })
      : one;
  });
  const diagnoses = diagnosed(configOf(), [rolloutEvidence(samples, {}, { replicas: takesPosts })]);
  expect(explained(diagnoses)).toEqual(['new-version-fails: rollout.unsafe-errors']);
  expect(diagnoses[0]?.evidence).toContain(': 405.');
});

describe('near misses', () => {
  test.each<Row>([
    {
      what: 'killed for want of memory',
      evidence: around([], { steps: [killedStep(1, { oomKilled: true }), step(2), step(3)] }),
      claims: [],
    },
    {
      what: 'killed, but drained: what failed is another matter',
      evidence: around([lost], { steps: [killedStep(1), step(2), step(3)] }),
      claims: ['sigterm-ignored: rollout.killed', 'unexplained: rollout.unsafe-errors'],
    },
    {
      what: 'cut off at another moment than when the time was up',
      evidence: around([cut(2_400)]),
      nginx: limited(1_000),
      claims: ['unexplained: rollout.errors'],
    },
    {
      what: 'cut off at that moment, but not because it took so long',
      evidence: around([cut(1_550, 0)]),
      nginx: limited(1_000),
      claims: ['unexplained: rollout.errors'],
    },
    {
      what: 'an attempt at the one address that proxy_pass names is none that found nobody left',
      evidence: around([sample({ at: DURING, attempts: [unconnected('app1', 1)] })], {
        steps: [1, 2, 3].map((n) => step(n, { serversLeft: 1 })),
      }),
      text: configOf({ pass: 'http://198.18.0.11:5000' }),
      claims: ['single-upstream: rollout.errors'],
    },
    {
      what: 'where a variable decides on the group, a request without any attempt is none that found nobody left',
      evidence: around([sample({ at: DURING, attempts: [], outcome: { kind: 'answered', status: 500 } })], {
        steps: [1, 2, 3].map((n) => step(n, { serversLeft: 1 })),
      }),
      text: configOf({ pass: 'http://$pool' }),
      claims: ['no-replica-answered: rollout.errors'],
    },
    {
      what: 'connections that are spared',
      evidence: around([sample({ at: BACK, method: 'POST', attempts: null, outcome: reset })]),
      text: configOf({ server: '    keepalive_min_timeout 5s;\n' }),
      claims: ['unexplained: rollout.unsafe-errors'],
    },
    {
      what: 'an error of the old version',
      evidence: around([error(ROLL.begun + 100, 'app3')]),
      claims: ['unexplained: rollout.errors'],
    },
    {
      what: 'an error long after it was ready',
      evidence: rolloutEvidence([...calmRollout(), error(ROLL.begun + 17_000)]),
      claims: ['unexplained: rollout.errors'],
    },
    {
      what: 'an app that fails all along, also right after its start',
      evidence: around([error(100, 'app2'), error(300), error(BACK), error(ROLL.done + 500, 'app2')]),
      claims: ['app-errors: baseline.errors rollout.errors'],
    },
    {
      what: 'an app that fails all along, undrained',
      evidence: around([error(100, 'app2'), error(DURING, 'app2')], { steps: UNDRAINED }),
      claims: ['app-errors: baseline.errors rollout.errors'],
    },
    {
      what: 'one left, and nothing failed for want of another',
      evidence: around([lost], { steps: [1, 2, 3].map((n) => step(n, { serversLeft: 1 })) }),
      claims: ['unexplained: rollout.unsafe-errors'],
    },
    {
      what: 'no live upstream though two were left',
      evidence: around([outage]),
      claims: ['no-live-upstreams: rollout.errors'],
    },
  ])('$what', ({ evidence, text = configOf(), nginx = {}, claims }) => {
    expect(explained(diagnosed(text, [evidence], { nginx }))).toEqual(claims);
  });
});

describe('places', () => {
  test('NGINX without a master process gets it back', () => {
    const text = `master_process off;\n${configOf()}`;
    const evidence = around([], {
      steps: [step(1, { readyAt: null, backAt: null })],
      failure: { kind: 'reload', replica: 'app1', why: 'NGINX ended', details: [], rollbackProblem: null },
    });
    const [diagnosis] = diagnosed(text, [evidence]);
    expect(diagnosis).toMatchObject({ id: 'reload-failed', file: 'nginx/default.conf', line: 1 });
    expect(diagnosis === undefined ? [] : edits(diagnosis)).toEqual(['- master_process off;']);
  });

  test('the directive that gives too little time is replaced by one for the longest request', () => {
    const text = `worker_shutdown_timeout 1s;\n${configOf()}`;
    const [diagnosis] = diagnosed(text, [around([cut(1_550)])], { nginx: limited(1_000, CONFIG_PATH) });
    expect(diagnosis).toMatchObject({ file: 'nginx/default.conf', line: 1 });
    expect(diagnosis === undefined ? [] : edits(diagnosis)).toEqual([
      '- worker_shutdown_timeout 1s;',
      '+ worker_shutdown_timeout 30s;',
    ]);
  });

  test.each([
    {
      id: 'worker-shutdown-timeout',
      metric: 'errors',
      sick: () =>
        sample({ at: RELOADED, waited: 1_000, delayMs: 2_000, attempts: [unanswered('app1', 1_000)], outcome: broken }),
      update: () => cut(1_550),
    },
    {
      id: 'keepalive-min-timeout',
      metric: 'unsafe-errors',
      sick: () => sample({ at: RELOADED, method: 'POST', attempts: null, outcome: reset }),
      update: () => sample({ at: BACK, method: 'POST', attempts: null, outcome: reset }),
    },
  ])('what a reload of any kind breaks has one cause with one fix: $id', ({ id, metric, sick, update }) => {
    const crash = crashEvidence([...calmCrash(), sick()]);
    const reload: ScenarioEvidence = {
      ...{ ...crash, name: 'failover.lb-reload', fault: { ...FAULT, name: 'lb-reload', victim: null } },
      // Other workers serve from then on.
      samples: crash.samples.map((one) =>
        one.proxy === null || one.sentAt < FAULT.effectiveAt ? one : { ...one, proxy: { ...one.proxy, workerPid: 9 } },
      ),
    };
    const text = `worker_shutdown_timeout 1s;\n${configOf()}`;
    const diagnoses = diagnosed(text, [reload, around([update()])], { nginx: limited(1_000, CONFIG_PATH) });
    expect(explained(diagnoses)).toEqual([`${id}: rollout.${metric} failover.${metric}`]);
  });

  test('in another file there is no change to show', () => {
    const nginx = limited(1_000);
    expect(diagnosed(configOf(), [around([cut(1_550)])], { nginx })).toMatchObject([
      { id: 'worker-shutdown-timeout', file: null, line: null, diff: null },
    ]);
  });

  test('the time for idle connections stands beside the proxy_pass', () => {
    const text = configOf();
    const closed = sample({ at: BACK, method: 'POST', attempts: null, outcome: reset });
    const [diagnosis] = diagnosed(text, [around([closed])]);
    expect(diagnosis?.line).toBe(lineOf(text, 'proxy_pass'));
    expect(diagnosis === undefined ? [] : edits(diagnosis)).toEqual(['+ keepalive_min_timeout 5s;']);
  });

  test('what the app wrote last is quoted, its last lines only', () => {
    const details = [1, 2, 3, 4, 5, 6, 7].map((n) => `line ${n}`);
    const failure = { kind: 'not-ready', replica: 'app1', why: 'It ended.', details, rollbackProblem: 'no' } as const;
    const [diagnosis] = diagnosed(configOf(), [
      around([], { steps: [step(1, { readyAt: null, backAt: null })], failure }),
    ]);
    expect(diagnosis?.evidence).toBe('Its last log lines: line 3 / line 4 / line 5 / line 6 / line 7');
    expect(diagnosis?.cause).toMatch(/did not start: It ended\. The update was stopped.*the way back failed: no\.$/);
  });
});

test('a new version that redirects clients is told as such', () => {
  const moved = sample({ at: ROLL.done + 200, attempts: [attempt('app1', { status: 301 })] });
  const diagnoses = diagnosed(configOf(), [around([moved])]);
  expect(explained(diagnoses)).toEqual(['new-version-answers-otherwise: rollout.changed']);
  expect(diagnoses[0]?.evidence).toBe(`1 GET of / got such an answer, for example GET ${moved.id}: 301.`);
});

describe('a new version that does not answer', () => {
  const hang = (at: number, replica: string): Sample =>
    sample({ at, waited: 5_000, attempts: [unanswered(replica, 5_000)] });
  const NEW = ROLL.done + 200;

  test('is told as such, with all that comes of it', () => {
    const diagnoses = diagnosed(configOf(), [around([hang(NEW, 'app1'), hang(NEW + 10, 'app2'), outage])]);
    expect(explained(diagnoses)).toEqual(['new-version-hangs: rollout.errors']);
    expect(diagnoses[0]?.evidence).toMatch(
      /^2 attempts on replicas of the new version ended without an answer, the first on app1 after 5 s/,
    );
  });

  test.each([
    ['the old version hung as well', [hang(100, 'app3'), hang(NEW, 'app1')]],
    ['only the old version hung', [hang(ROLL.begun + 100, 'app3')]],
    ['the new version says 504 itself', [sample({ at: NEW, attempts: [attempt('app1', { status: 504 })] })]],
  ])('and not where %s', (_what, requests) => {
    const diagnoses = diagnosed(configOf(), [around(requests)]);
    expect(diagnoses.map(({ id }) => id)).not.toContain('new-version-hangs');
  });
});
