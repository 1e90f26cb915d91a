import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../src/checks/evidence';
import type { Gate } from '../../src/settings/gates';
import { profileGates } from '../../src/settings/profiles';
import type { Judgement } from '../../src/verdict/verdict';
import { judge } from '../../src/verdict/verdict';
import {
  attempt,
  calmCrash,
  CONFIG_PATH,
  CRASH,
  crashEvidence,
  modelOf,
  rotationEvidence,
  sample,
  START,
  steady,
  unanswered,
  unconnected,
} from '../support/evidence';

function fixture(name: string): string {
  return readFileSync(`fixtures/nginx/${name}.conf`, 'utf8');
}

function judged(text: string, ...scenarios: readonly ScenarioEvidence[]): Judgement {
  return judge({ ...caseOf(text), scenarios, gates: profileGates('standard', ['rotation', 'failover']) });
}

function caseOf(text: string): Omit<Parameters<typeof judge>[0], 'scenarios' | 'gates'> {
  return {
    nginx: modelOf(text),
    config: { containerPath: CONFIG_PATH, workspacePath: 'nginx/default.conf', text },
    appPort: 5000,
    dockerfile: null,
  };
}

function failing({ gates }: Judgement): readonly string[] {
  return gates.filter((gate) => gate.outcome === 'fail').map((gate) => gate.metric);
}

const on = CRASH.effective + 1_000;

describe('a good cluster', () => {
  test('passes every gate, with nothing to diagnose', () => {
    const judgement = judged(fixture('good-server'), rotationEvidence(steady(0, 300)), crashEvidence(calmCrash()));
    expect(judgement.verdict).toBe('pass');
    expect(judgement.diagnoses).toEqual([]);
    expect(judgement.gates.map((gate) => gate.outcome)).toEqual(judgement.gates.map(() => 'pass'));
  });
});

describe('a wait for a replica that is gone', () => {
  const stuck = sample({ at: on, waited: 38_000, attempts: [unconnected('app2', 37_990), attempt('app3')] });
  const judgement = judged(fixture('textbook'), crashEvidence([...calmCrash(), stuck]));

  test('fails on the stall alone', () => {
    expect(judgement.verdict).toBe('fail');
    expect(failing(judgement)).toEqual(['failover.stall']);
  });

  test('says which directive is missing, where, and what to add', () => {
    expect(judgement.diagnoses).toHaveLength(1);
    expect(judgement.diagnoses[0]).toMatchObject({
      id: 'connect-timeout',
      gates: ['failover.stall'],
      file: 'nginx/default.conf',
      cause: expect.stringContaining("sets no proxy_connect_timeout, so NGINX's default of 60 s applies"),
      evidence: expect.stringContaining('1 request waited longer than the gate allows, 38 s: GET'),
      fix: expect.stringContaining('Add `proxy_connect_timeout 1s;`'),
      diff: expect.stringContaining('+        proxy_connect_timeout 1s;'),
    });
  });

  test('adds it before an `if` that the proxy_pass stands in, where it would not be taken', () => {
    const text = fixture('textbook').replace(
      / *(proxy_pass .*;)/,
      '        if (!-f $request_filename) {\n            $1\n        }',
    );
    const [diagnosis] = judged(text, crashEvidence([...calmCrash(), stuck])).diagnoses;
    expect(diagnosis?.diff).toContain('+        proxy_connect_timeout 1s;\n         if (');
  });

  test('points at the directive where there is one', () => {
    const text = fixture('textbook').replace('proxy_pass', 'proxy_connect_timeout 45s;\n        proxy_pass');
    const line = text.split('\n').findIndex((one) => one.includes('proxy_connect_timeout')) + 1;
    expect(judged(text, crashEvidence([...calmCrash(), stuck])).diagnoses[0]).toMatchObject({
      id: 'connect-timeout',
      line,
      cause: expect.stringContaining(`nginx/default.conf:${line} sets proxy_connect_timeout to 45 s`),
      diff: expect.stringMatching(/-\s+proxy_connect_timeout 45s;\n\+\s+proxy_connect_timeout 1s;/),
    });
  });

  test('is told from a wait for an answer also where the mended replica answered at last', () => {
    const text = fixture('textbook').replace('proxy_pass', 'proxy_read_timeout 5s;\n        proxy_pass');
    const late = { connectMs: 19_516, headerMs: 19_517, responseMs: 19_517 };
    const mended = sample({ at: on, waited: 19_530, attempts: [attempt('app2', late)] });
    expect(judged(text, crashEvidence([...calmCrash(), mended])).diagnoses.map(({ id }) => id)).toEqual([
      'connect-timeout',
    ]);
  });

  test('never asks for what is there already', () => {
    const text = fixture('textbook').replace('proxy_pass', 'proxy_connect_timeout 1s;\n        proxy_pass');
    expect(judged(text, crashEvidence([...calmCrash(), stuck])).diagnoses.map(({ id }) => id)).toEqual(['unexplained']);
  });

  test('is told from a wait for an answer', () => {
    const silent = sample({ at: on, waited: 60_010, attempts: [unanswered('app2', 60_000), attempt('app3')] });
    expect(judged(fixture('textbook'), crashEvidence([...calmCrash(), silent])).diagnoses[0]).toMatchObject({
      id: 'read-timeout',
      fix: expect.stringContaining('proxy_read_timeout 5s;'),
    });
  });
});

describe('a wait so long that clients give up', () => {
  const text = fixture('textbook').replace('proxy_pass', 'proxy_read_timeout 1h;\n        proxy_pass');
  const hung = (method: 'GET' | 'POST') =>
    sample({
      at: on,
      method,
      waited: 75_000,
      outcome: { kind: 'timeout' },
      attempts: [unanswered('app2', 75_000)],
    });
  const starved = sample({ at: on, attempts: [], outcome: { kind: 'answered', status: 500 } });

  test('has one cause, also of the errors that come of it', () => {
    const judgement = judged(text, crashEvidence([...calmCrash(), hung('GET'), hung('POST'), starved]));
    expect(judgement.diagnoses.map(({ id }) => id)).toEqual(['read-timeout']);
    expect(failing(judgement)).toEqual(expect.arrayContaining(['failover.errors', 'failover.stall']));
  });

  test('also of what NGINX could not take for all those that waited', () => {
    const refused = (at: number) =>
      sample({ at, attempts: null, outcome: { kind: 'transport', code: 'ECONNRESET', reusedConnection: false } });
    const minute = fixture('textbook');
    const waits = Array.from({ length: 250 }, (_, index) =>
      sample({ at: on + index, waited: 60_010, attempts: [unanswered('app2', 60_000), attempt('app3')] }),
    );
    const hungMany = judged(minute, crashEvidence([...calmCrash(), ...waits, refused(on + 300)]));
    const hungOnce = judged(minute, crashEvidence([...calmCrash(), ...waits.slice(0, 3), refused(on + 300)]));
    expect(hungMany.diagnoses.map(({ id }) => id)).toEqual(['read-timeout']);
    expect(hungOnce.diagnoses.map(({ id }) => id)).toEqual(['read-timeout', 'unexplained']);
  });

  test('also of a replica that is set aside again when it is mended', () => {
    const late = Array.from({ length: 3 }, (_, index) =>
      sample({
        at: CRASH.healed - 500 + index,
        waited: 60_000,
        attempts: [unanswered('app2', 59_990), attempt('app3')],
      }),
    );
    const gone = [...calmCrash().filter(({ scheduledAt }) => scheduledAt < START + CRASH.ready), ...late];
    const without = [...gone, ...steady(CRASH.ready, 250, ['app1', 'app3'])];
    const judgement = judged(fixture('textbook'), crashEvidence(without));
    expect(failing(judgement)).toEqual(expect.arrayContaining(['failover.stall', 'failover.recover']));
    expect(judgement.diagnoses.map(({ id }) => id)).toEqual(['read-timeout']);
  });

  test('is not behind an answer of NGINX alone where nobody gave up', () => {
    const judgement = judged(text, crashEvidence([...calmCrash(), starved]));
    expect(judgement.diagnoses.map(({ id }) => id)).toEqual(['no-replica-answered']);
  });
});

describe('a wait that may be the machine’s own slowness in part', () => {
  const waited = (requestMs: number, healthyMs: number, delayMs = 0): Judgement => {
    const answer = { headerMs: healthyMs, responseMs: healthyMs };
    const attempts = [unanswered('app2', 5_000), attempt('app3', answer)];
    const one = sample({ at: on, waited: 6_500 + delayMs, attempts, delayMs });
    if (one.proxy === null) throw new Error('no line of NGINX');
    return judged(
      fixture('good-server'),
      crashEvidence([...calmCrash(), { ...one, proxy: { ...one.proxy, requestMs } }]),
    );
  };

  test.each([
    { what: 'outside NGINX', judgement: waited(5_020, 5), says: '1480 ms before NGINX had the request' },
    { what: 'with another replica', judgement: waited(6_500, 1_490), says: '1490 ms of it with a replica that nobody' },
    {
      what: 'with another replica, beside the delay that was asked for',
      judgement: waited(8_000, 2_990, 1_500),
      says: '1490 ms of it with a replica that nobody',
    },
  ])('proves nothing: $what', ({ judgement: { gates, verdict }, says }) => {
    expect(verdict).toBe('inconclusive');
    expect(gates.find(({ metric }) => metric === 'failover.stall')).toMatchObject({
      outcome: 'inconclusive',
      observed: 6_500,
      reason: expect.stringContaining(says),
    });
  });

  test.each([
    { what: 'it is too long without that part, too', judgement: waited(6_500, 400) },
    { what: 'the delay that was asked for is no slowness', judgement: waited(8_000, 1_505, 1_500) },
  ])('fails where $what', ({ judgement }) => {
    expect(failing(judgement)).toEqual(['failover.stall']);
  });

  test('fails on an attempt on another replica that was not answered', () => {
    const attempts = [unanswered('app1', 6_490), attempt('app3')];
    const one = sample({ at: on, waited: 6_500, attempts });
    expect(failing(judged(fixture('good-server'), crashEvidence([...calmCrash(), one])))).toEqual(['failover.stall']);
  });
});

describe('mistakes in the upstream', () => {
  const shares = (replicas: readonly string[]): ScenarioEvidence => rotationEvidence(steady(0, 300, replicas));
  test.each([
    {
      name: 'one-replica',
      served: ['app1'],
      id: 'single-upstream',
      fails: 'rotation.coverage',
      fix: 'server app2:5000;',
    },
    {
      name: 'replica-twice',
      served: ['app1', 'app2', 'app2'],
      id: 'replica-twice',
      fails: 'rotation.coverage',
      fix: 'server app3:5000;',
    },
    {
      name: 'replica-twice-all',
      served: ['app1', 'app2', 'app3', 'app1'],
      id: 'replica-twice',
      fails: 'rotation.excess',
      fix: 'Remove the line',
    },
    {
      name: 'backup-by-mistake',
      served: ['app1', 'app2'],
      id: 'replica-backup',
      fails: 'rotation.coverage',
      fix: 'Remove `backup`',
    },
  ])('$name', ({ name, served, id, fails, fix }) => {
    const judgement = judged(fixture(name), shares(served));
    expect(failing(judgement)).toContain(fails);
    expect(judgement.diagnoses[0]).toMatchObject({
      id,
      file: 'nginx/default.conf',
      line: expect.any(Number),
      fix: expect.stringContaining(fix),
    });
  });

  test('a server that is down', () => {
    const text = fixture('textbook').replace('server app3:5000;', 'server app3:5000 down;');
    expect(judged(text, shares(['app1', 'app2'])).diagnoses[0]).toMatchObject({
      id: 'replica-down',
      diff: expect.stringMatching(/\+\s*server app3:5000;/),
    });
  });
});

describe('mistakes in what NGINX retries', () => {
  const failed = (method: 'GET' | 'POST'): ScenarioEvidence =>
    crashEvidence([
      ...calmCrash(),
      sample({ at: on, waited: 1_001, method, attempts: [unconnected('app2', 1_000, 504)] }),
    ]);
  const terms = (lines: string): string => fixture('textbook').replace('proxy_pass', `${lines}\n        proxy_pass`);

  test('proxy_next_upstream off', () => {
    const judgement = judged(fixture('next-upstream-off'), failed('GET'));
    expect(failing(judgement)).toEqual(['failover.errors']);
    expect(judgement.diagnoses[0]).toMatchObject({
      id: 'next-upstream-off',
      file: 'nginx/default.conf',
      fix: expect.stringContaining('proxy_next_upstream error timeout;'),
    });
  });

  test.each([
    { lines: 'proxy_next_upstream_tries 1;', id: 'next-upstream-tries' },
    { lines: 'proxy_next_upstream_timeout 1s;', id: 'next-upstream-timeout' },
    { lines: 'proxy_next_upstream http_502;', id: 'next-upstream-off' },
  ])('$lines', ({ lines, id }) => {
    expect(judged(terms(lines), failed('GET')).diagnoses[0]).toMatchObject({ id, file: 'nginx/default.conf' });
  });

  test('non_idempotent', () => {
    const twice = sample({ at: on, method: 'POST', attempts: [unanswered('app2', 1, 502), attempt('app1')] });
    const judgement = judged(
      terms('proxy_next_upstream error timeout non_idempotent;'),
      crashEvidence([...calmCrash(), twice]),
    );
    expect(failing(judgement)).toEqual(['failover.duplicates']);
    expect(judgement.diagnoses[0]).toMatchObject({
      id: 'non-idempotent',
      fix: expect.stringContaining('error timeout;'),
    });
  });

  test('non_idempotent in a location for POSTs', () => {
    const text = terms('error_page 418 = @posts;\n        if ($request_method = POST) { return 418; }').replace(
      'server {',
      'server {\n    location @posts { proxy_next_upstream error non_idempotent; proxy_pass http://shop; }',
    );
    const twice = sample({ at: on, method: 'POST', attempts: [unanswered('app2', 1, 502), attempt('app1')] });
    expect(judged(text, crashEvidence([...calmCrash(), twice])).diagnoses).toMatchObject([
      { id: 'non-idempotent', fix: expect.stringContaining('proxy_next_upstream error;') as unknown },
    ]);
  });
});

describe('mistakes of other kinds', () => {
  test('NGINX answers by itself', () => {
    const text = 'server { listen 80; location / { return 200 ok; } }';
    const samples = Array.from({ length: 100 }, (_, index) => sample({ at: index * 10, attempts: [] }));
    const judgement = judged(text, rotationEvidence(samples));
    expect(failing(judgement)).toContain('baseline.errors');
    expect(judgement.diagnoses[0]).toMatchObject({
      id: 'no-replica-answered',
      cause: expect.stringContaining('return 200'),
    });
  });

  test.each([
    ['what the app has to do with it', [], /^Ask for a path that goes to the replicas/],
    [
      'who knows the names, where NGINX looked them up in vain',
      [{ message: 'app1 could not be resolved (3: Host not found)', times: 3 }],
      /^Let `resolver` name a server that knows the replicas’ names/,
    ],
  ])('NGINX answers by itself, and is told %s', (_what, complaints, fix) => {
    const samples = Array.from({ length: 100 }, (_, index) => sample({ at: index * 10, attempts: [] }));
    const { diagnoses } = judged('server { listen 80; }', rotationEvidence(samples, { complaints }));
    expect(diagnoses.find(({ id }) => id === 'no-replica-answered')?.fix).toMatch(fix);
  });

  test('NGINX answers by itself, and would not for another name', () => {
    const samples = Array.from({ length: 100 }, (_, index) => sample({ at: index * 10, attempts: [] }));
    const text =
      'upstream shop { server app1:5000; server app2:5000; server app3:5000; } server { listen 80; return 404; } ' +
      'server { listen 80; server_name shop.example.com; location / { proxy_pass http://shop; } }';
    const [diagnosis] = judged(text, rotationEvidence(samples)).diagnoses;
    expect(diagnosis).toMatchObject({
      id: 'no-replica-answered',
      fix: 'Ask for a name whose server hands requests to the replicas (input host): `shop.example.com`.',
    });
  });

  test.each([
    {
      condition: '$host != "shop.example.com"',
      fix: 'Ask for a name that it lets through (input host): `shop.example.com` and `www.shop.example.com`.',
    },
    {
      condition: '$http_x_forwarded_proto != "https"',
      fix: 'Let requests carry the header that it looks at (input request-headers): `X-Forwarded-Proto: https`.',
    },
    {
      condition: '$invalid_referer',
      fix: 'Let requests carry the header that it looks at (input request-headers): `Referer: https://www.shop.example.com/`.',
    },
    {
      condition: '$request_method = POST',
      fix: 'Take it out for GET and POST of the input probe-path, or give a path that the replicas serve.',
    },
  ])('NGINX turns those away who do not say what it wants to hear: $condition', ({ condition, fix }) => {
    const samples = Array.from({ length: 100 }, (_, index) =>
      sample({ at: index * 10, attempts: [], outcome: { kind: 'answered', status: 301 } }),
    );
    const text =
      'upstream shop { server app1:5000; server app2:5000; server app3:5000; }\n' +
      `server { listen 80; server_name shop.example.com www.shop.example.com _; valid_referers none server_names *.shop.example.com; if (${condition}) { return 301 https://shop/; } ` +
      'location / { proxy_pass http://shop; } }';
    const { diagnoses } = judged(text, rotationEvidence(samples));
    expect(diagnoses.find(({ id }) => id === 'no-replica-answered')?.fix).toBe(fix);
  });

  test('the app itself fails', () => {
    const broken = sample({ at: 500, attempts: [attempt('app1', { status: 500 })] });
    expect(judged(fixture('good-server'), rotationEvidence([...steady(0, 300), broken])).diagnoses[0]).toMatchObject({
      id: 'app-errors',
      gates: ['baseline.errors'],
    });
  });

  test('every server was set aside', () => {
    const refused = sample({ at: on, attempts: [{ ...unconnected('flask_cluster', 0) }] });
    expect(
      judged(fixture('textbook'), crashEvidence([...calmCrash(), refused])).diagnoses.map((one) => one.id),
    ).toEqual(['no-live-upstreams']);
  });

  test('a late generator, where that is a mere warning', () => {
    const text = fixture('good-server');
    const late = {
      ...rotationEvidence(steady(0, 300)),
      load: { notSent: 0, lagP99Ms: 80, lagMaxMs: 90, sent: 300, clientRetries: 0 },
    };
    const gates = profileGates('standard', ['rotation']).map((gate): Gate => ({
      ...gate,
      severity: gate.metric === 'load.lag' ? 'warn' : 'fail',
    }));
    const { diagnoses } = judge({ ...caseOf(text), scenarios: [late], gates });
    expect(diagnoses).toMatchObject([
      {
        id: 'generator-late',
        gates: ['load.lag'],
        evidence: 'Of 300 requests one in a hundred was sent 80 ms late, or later.',
      },
    ]);
  });

  test('what no rule knows is told by its numbers', () => {
    const slow = sample({ at: on, waited: 9_000, attempts: null });
    const judgement = judged(fixture('good-server'), crashEvidence([...calmCrash(), slow]));
    expect(judgement.diagnoses).toMatchObject([
      { id: 'unexplained', gates: ['failover.stall'], evidence: expect.stringContaining('waited 9 s and got 200') },
    ]);
  });
});
