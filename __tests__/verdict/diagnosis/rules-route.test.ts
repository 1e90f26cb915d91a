import { describe, expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../../src/checks/evidence';
import type { Sample } from '../../../src/traffic/sample';
import { configOf, diagnosed, edits, explained, lineOf } from '../../support/diagnosed';
import {
  attempt,
  calmCrash,
  CRASH,
  crashEvidence,
  rotationEvidence,
  sample,
  steady,
  unanswered,
  unconnected,
} from '../../support/evidence';

const BASE = 'baseline.errors';
const at = (...lines: readonly string[]): string =>
  configOf({ location: lines.map((line) => `        ${line}\n`).join('') });
const calm = (...extra: readonly Sample[]): ScenarioEvidence => rotationEvidence([...steady(0, 300), ...extra]);
const by = (status: number, method: 'GET' | 'POST' = 'GET'): Sample =>
  sample({ at: 3_000, method, attempts: [], outcome: { kind: 'answered', status } });
const SICK = sample({ at: 3_000, attempts: [attempt('app1', { status: 500 })] });
const VARIABLE =
  'server {\n    listen 80;\n    location / {\n        set $to app1:5000;\n        proxy_pass http://$to;\n    }\n}\n';
const POOLS = `split_clients $request_id $pool { 50% stable; * canary; }
upstream stable { server app1:5000; server app2:5000; }
upstream canary { server app3:5000; }
${VARIABLE.replace('set $to app1:5000;', '').replace('$to', '$pool')}`;

const NOT_FOUND = [{ message: 'auth request unexpected status: 404 while sending to client', times: 3 }];

test.each([
  { times: 1, words: 'NGINX answered 1 request by itself, no replica saw it: for example' },
  { times: 2, words: 'NGINX answered 2 requests by itself, no replica saw them: for example' },
])('$times that NGINX turned away', ({ times, words }) => {
  const [first] = diagnosed(at('deny all;'), [calm(...Array.from({ length: times }, () => by(403)))]);
  expect(first?.evidence).toContain(words);
});

test.each([
  { status: 404, fix: /^Ask for a path that is served there: what is asked for at nginx\/default\.conf:11/ },
  { status: 302, fix: /answer 401 instead of sending clients elsewhere/ },
  { status: 405, fix: /^Let who is asked answer 2xx, 401 or 403/ },
])('a question before each request that is answered $status has its place where it is asked', ({ status, fix }) => {
  const text = configOf({
    server: '    location = /auth {\n        proxy_pass http://shop/allowed;\n    }\n    auth_request /auth;\n',
  });
  const complaints = [{ message: `auth request unexpected status: ${status} while sending to client`, times: 3 }];
  expect(diagnosed(text, [{ ...calm(by(500)), complaints }])).toMatchObject([
    {
      ...{ id: 'auth-request-answer', line: lineOf(text, '/allowed') },
      cause: expect.stringContaining(
        `http://shop/allowed\` at nginx/default.conf:11, and the answer is ${status}`,
      ) as unknown,
      evidence: expect.stringContaining('NGINX wrote: auth request unexpected status') as unknown,
      fix: expect.stringMatching(fix) as unknown,
    },
  ]);
});

interface Row {
  readonly what: string;
  readonly text: string;
  readonly evidence: ScenarioEvidence;
  readonly claims: readonly string[];
  readonly edit?: readonly string[];
}

describe('requests that NGINX turns away', () => {
  test.each<Row>([
    {
      what: 'too many a second: the rate in the zone’s line, the burst in the other',
      text: `limit_req_zone $binary_remote_addr zone=one:1m rate=5r/s;\n${at('limit_req zone=one burst=2;')}`,
      evidence: calm(by(503)),
      claims: [`limit-req: ${BASE}`],
      edit: [
        '- limit_req_zone $binary_remote_addr zone=one:1m rate=5r/s;',
        '+ limit_req_zone $binary_remote_addr zone=one:1m rate=2000r/s;',
        '- limit_req zone=one burst=2;',
        '+ limit_req zone=one burst=400 nodelay;',
      ],
    },
    {
      what: 'too many a second, by a status of its own',
      text: at('limit_req zone=one;', 'limit_req_status 429;'),
      evidence: calm(by(429)),
      claims: [`limit-req: ${BASE}`],
      edit: ['- limit_req zone=one;', '+ limit_req zone=one burst=400 nodelay;'],
    },
    {
      what: 'too many a second, who wait for their turn',
      text: `limit_req_zone $binary_remote_addr zone=one:1m rate=50r/s;\n${at('limit_req zone=one burst=2000;')}`,
      evidence: crashEvidence([
        ...calmCrash(),
        sample({ at: CRASH.effective + 9, waited: 7_000, attempts: [attempt('app1')] }),
      ]),
      claims: ['limit-req: failover.stall'],
      edit: [
        '- limit_req_zone $binary_remote_addr zone=one:1m rate=50r/s;',
        '+ limit_req_zone $binary_remote_addr zone=one:1m rate=2000r/s;',
        '- limit_req zone=one burst=2000;',
        '+ limit_req zone=one burst=400 nodelay;',
      ],
    },
    {
      what: 'after somebody else was asked, for whom they wait',
      text: at('auth_request /auth;'),
      evidence: crashEvidence([
        ...calmCrash(),
        sample({ at: CRASH.effective + 9, waited: 7_000, attempts: [attempt('app1')] }),
      ]),
      claims: ['auth-request-waits: failover.stall'],
    },
    {
      what: 'after somebody else was asked, for whom they wait without end',
      text: configOf({
        server: '    location = /auth {\n        proxy_pass http://shop/auth;\n    }\n    auth_request /auth;\n',
      }),
      evidence: crashEvidence([
        ...calmCrash(),
        sample({ at: CRASH.effective + 9, waited: 60_000, attempts: [attempt('app1')] }),
      ]),
      claims: ['auth-request-waits: failover.stall'],
      edit: ['+ proxy_connect_timeout 1s;', '+ proxy_read_timeout 2s;'],
    },
    {
      what: 'after somebody else was asked, for whom they wait for a time that is said there',
      text: configOf({
        server:
          '    location = /auth {\n        proxy_pass http://shop/auth;\n        proxy_connect_timeout 1s;\n        proxy_read_timeout 30s;\n    }\n    auth_request /auth;\n',
      }),
      evidence: crashEvidence([
        ...calmCrash(),
        sample({ at: CRASH.effective + 9, waited: 30_000, attempts: [attempt('app1')] }),
      ]),
      claims: ['auth-request-waits: failover.stall'],
      edit: ['- proxy_read_timeout 30s;', '+ proxy_read_timeout 2s;'],
    },
    {
      what: 'too many at a time',
      text: at('limit_conn addr 1;'),
      evidence: calm(by(503)),
      claims: [`limit-conn: ${BASE}`],
      edit: ['- limit_conn addr 1;', '+ limit_conn addr 100;'],
    },
    {
      what: 'too large',
      text: configOf({ server: '    client_max_body_size 10;\n' }),
      evidence: calm(by(413, 'POST')),
      claims: [`body-limit: ${BASE}`],
      edit: ['- client_max_body_size 10;', '+ client_max_body_size 1m;'],
    },
    {
      what: 'from elsewhere',
      text: at('allow 10.0.0.0/8;', 'deny all;'),
      evidence: calm(by(403)),
      claims: [`access-denied: ${BASE}`],
    },
    {
      what: 'without a password',
      text: at('auth_basic "staff";'),
      evidence: calm(by(401)),
      claims: [`access-denied: ${BASE}`],
    },
    {
      what: 'without a file of passwords',
      text: at('auth_basic "staff";', 'auth_basic_user_file .htpasswd;'),
      evidence: {
        ...calm(by(403)),
        complaints: [{ message: 'open() "/etc/nginx/.htpasswd" failed (2: No such file or directory)', times: 9 }],
      },
      claims: [`passwords-missing: ${BASE}`],
    },
    {
      what: 'without a password, and another file is missing',
      text: at('auth_basic "staff";', 'auth_basic_user_file .htpasswd;'),
      evidence: {
        ...calm(by(401)),
        complaints: [{ message: 'open() "/srv/a.css" failed (2: No such file)', times: 9 }],
      },
      claims: [`access-denied: ${BASE}`],
    },
    {
      what: 'by their method',
      text: at('limit_except GET {', '    deny all;', '}'),
      evidence: calm(by(403, 'POST')),
      claims: [`access-denied: ${BASE}`],
      edit: ['- limit_except GET {', '+ limit_except GET POST {'],
    },
    {
      what: 'by somebody who is not there',
      text: at('auth_request /auth;'),
      evidence: calm(by(500)),
      claims: [`auth-request: ${BASE}`],
    },
    {
      what: 'by somebody who does not answer',
      text: at('auth_request /auth;'),
      evidence: { ...calm(by(500)), complaints: [{ message: 'auth request unexpected status: 502', times: 1 }] },
      claims: [`auth-request: ${BASE}`],
    },
    {
      what: 'by one replica alone, which is lost',
      text: configOf({
        server: '    location = /auth {\n        proxy_pass http://app2:5000/;\n    }\n    auth_request /auth;\n',
      }),
      evidence: crashEvidence([
        ...calmCrash(),
        sample({ at: CRASH.effective + 9, attempts: [], outcome: { kind: 'answered', status: 500 } }),
      ]),
      claims: ['auth-request: failover.errors failover.alone'],
      edit: ['- proxy_pass http://app2:5000/;', '+ proxy_pass http://shop/;'],
    },
    {
      what: 'by an answer that NGINX does not understand',
      text: at('auth_request /auth;'),
      evidence: { ...calm(by(500)), complaints: NOT_FOUND },
      claims: [`auth-request-answer: ${BASE}`],
    },
  ])('$what', ({ text, evidence, claims, edit }) => {
    const diagnoses = diagnosed(text, [evidence]);
    expect(explained(diagnoses)).toEqual(claims);
    expect(diagnoses[0]).toMatchObject({ file: 'nginx/default.conf' });
    expect(diagnoses.flatMap(edits)).toEqual(edit ?? []);
  });

  test.each<Row>([
    {
      what: 'a limit that turned nobody away',
      text: at('limit_req zone=one;'),
      evidence: calm(SICK),
      claims: [`app-errors: ${BASE}`],
    },
    {
      what: 'another status than the limit’s',
      text: at('limit_req zone=one;', 'limit_req_status 429;'),
      evidence: calm(by(503)),
      claims: [`no-replica-answered: ${BASE}`],
    },
    {
      what: 'the app says so itself',
      text: at('limit_req zone=one;'),
      evidence: calm(sample({ at: 3_000, attempts: [attempt('app1', { status: 503 })] })),
      claims: [`app-errors: ${BASE}`],
    },
    {
      what: 'a limit of another location',
      text: configOf({ server: '    location /api/ { limit_req zone=one; return 200; }\n' }),
      evidence: calm(by(503)),
      claims: [`no-replica-answered: ${BASE}`],
    },
    {
      what: 'a password that is switched off',
      text: at('auth_basic off;'),
      evidence: calm(by(401)),
      claims: [`no-replica-answered: ${BASE}`],
    },
    {
      what: 'only those who may',
      text: at('allow all;'),
      evidence: calm(by(403)),
      claims: [`no-replica-answered: ${BASE}`],
    },
  ])('near miss: $what', ({ text, evidence, claims }) => {
    expect(explained(diagnosed(text, [evidence]))).toEqual(claims);
  });
});

describe('where requests go', () => {
  const none = Array.from({ length: 100 }, (_, index) =>
    sample({ at: index * 10, attempts: [], outcome: { kind: 'answered', status: 502 } }),
  );
  const tls = Array.from({ length: 300 }, (_, index) =>
    sample({ at: index * 10, attempts: [unanswered(['app1', 'app2', 'app3'][index % 3] ?? '', 1, 502)] }),
  );
  const MIRROR = (target: string): string =>
    configOf({
      http: 'upstream shadow {\n    server app1:5000;\n}\n',
      server: `    location = /copy {\n        internal;\n        proxy_pass http://${target};\n    }\n`,
      location: '        mirror /copy;\n',
    });
  const uneven = rotationEvidence(steady(0, 300, ['app1', 'app2']));

  test.each<Row>([
    {
      what: 'a name that nobody looks up',
      text: VARIABLE,
      evidence: rotationEvidence(none),
      claims: [`no-resolver: ${BASE} rotation.coverage`],
      edit: ['+ resolver 127.0.0.11 valid=5s;'],
    },
    {
      what: 'TLS to an app without',
      text: configOf({ pass: 'https://shop' }),
      evidence: rotationEvidence(tls),
      claims: [`wrong-scheme: ${BASE} rotation.coverage`],
      edit: ['- proxy_pass https://shop;', '+ proxy_pass http://shop;'],
    },
    {
      what: 'another protocol than the app’s',
      text: configOf({ pass: 'http://shop' }).replace('proxy_pass http://shop;', 'fastcgi_pass shop;'),
      evidence: rotationEvidence(tls),
      claims: [`wrong-protocol: ${BASE} rotation.coverage`],
      edit: ['- fastcgi_pass shop;', '+ proxy_pass http://shop;'],
    },
    {
      what: 'answers from a cache',
      text: at('proxy_cache pages;'),
      evidence: calm(by(200)),
      claims: [`proxy-cache: ${BASE}`],
      edit: ['- proxy_cache pages;', '+ proxy_cache off;'],
    },
    {
      what: 'copies that take turns',
      text: MIRROR('shop'),
      evidence: uneven,
      claims: ['mirror: rotation.coverage rotation.excess'],
      edit: [
        '+ upstream shop_copies {',
        '+ zone shop_copies 64k;',
        ...[1, 2, 3].map((n) => `+ server app${n}:5000 max_fails=2 fail_timeout=3s;`),
        '+ }',
        '+ ',
        '- proxy_pass http://shop;',
        '+ proxy_pass http://shop_copies;',
      ],
    },
    {
      what: 'copies that take turns, as far as can be told',
      text: MIRROR('$copies'),
      evidence: uneven,
      claims: ['mirror: rotation.coverage rotation.excess'],
      edit: ['- mirror /copy;', '+ mirror off;'],
    },
  ])('$what', ({ text, evidence, claims, edit }) => {
    const diagnoses = diagnosed(text, [evidence]);
    expect(explained(diagnoses)).toEqual(claims);
    expect(diagnoses.flatMap(edits)).toEqual(edit ?? []);
  });

  test('a group of one is told from a group of two', () => {
    const evidence = crashEvidence([
      ...calmCrash(),
      sample({ at: CRASH.effective + 9, attempts: [unconnected('app2', 1)] }),
    ]);
    const swapped = POOLS.replace('app2:5000', 'app3:5000').replace('canary { server app3', 'canary { server app2');
    expect(explained(diagnosed(swapped, [evidence]))).toEqual(['single-upstream: failover.errors failover.alone']);
    expect(explained(diagnosed(POOLS, [evidence]))).toContain('unexplained: failover.errors');
  });

  test.each<Row>([
    {
      what: 'a name that a resolver looks up',
      text: `resolver 127.0.0.11;\n${VARIABLE}`,
      evidence: rotationEvidence(none),
      claims: ['single-upstream: rotation.coverage', `no-replica-answered: ${BASE}`],
    },
    {
      what: 'the name of a group needs no resolver',
      text: POOLS,
      evidence: calm(SICK),
      claims: [`app-errors: ${BASE}`],
    },
    {
      what: 'a port that is wrong in a group that only requests decide on',
      text: POOLS.replace('app3:5000', 'app3:5001'),
      evidence: calm(sample({ at: 3_000, attempts: [unconnected('198.18.0.13:5001', 1)] })),
      claims: [`wrong-port: ${BASE}`],
      edit: ['- upstream canary { server app3:5001; }', '+ upstream canary { server app3:5000; }'],
    },
    {
      what: 'a page of NGINX’s own in the place of an error of the app',
      text: at('proxy_intercept_errors on; error_page 500 =200 /oops.html;'),
      evidence: calm(
        sample({
          at: 3_000,
          attempts: [attempt('app1', { status: 500 })],
          outcome: { kind: 'answered', status: 200 },
        }),
      ),
      claims: [`app-errors: ${BASE}`],
    },
    {
      what: 'TLS that some answer',
      text: configOf({ pass: 'https://shop' }),
      evidence: calm(SICK),
      claims: [`app-errors: ${BASE}`],
    },
    {
      what: 'a cache that is off',
      text: at('proxy_cache off;'),
      evidence: calm(by(200)),
      claims: [`no-replica-answered: ${BASE}`],
    },
    {
      what: 'a cache that answered nobody',
      text: at('proxy_cache pages;'),
      evidence: calm(SICK),
      claims: [`app-errors: ${BASE}`],
    },
    {
      what: 'copies that go to another group',
      text: MIRROR('shadow'),
      evidence: uneven,
      claims: ['unexplained: rotation.coverage', 'unexplained: rotation.excess'],
    },
    {
      what: 'no copies',
      text: at('mirror off;'),
      evidence: uneven,
      claims: ['unexplained: rotation.coverage', 'unexplained: rotation.excess'],
    },
  ])('near miss: $what', ({ text, evidence, claims }) => {
    expect(explained(diagnosed(text, [evidence]))).toEqual(claims);
  });
});
