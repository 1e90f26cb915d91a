import { describe, expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../../src/checks/evidence';
import type { Attempt, ClientOutcome, Sample } from '../../../src/traffic/sample';
import { configOf, diagnosed, edits, explained, judged, lineOf } from '../../support/diagnosed';
import {
  attempt,
  calmCrash,
  CRASH,
  crashEvidence,
  FAULT,
  modelOf,
  REPLICAS,
  rotationEvidence,
  sample,
  START,
  steady,
  unanswered,
  unconnected,
} from '../../support/evidence';
import { calmRollout, ROLL, rolloutEvidence } from '../../support/rollout-evidence';
import { measurementOf, valueOf } from '../../support/measured';

const BASE = 'baseline.errors';
const cutOff: ClientOutcome = { kind: 'transport', code: 'ECONNRESET', reusedConnection: false };

/** Calm traffic in which every tenth request of app2 came to something else. */
function tenth(other: (at: number) => Sample): ScenarioEvidence {
  return rotationEvidence(steady(0, 300).map((one, index) => (index % 30 === 1 ? other(index * 10) : one)));
}

const of =
  (...attempts: readonly Attempt[]) =>
  (at: number): Sample =>
    sample({ at, attempts });
const server500 = attempt('app2', { status: 500 });
/** app2 fails its requests up to this moment, and serves from then on. */
const until = (end: number): ScenarioEvidence =>
  rotationEvidence(
    steady(0, 300).map((one, index) =>
      index % 3 === 1 && index * 10 < end
        ? sample({ at: index * 10, attempts: [attempt('app2', { status: 503 })] })
        : one,
    ),
  );

interface Row {
  readonly what: string;
  readonly text?: string;
  readonly evidence: ScenarioEvidence;
  readonly claims: readonly string[];
}

describe('an app that is at fault', () => {
  test.each<Row>([
    { what: 'it fails here and there', evidence: tenth(of(server500)), claims: [`app-errors: ${BASE}`] },
    {
      what: 'it hangs past a generous time-out',
      evidence: tenth((at) => sample({ at, waited: 5_001, attempts: [unanswered('app2', 5_000)] })),
      claims: [`app-hangs: ${BASE}`],
    },
    {
      what: 'it hangs past NGINX’s own time-out',
      text: configOf({ location: '' }),
      evidence: tenth((at) => sample({ at, waited: 60_001, attempts: [unanswered('app2', 60_000)] })),
      claims: [`app-hangs: ${BASE}`],
    },
    {
      what: 'it closes connections without an answer',
      text: configOf({ upstream: '    zone shop 64k;\n    keepalive 0;\n' }),
      evidence: tenth(of(unanswered('app2', 1, 502))),
      claims: [`app-drops-connections: ${BASE}`],
    },
    {
      what: 'it answers in a way that NGINX does not accept',
      text: configOf({ upstream: '    zone shop 64k;\n    keepalive 16;\n' }),
      evidence: {
        ...tenth(of(unanswered('app2', 1, 502))),
        complaints: [
          { message: 'upstream sent invalid header while reading response header from upstream', times: 10 },
        ],
      },
      claims: [`answer-not-accepted: ${BASE}`],
    },
    {
      what: 'it ends kept connections too soon, which shows only while another replica is gone',
      text: configOf({ upstream: '    zone shop 64k;\n    keepalive 16;\n' }),
      evidence: crashEvidence([
        ...calmCrash(),
        sample({ at: CRASH.effective + 2_000, method: 'POST', attempts: [unanswered('app1', 1, 502)] }),
      ]),
      claims: ['keepalive-race: failover.unsafe-errors'],
    },
    {
      what: 'since its restart it refuses what it took before',
      evidence: {
        ...crashEvidence([
          ...calmCrash(),
          sample({
            at: CRASH.ready + 500,
            method: 'POST',
            attempts: [attempt('app2', { status: 403 })],
            outcome: { kind: 'answered', status: 403 },
          }),
        ]),
        replicas: REPLICAS.map((place) => ({ ...place, takesPosts: true })),
      },
      claims: ['refuses-since: failover.unsafe-errors'],
    },
    {
      what: 'its replicas end, and are not back when the broken one is',
      evidence: {
        ...crashEvidence(calmCrash().filter(({ scheduledAt }) => scheduledAt < START + CRASH.ready)),
        ended: [{ hostname: 'app1', exitCode: 0, oomKilled: false }],
        samples: [
          ...calmCrash().filter(({ scheduledAt }) => scheduledAt < START + CRASH.ready),
          sample({ at: CRASH.ready + 5, attempts: [unconnected('app1', 1)] }),
          ...steady(CRASH.ready + 10, 200, ['app3']),
        ],
      },
      claims: ['replica-lost: failover.errors failover.recover'],
    },
    {
      what: 'a replica that nobody touched is gone, and NGINX hides it',
      evidence: { ...crashEvidence(calmCrash()), ended: [{ hostname: 'app3', exitCode: 137, oomKilled: true }] },
      claims: ['replica-lost: failover.recover'],
    },
    {
      what: 'the broken one ends again once it is back',
      text: configOf({ upstream: '' }),
      evidence: { ...crashEvidence(calmCrash()), ended: [{ hostname: 'app2', exitCode: 1, oomKilled: false }] },
      claims: ['replica-lost: failover.recover'],
    },
    {
      what: 'it ends kept connections too soon',
      text: configOf({ upstream: '    zone shop 64k;\n    keepalive 16;\n' }),
      evidence: tenth(of(unanswered('app2', 1, 502))),
      claims: [`keepalive-race: ${BASE}`],
    },
    {
      what: 'it ends in the middle of answers',
      evidence: tenth((at) => sample({ at, attempts: [attempt('app2')], outcome: cutOff })),
      claims: [`answers-cut-short: ${BASE}`],
    },
    {
      what: 'it is gone all at once',
      evidence: rotationEvidence([
        ...steady(0, 300),
        ...[0, 1, 2].map((n) => sample({ at: 3_000 + n, attempts: [unconnected('app2', 1)] })),
      ]),
      claims: [`replica-lost: ${BASE}`],
    },
    {
      what: 'its one worker ends itself after so many requests',
      evidence: {
        ...rotationEvidence([
          ...steady(0, 300),
          ...[0, 1, 2].map((n) => sample({ at: 3_000 + n, attempts: [unanswered('app2', 1, 502)] })),
          ...steady(3_100, 300),
        ]),
        lastWords: [
          {
            hostname: 'app2',
            lines: [
              '[2026-11-29 16:14:50 +0000] [15] [INFO] Autorestarting worker after current request.',
              '[2026-11-29 16:14:51 +0000] [24] [INFO] Booting worker with pid: 24',
            ],
          },
        ],
      },
      claims: [`workers-end-themselves: ${BASE}`],
    },
    {
      what: 'its first answer takes longer than NGINX waits',
      evidence: rotationEvidence([
        ...[0, 1, 2].map((n) => sample({ at: 10 * n, waited: 5_000, attempts: [unanswered('app2', 5_000)] })),
        ...steady(100, 500, ['app1', 'app3']),
        ...steady(6_000, 300),
      ]),
      claims: [`first-request-slow: ${BASE}`],
    },
    { what: 'it needs a while to begin with', evidence: until(1_000), claims: [`ready-too-soon: ${BASE}`] },
  ])('$what', ({ text = configOf(), evidence, claims }) => {
    const diagnoses = diagnosed(text, [evidence]);
    expect(explained(diagnoses)).toEqual(claims);
  });

  test.each<Row>([
    { what: 'it never gets ready: that is no beginning', evidence: until(Infinity), claims: [`app-errors: ${BASE}`] },
    {
      what: 'it needs a while, and fails later too',
      evidence: rotationEvidence([...until(1_000).samples, sample({ at: 4_000, attempts: [server500] })]),
      claims: [`app-errors: ${BASE}`],
    },
    {
      what: 'it was never there: not lost',
      evidence: rotationEvidence([
        ...steady(0, 300, ['app1', 'app3']),
        ...[0, 1, 2].map((n) => sample({ at: 3_000 + n, attempts: [unconnected('app2', 1)] })),
      ]),
      claims: ['baseline.errors', 'rotation.coverage'].map((gate) => `unexplained: ${gate}`),
    },
    {
      what: 'a wait far below the time-out is no hanging',
      evidence: tenth((at) => sample({ at, waited: 201, attempts: [unanswered('app2', 200, 502)] })),
      claims: [`keepalive-race: ${BASE}`],
    },
  ])('near miss: $what', ({ text = configOf(), evidence, claims }) => {
    expect(explained(diagnosed(text, [evidence]))).toEqual(claims);
  });

  test('what was cut off by the fault is not the app’s doing', () => {
    const cut = sample({ at: CRASH.injected - 10, waited: 100, attempts: [attempt('app2')], outcome: cutOff });
    const elsewhere = sample({ at: CRASH.injected + 10, attempts: [attempt('app1')], outcome: cutOff });
    const ids = diagnosed(configOf(), [crashEvidence([...calmCrash(), cut, elsewhere])]).map(({ id }) => id);
    expect(ids).not.toContain('answers-cut-short');
  });

  test('errors of the broken replica while it is broken are not the app’s doing', () => {
    const late = sample({ at: CRASH.effective + 10, attempts: [server500] });
    const fault = { ...crashEvidence([]).fault, name: 'error' } as ScenarioEvidence['fault'];
    const evidence = { ...crashEvidence([...calmCrash(), late], { fault }), name: 'failover.error' };
    expect(explained(diagnosed(configOf(), [evidence]))).toEqual(['unexplained: failover.errors']);
  });

  test('errors of another replica meanwhile are', () => {
    const evidence = crashEvidence([
      ...calmCrash(),
      sample({ at: CRASH.effective + 10, attempts: [attempt('app1', { status: 500 })] }),
    ]);
    expect(explained(diagnosed(configOf(), [evidence]))).toEqual(['app-errors: failover.errors']);
  });

  test('a tight time-out is the configuration’s, with its place', () => {
    const text = configOf({ location: '        proxy_read_timeout 200ms;\n' });
    const evidence = tenth((at) => sample({ at, waited: 201, attempts: [unanswered('app2', 195)] }));
    const [diagnosis] = diagnosed(text, [evidence]);
    expect(diagnosis).toMatchObject({ id: 'read-timeout-short', line: lineOf(text, 'proxy_read_timeout') });
  });

  test.each([
    [403, 'was lost'],
    [429, 'of one address'],
  ])('a refusal by %d after a fault has its cause', (status, cause) => {
    const outcome = { kind: 'answered', status } as const;
    const refused = sample({ at: CRASH.effective + 2_000, attempts: [attempt('app1', { status })], outcome });
    const [diagnosis] = diagnosed(configOf(), [crashEvidence([...calmCrash(), refused])]);
    expect(diagnosis).toMatchObject({ id: 'refuses-since', cause: expect.stringContaining(cause) });
  });

  test('connections kept by default are to be switched off, given ones to be taken out', () => {
    const evidence = tenth(of(unanswered('app2', 1, 502)));
    const text = configOf({ upstream: '    zone shop 64k;\n    keepalive 16;\n' });
    expect(diagnosed(text, [evidence]).flatMap(edits)).toEqual(['- keepalive 16;', '+ keepalive 0;']);
    expect(diagnosed(text, [evidence], { nginx: { version: '1.28.0' } }).flatMap(edits)).toEqual(['- keepalive 16;']);
    expect(diagnosed(configOf(), [evidence])).toMatchObject([{ id: 'keepalive-race', file: null, diff: null }]);
  });
});

test('an app that hangs lets clients wait under a fault as well', () => {
  const hanging = (at: number, waited: number): Sample => sample({ at, waited, attempts: [unanswered('app3', 5_000)] });
  const crash = crashEvidence([...calmCrash(), hanging(CRASH.effective + 100, 7_001)]);
  const [one, ...others] = diagnosed(configOf(), [tenth((at) => hanging(at, 5_001)), crash]);
  expect(one).toMatchObject({
    id: 'app-hangs',
    gates: expect.arrayContaining(['baseline.errors', 'failover.stall']),
  });
  expect(others).toEqual([]);
});

describe('a replica that takes connections long before it answers', () => {
  const silent = (silentMs: number, samples = calmCrash()): ScenarioEvidence =>
    crashEvidence(samples, { fault: { ...FAULT, silentMs } });
  const patient = configOf({ location: '        proxy_read_timeout 60s;\n' });

  test('is warned of, whether or not NGINX sent it anything', () => {
    const judgement = judged(configOf(), [silent(8_000)]);
    expect(judgement.verdict).toBe('pass');
    expect(explained(judgement.diagnoses)).toEqual(['listens-too-soon: failover.listens-early']);
    expect(judgement.diagnoses[0]?.evidence).toMatch(/^app2, started again, took connections for 8 s before it/);
  });

  test('is told once where NGINX did', () => {
    const post = sample({
      at: CRASH.healed + 100,
      waited: 310,
      method: 'POST',
      attempts: [unanswered('app2', 300)],
    });
    expect(explained(diagnosed(configOf(), [silent(8_000, [...calmCrash(), post])]))).toEqual([
      'listens-too-soon: failover.unsafe-errors failover.listens-early',
    ]);
  });

  test.each([
    { text: patient, silentMs: 6_001, told: 1 },
    { text: patient, silentMs: 5_999, told: 0 },
    { text: configOf({ location: '        proxy_read_timeout 2s;\n' }), silentMs: 2_001, told: 1 },
    { text: configOf({ location: '        proxy_read_timeout 2s;\n' }), silentMs: 1_999, told: 0 },
  ])('for longer than anybody waits: $silentMs ms', ({ text, silentMs, told }) => {
    expect(valueOf(silent(silentMs), 'failover.listens-early', modelOf(text))).toBe(told);
  });

  test('is not asked for where none was started again', () => {
    expect(() => measurementOf(crashEvidence(calmCrash()), 'failover.listens-early')).toThrow('was not measured');
  });
});

describe('a replica that listens before it can serve', () => {
  const post = (attempts: readonly Attempt[], at = CRASH.healed + 100): Sample =>
    sample({ at, waited: 310, method: 'POST', attempts });

  test.each([
    { what: 'does not answer', attempts: [unanswered('app2', 300)] },
    { what: 'answers that it cannot', attempts: [attempt('app2', { status: 500 })] },
  ])('$what', ({ attempts }) => {
    const evidence = crashEvidence([...calmCrash(), post(attempts)]);
    const [first, ...others] = diagnosed(configOf(), [evidence]);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ id: 'listens-too-soon', gates: ['failover.unsafe-errors'] });
    expect(first?.evidence).toContain('1 request went to app2 after it was started again and before it was ready');
  });

  test.each([
    { what: 'nobody listened', attempts: [unconnected('app2', 1)] },
    { what: 'it is another replica', attempts: [unanswered('app3', 300)] },
  ])('is not to blame where $what', ({ attempts }) => {
    const evidence = crashEvidence([...calmCrash(), post(attempts)]);
    expect(diagnosed(configOf(), [evidence]).map(({ id }) => id)).not.toContain('listens-too-soon');
  });

  test('is not to blame for what was in flight when the fault ended', () => {
    const evidence = crashEvidence([...calmCrash(), post([unanswered('app2', 500)], CRASH.healed - 400)]);
    expect(diagnosed(configOf(), [evidence]).map(({ id }) => id)).not.toContain('listens-too-soon');
  });
});

test('an answer before the answer is named, and what it breaks', () => {
  const hung = rotationEvidence(
    Array.from({ length: 30 }, (_, index) =>
      sample({ at: index * 10, outcome: cutOff, attempts: [attempt('app1', { status: 103, headerMs: 1 })] }),
    ),
  );
  const [first, ...others] = diagnosed(configOf(), [hung]);
  expect(others).toEqual([]);
  expect(first).toMatchObject({
    id: 'informational-answer',
    evidence: expect.stringMatching(/^30 attempts .* came to 103\.$/),
  });
});

describe('requests that no replica saw', () => {
  const by = (status: number) => (at: number) => sample({ at, attempts: [], outcome: { kind: 'answered', status } });
  const busy = (at: number): Sample => sample({ at, attempts: [{ ...unconnected('shop', 0) }] });

  test.each<Row>([
    { what: 'NGINX answers by itself', evidence: tenth(by(200)), claims: [`no-replica-answered: ${BASE}`] },
    { what: 'NGINX fails by itself', evidence: tenth(by(500)), claims: [`no-replica-answered: ${BASE}`] },
    {
      what: 'somebody else answers',
      evidence: rotationEvidence([...steady(0, 300), of(attempt('10.9.9.9:80'))(3_000)]),
      claims: [`wrong-upstream: ${BASE}`],
    },
    { what: 'all are set aside', evidence: tenth(busy), claims: [`no-live-upstreams: ${BASE}`] },
    {
      what: 'all are at their limit',
      text: configOf({ servers: ['app1:5000 max_conns=1', 'app2:5000 max_conns=1', 'app3:5000'] }),
      evidence: tenth(busy),
      claims: [`max-conns: ${BASE}`],
    },
    {
      what: 'limits, and all set aside for another reason: limits come first',
      text: configOf({ servers: ['app1:5000 max_conns=100', 'app2:5000', 'app3:5000'] }),
      evidence: tenth(of(server500)),
      claims: [`app-errors: ${BASE}`],
    },
  ])('$what', ({ text = configOf(), evidence, claims }) => {
    expect(explained(diagnosed(text, [evidence]))).toEqual(claims);
  });

  test('limits are taken out of the lines that have them', () => {
    const text = configOf({ servers: ['app1:5000 max_conns=1 max_fails=2', 'app2:5000', 'app3:5000 max_conns=2'] });
    expect(diagnosed(text, [tenth(busy)]).flatMap(edits)).toEqual([
      '- server app1:5000 max_conns=1 max_fails=2;',
      '+ server app1:5000 max_fails=2;',
      '- server app3:5000 max_conns=2;',
      '+ server app3:5000;',
    ]);
  });

  test('answers that set servers aside are named, where there were any', () => {
    const text = configOf({ location: '        proxy_next_upstream error timeout http_503 http_500;\n' });
    const fixOf = (config: string, ...more: readonly Sample[]): string | undefined => {
      const refusals = Array.from({ length: 30 }, (_, index) => busy(index * 100));
      const evidence = crashEvidence([...calmCrash(), ...refusals, ...more]);
      return diagnosed(config, [evidence]).find(({ id }) => id === 'no-live-upstreams')?.fix;
    };
    const refused = sample({ at: 500, attempts: [attempt('app1', { status: 503 }), attempt('app3')] });
    expect(fixOf(text, refused)).toMatch(/^Take `http_503` out/);
    const refusals = Array.from({ length: 30 }, (_, index) => busy(index * 100));
    const [one] = diagnosed(text, [crashEvidence([...calmCrash(), ...refusals, refused])]);
    expect(one).toMatchObject({ id: 'no-live-upstreams', line: lineOf(text, 'proxy_next_upstream') });
    expect(one === undefined ? [] : edits(one)).toEqual([
      '- proxy_next_upstream error timeout http_503 http_500;',
      '+ proxy_next_upstream error timeout http_500;',
    ]);
    expect(fixOf(text)).toMatch(/^Look for the cause in the app/);
    expect(fixOf(configOf({ servers: ['app1:5000', 'app2:5000', 'app3:5000'] }))).toMatch(/^Use `max_fails=2/);
  });

  test('what NGINX wrote of the attempts that failed comes before that nobody was left', () => {
    const complaints = [
      { message: 'no live upstreams while connecting to upstream', times: 298 },
      { message: 'connect() failed (22: Invalid argument) while connecting to upstream', times: 4 },
    ];
    const [one] = diagnosed(configOf(), [{ ...tenth(busy), complaints }]);
    expect(one).toMatchObject({
      id: 'no-live-upstreams',
      evidence: expect.stringContaining('NGINX wrote: connect() failed (22: Invalid argument)'),
      fix: expect.stringMatching(/^Look for the cause in what NGINX wrote, and in the app/),
    });
  });

  test('where all are set aside from the first, none of them serves', () => {
    const samples = Array.from({ length: 300 }, (_, index) => busy(index * 10));
    expect(explained(diagnosed(configOf(), [rotationEvidence(samples)]))).toEqual([
      `no-live-upstreams: ${BASE} rotation.coverage`,
    ]);
  });

  const DENIED = '        if ($request_method = POST) {\n            return 405;\n        }\n';
  test.each([
    { what: 'the one `return` that gives the status is named', location: DENIED, line: 'return 405;' },
    { what: 'none is named of two', location: `${DENIED}${DENIED}`, line: null },
    { what: 'none is named that gives another', location: DENIED.replace('405', '403'), line: null },
  ])('$what', ({ location, line }) => {
    const text = configOf({ location });
    const [one] = diagnosed(text, [tenth(by(405))]);
    expect(one).toMatchObject({ id: 'no-replica-answered', line: line === null ? null : lineOf(text, line) });
    expect(one?.cause.includes('as `return 405`')).toBe(line !== null);
  });

  test('POSTs that NGINX answers while a fault is on are told of as well', () => {
    const evidence = crashEvidence([
      ...calmCrash(),
      sample({ at: CRASH.effective + 10, method: 'POST', attempts: [], outcome: { kind: 'answered', status: 405 } }),
    ]);
    expect(explained(diagnosed(configOf(), [evidence]))).toEqual(['no-replica-answered: failover.unsafe-errors']);
  });
});

describe('what no rule knows', () => {
  test('tells each gate by itself, with the worst request', () => {
    const evidence = rotationEvidence([
      ...steady(0, 300),
      sample({ at: 100, waited: 900, attempts: null, outcome: { kind: 'timeout' } }),
      sample({ at: 100, waited: 400, attempts: null, outcome: { kind: 'timeout' } }),
    ]);
    const diagnoses = diagnosed(configOf(), [evidence]);
    expect(explained(diagnoses)).toEqual(['unexplained: baseline.errors']);
    expect(diagnoses[0]?.evidence).toMatch(/waited 0\.9 s and got timeout; NGINX's attempts: none logged\.$/);
  });
});

describe('answers that take as long as no client should wait', () => {
  const slow = (at: number, replica: string, waited = 8_000): Sample =>
    sample({ at, waited, attempts: [attempt(replica, { headerMs: waited, responseMs: waited })] });
  const ids = (...samples: readonly Sample[]): readonly string[] =>
    explained(
      diagnosed(configOf({ location: '        proxy_connect_timeout 1s;\n        proxy_read_timeout 30s;\n' }), [
        crashEvidence([...calmCrash(), ...samples]),
      ]),
    );

  test.each([
    ['of a replica that nobody broke', slow(CRASH.effective + 100, 'app1')],
    ['of one that is mended again', slow(CRASH.ready + 100, 'app2')],
  ])('%s are the app’s own', (_whose, one) => {
    expect(ids(one)).toEqual(['app-slow: failover.stall']);
  });

  test('of the one that is broken are the doing of the fault', () => {
    expect(ids(slow(CRASH.effective + 100, 'app2'))).toEqual(['read-timeout: failover.stall']);
  });
});

describe('a connection that the app closed just when a request came', () => {
  const lost = crashEvidence([
    ...calmCrash(),
    sample({ at: 100, attempts: [unanswered('app2', 1, 502), attempt('app3')] }),
  ]);
  const failing = (status: number): ScenarioEvidence =>
    rolloutEvidence([
      ...calmRollout(),
      ...[0, 1, 2].map((n) => sample({ at: ROLL.begun + 100 + n, attempts: [unanswered('app2', 1, status)] })),
    ]);

  test('in one check does not explain the errors of another', () => {
    const claims = explained(diagnosed(configOf(), [lost, failing(504)]));
    expect(claims.join()).not.toContain('keepalive-race');
  });

  test('is known from what was sent to replicas while others had their turn in an update', () => {
    expect(explained(diagnosed(configOf({ upstream: '    keepalive 16;\n' }), [failing(502)]))).toEqual([
      'keepalive-race: rollout.errors',
    ]);
  });

  test('explains them where they were met there as well', () => {
    expect(explained(diagnosed(configOf(), [lost, failing(502)]))).toContain('keepalive-race: rollout.errors');
  });
});

describe('an app each worker of which serves one connection', () => {
  const KEEPING = configOf({ upstream: '    keepalive 16;\n' });
  const hung = (replica: string): Sample =>
    sample({ at: CRASH.effective + 100, waited: 5_000, attempts: [unanswered(replica, 5_000), attempt('app3')] });
  const under = (changes: Partial<ScenarioEvidence>, replica = 'app1'): ScenarioEvidence =>
    crashEvidence([...calmCrash(), ...[0, 1, 2].map(() => ({ ...hung(replica), outcome: cutOff }))], changes);

  test('is told that NGINX keeps all of them busy', () => {
    const [first] = diagnosed(KEEPING, [under({ idleRoom: 2 })]);
    expect(first).toMatchObject({
      id: 'keepalive-takes-workers',
      line: lineOf(KEEPING, 'keepalive 16'),
      cause: expect.stringContaining('idle or not; NGINX keeps up to 16 idle connections') as unknown,
    });
    expect(first === undefined ? [] : edits(first)).toEqual(['- keepalive 16;', '+ keepalive 0;']);
  });

  test('is warned of where no request met that', () => {
    const [first, ...others] = diagnosed(KEEPING, [rotationEvidence(steady(0, 300), { idleRoom: 2 })], {
      nginx: { workers: 4 },
    });
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      ...{ id: 'keepalive-takes-workers', gates: ['rotation.held'] },
      evidence: expect.stringContaining('No request of this run met that.') as unknown,
    });
  });

  test.each([
    ['it has room beside them', under({ idleRoom: null })],
    ['only the broken replica hung', under({ idleRoom: 2 }, FAULT.victim ?? '')],
  ])('is not to blame where %s', (_, evidence) => {
    expect(explained(diagnosed(KEEPING, [evidence])).join()).not.toContain('keepalive-takes-workers');
  });
});
