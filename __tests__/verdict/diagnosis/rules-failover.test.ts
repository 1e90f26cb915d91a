import { describe, expect, test } from '@jest/globals';
import type { FaultEvidence, ScenarioEvidence } from '../../../src/checks/evidence';
import type { NginxModel } from '../../../src/cluster/nginx/model';
import type { FaultName } from '../../../src/settings/settings';
import type { Attempt, Sample } from '../../../src/traffic/sample';
import { configOf, diagnosed, edits, explained, lineOf } from '../../support/diagnosed';
import {
  attempt,
  calmCrash,
  CRASH,
  crashEvidence,
  FAULT,
  sample,
  steady,
  unanswered,
  unconnected,
} from '../../support/evidence';

const ON = CRASH.effective + 1_000;
const TIMES = '        proxy_connect_timeout 1s;\n        proxy_read_timeout 5s;\n';

function under(name: FaultName, samples: readonly Sample[], fault: Partial<FaultEvidence> = {}): ScenarioEvidence {
  const evidence = crashEvidence([...calmCrash(), ...samples], { fault: { ...FAULT, name, ...fault } });
  return { ...evidence, name: `failover.${name}` };
}

/** A terms of `location` in force beside the time-outs. */
function terms(...lines: readonly string[]): string {
  return configOf({ location: TIMES + lines.map((line) => `        ${line}\n`).join('') });
}

/** POSTs have a location of their own. */
const POSTS_APART = configOf({
  server:
    '    error_page 418 = @writes;\n    location @writes {\n        proxy_next_upstream off;\n        proxy_pass http://shop;\n    }\n',
  location: `${TIMES}        if ($request_method = POST) { return 418; }\n`,
});

/** A variable decides on the group. */
const POOLS = configOf({ servers: [1, 2, 3].map((n) => `app${n}:5000 max_fails=0`), pass: 'http://$pool' });

const get = (...attempts: readonly Attempt[]): Sample => sample({ at: ON, attempts });
const post = (...attempts: readonly Attempt[]): Sample => sample({ at: ON, method: 'POST', attempts });
/** NGINX tried the victim and then another, before: it knew. */
const KNOWN = [ON - 800, ON - 700].map((at) => sample({ at, attempts: [unconnected('app2', 1), attempt('app1')] }));
const refused = (method: 'GET' | 'POST' = 'GET', at = ON): Sample =>
  sample({ at, method, attempts: [attempt('app2', { status: 503 })] });

const NOT_RESOLVED = [1, 2, 3].flatMap((n) => {
  const server = `server app${n}:5000 max_fails=2 fail_timeout=3s`;
  return [`- ${server} resolve;`, `+ ${server};`];
});

interface Row {
  readonly what: string;
  readonly text: string;
  readonly evidence: ScenarioEvidence;
  readonly claims: readonly string[];
  readonly edit?: readonly string[];
}

describe('what NGINX retries', () => {
  test.each<Row>([
    {
      what: 'off',
      text: terms('proxy_next_upstream off;'),
      evidence: under('crash', [get(unconnected('app2', 1))]),
      claims: ['next-upstream-off: failover.errors'],
      edit: ['- proxy_next_upstream off;', '+ proxy_next_upstream error timeout;'],
    },
    {
      what: 'off, and an error_page that leads to the victim once more',
      text: terms('proxy_next_upstream off;'),
      evidence: under('crash', [get(unconnected('app2', 1), unconnected('app2', 1))]),
      claims: ['next-upstream-off: failover.errors'],
    },
    {
      what: 'off, and a POST that was never sent',
      text: terms('proxy_next_upstream off;'),
      evidence: under('crash', [post(unconnected('app2', 1))]),
      claims: ['next-upstream-off: failover.unsafe-errors'],
    },
    {
      what: 'off where POSTs go, and a POST that was never sent',
      text: POSTS_APART,
      evidence: under('crash', [post(unconnected('app2', 1))]),
      claims: ['next-upstream-off: failover.unsafe-errors'],
      edit: ['- proxy_next_upstream off;', '+ proxy_next_upstream error timeout;'],
    },
    {
      what: 'off where POSTs go, and a GET that failed elsewhere',
      text: POSTS_APART,
      evidence: under('crash', [get(unconnected('app2', 1))]),
      claims: ['unexplained: failover.errors'],
    },
    {
      what: 'off, and refusals',
      text: terms('proxy_next_upstream off;'),
      evidence: under('error', [refused()]),
      claims: ['next-upstream-off: failover.errors'],
      edit: ['- proxy_next_upstream off;', '+ proxy_next_upstream error timeout http_503;'],
    },
    {
      what: 'without time-outs; what else is there stays, and what is dangerous goes',
      text: terms('proxy_next_upstream error http_502 non_idempotent;'),
      evidence: under('partition', [get(unconnected('app2', 1_000, 504))]),
      claims: ['next-upstream-off: failover.errors'],
      edit: ['- proxy_next_upstream error http_502 non_idempotent;', '+ proxy_next_upstream error timeout http_502;'],
    },
    {
      what: 'a single try',
      text: terms('proxy_next_upstream_tries 1;'),
      evidence: under('crash', [get(unconnected('app2', 1))]),
      claims: ['next-upstream-tries: failover.errors'],
      edit: ['- proxy_next_upstream_tries 1;', '+ proxy_next_upstream_tries 2;'],
    },
    {
      what: 'no time for a second',
      text: terms('proxy_next_upstream_timeout 1s;'),
      evidence: under('partition', [sample({ at: ON, waited: 1_001, attempts: [unconnected('app2', 1_000, 504)] })]),
      claims: ['next-upstream-timeout: failover.errors'],
      edit: ['- proxy_next_upstream_timeout 1s;', '+ proxy_next_upstream_timeout 8s;'],
    },
    {
      what: 'a refusal, by default',
      text: terms(),
      evidence: under('error', [refused()]),
      claims: ['refusal-not-retried: failover.errors'],
      edit: ['+ proxy_next_upstream error timeout http_503;'],
    },
    {
      what: 'refusals again and again, also of POSTs',
      text: terms(),
      evidence: under('error', [refused('GET', ON - 900), refused('GET', ON - 800), refused('POST')]),
      claims: ['refusal-not-retried: failover.errors failover.unsafe-errors'],
    },
    {
      what: 'a refusal, with words of the user’s own',
      text: terms('proxy_next_upstream error timeout http_502;'),
      evidence: under('error', [refused()]),
      claims: ['refusal-not-retried: failover.errors'],
      edit: ['- proxy_next_upstream error timeout http_502;', '+ proxy_next_upstream error timeout http_502 http_503;'],
    },
    {
      what: 'a POST that went to two',
      text: terms('proxy_next_upstream error timeout non_idempotent;'),
      evidence: under('crash', [post(unanswered('app2', 1, 502), attempt('app1'))]),
      claims: ['non-idempotent: failover.duplicates'],
      edit: ['- proxy_next_upstream error timeout non_idempotent;', '+ proxy_next_upstream error timeout;'],
    },
    {
      what: 'a POST that an error page sent to another',
      text: terms('error_page 502 504 = @again;'),
      evidence: under('crash', [post(unanswered('app2', 1, 502), attempt('app1'))]),
      claims: ['error-page-repeats: failover.duplicates'],
      edit: ['- error_page 502 504 = @again;'],
    },
    {
      what: 'max_fails=0',
      text: configOf({ servers: [1, 2, 3].map((n) => `app${n}:5000 max_fails=0`) }),
      evidence: under('freeze', [...KNOWN, post(unanswered('app2', 5, 504))]),
      claims: ['max-fails-zero: failover.unsafe-errors'],
      edit: [1, 2, 3].flatMap((n) => [`- server app${n}:5000 max_fails=0;`, `+ server app${n}:5000 max_fails=2;`]),
    },
    {
      what: 'max_fails that is said twice',
      text: configOf({ servers: [1, 2, 3].map((n) => `app${n}:5000 max_fails=2 max_fails=0`) }),
      evidence: under('freeze', [...KNOWN, post(unanswered('app2', 5, 504))]),
      claims: ['max-fails-zero: failover.unsafe-errors'],
      edit: [1, 2, 3].flatMap((n) => [
        `- server app${n}:5000 max_fails=2 max_fails=0;`,
        `+ server app${n}:5000 max_fails=2;`,
      ]),
    },
    {
      what: 'max_fails=1000',
      text: configOf({ servers: [1, 2, 3].map((n) => `app${n}:5000 max_fails=1000`) }),
      evidence: under('freeze', [
        ...Array.from({ length: 30 }, (_, n) =>
          sample({ at: ON - 800 + 10 * n, attempts: [unconnected('app2', 1), attempt('app1')] }),
        ),
        post(unanswered('app2', 5, 504)),
      ]),
      claims: ['max-fails-many: failover.unsafe-errors'],
      edit: [1, 2, 3].flatMap((n) => [`- server app${n}:5000 max_fails=1000;`, `+ server app${n}:5000 max_fails=2;`]),
    },
    {
      what: 'max_fails=0 in a group that a variable names',
      text: POOLS,
      evidence: under('freeze', [...KNOWN, post(unanswered('app2', 5, 504))]),
      claims: ['max-fails-zero: failover.unsafe-errors'],
      edit: [1, 2, 3].flatMap((n) => [`- server app${n}:5000 max_fails=0;`, `+ server app${n}:5000 max_fails=2;`]),
    },
    {
      what: 'a loss that an error page calls a success',
      text: terms('error_page 502 504 =200 /busy;'),
      evidence: under('freeze', [{ ...post(unanswered('app2', 5, 504)), outcome: { kind: 'answered', status: 200 } }]),
      claims: ['error-page-hides-loss: failover.unsafe-errors'],
      edit: ['- error_page 502 504 =200 /busy;', '+ error_page 502 504 /busy;'],
    },
    ...[
      ['error_page 502 504 https://status.example.com/;'],
      [
        'error_page 500 502 503 504 =303 https://status.example.com/;',
        'error_page 500 503 =303 https://status.example.com/;',
      ],
      ['error_page 404 502 $scheme://$host/down;', 'error_page 404 $scheme://$host/down;'],
    ].map(([was = '', ...becomes]) => ({
      what: `a loss that clients are redirected away from: ${was}`,
      text: terms(was),
      evidence: under('freeze', [
        { ...post(unanswered('app2', 5, 504)), outcome: { kind: 'answered', status: 302 } as const },
      ]),
      claims: ['error-page-hides-loss: failover.unsafe-errors'],
      edit: [`- ${was}`, ...becomes.map((line) => `+ ${line}`)],
    })),
    {
      what: 'off, wherever a variable leads',
      text: terms('proxy_next_upstream off;').replace('http://shop', 'http://$pool'),
      evidence: under('crash', [get(unconnected('app2', 1))]),
      claims: ['next-upstream-off: failover.errors'],
      edit: ['- proxy_next_upstream off;', '+ proxy_next_upstream error timeout;'],
    },
  ])('$what', ({ text, evidence, claims, edit }) => {
    const diagnoses = diagnosed(text, [evidence]);
    expect(explained(diagnoses)).toEqual(claims);
    if (edit === undefined) return;
    expect(diagnoses.flatMap(edits).toSorted()).toEqual([...edit].toSorted());
    expect(diagnoses[0]?.line).toBe(lineOf(text, edit[0]?.startsWith('-') === true ? edit[0].slice(2) : 'proxy_pass'));
  });

  test.each<Row>([
    {
      what: 'a time-out, where errors alone are retried, is told from refusals',
      text: terms('proxy_next_upstream error;'),
      evidence: under('error', [refused()]),
      claims: ['refusal-not-retried: failover.errors'],
    },
    {
      what: 'a quick failure leaves time for a second try',
      text: terms('proxy_next_upstream_tries 1;', 'proxy_next_upstream_timeout 3s;'),
      evidence: under('crash', [get(unconnected('app2', 2))]),
      claims: ['next-upstream-tries: failover.errors'],
    },
    {
      what: 'it did ask another, which failed as well',
      text: terms('proxy_next_upstream_tries 1;'),
      evidence: under('crash', [get(unconnected('app2', 1), unanswered('app1', 1, 502))]),
      claims: ['keepalive-race: failover.errors'],
    },
    {
      what: 'it failed on another replica',
      text: terms('proxy_next_upstream off;'),
      evidence: under('crash', [get(unanswered('app1', 1, 502))]),
      claims: ['keepalive-race: failover.errors'],
    },
    {
      what: 'only excused POSTs went only once',
      text: terms('proxy_next_upstream off;'),
      evidence: under('crash', [post(unanswered('app2', 1, 502)), get(unanswered('app1', 1, 502))]),
      claims: ['keepalive-race: failover.errors'],
    },
    {
      what: 'more tries than one',
      text: terms('proxy_next_upstream_tries 2;'),
      evidence: under('crash', [get(unconnected('app2', 1))]),
      claims: ['unexplained: failover.errors'],
    },
    {
      what: 'another error than 503 is no refusal',
      text: terms(),
      evidence: under('error', [get(attempt('app2', { status: 500 }))]),
      claims: ['unexplained: failover.errors'],
    },
    {
      what: 'max_fails=0, and nothing was lost to the victim',
      text: configOf({ servers: [1, 2, 3].map((n) => `app${n}:5000 max_fails=0`) }),
      evidence: under('freeze', [post(unanswered('app1', 5, 504))]),
      claims: ['unexplained: failover.unsafe-errors'],
    },
    {
      what: 'max_fails=0 on a line that is no replica’s',
      text: configOf({ servers: [...[1, 2, 3].map((n) => `app${n}:5000`), '10.1.1.1:80 backup max_fails=0'] }),
      evidence: under('freeze', [...KNOWN, post(unanswered('app2', 5, 504))]),
      claims: ['unexplained: failover.unsafe-errors'],
    },
  ])('near miss: $what', ({ text, evidence, claims }) => {
    expect(explained(diagnosed(text, [evidence]))).toEqual(claims);
  });
});

describe('a gate that leaves less time than usual', () => {
  const waitsFiveSeconds = under('freeze', [
    sample({ at: ON, waited: 5_010, attempts: [unanswered('app2', 5_000), attempt('app1')] }),
  ]);

  test.each([
    { own: 'failover.stall < 4s', time: '3s' },
    { own: 'failover.stall < 2s', time: '1s' },
    { own: 'failover.stall < 1500ms', time: '750ms' },
  ])('asks for $time: $own', ({ own, time }) => {
    const diagnoses = diagnosed(configOf(), [waitsFiveSeconds], { own });
    expect(explained(diagnoses)).toEqual(['read-timeout: failover.stall']);
    expect(diagnoses.flatMap(edits)).toContain(`+ proxy_read_timeout ${time};`);
    expect(diagnoses[0]?.fix).toContain('raise the gate');
  });
});

describe('what clients wait for', () => {
  const long = (waited: number, ...attempts: readonly Attempt[]): Sample => sample({ at: ON, waited, attempts });
  test.each<Row>([
    {
      what: 'a connection, by default',
      text: configOf({ location: '        proxy_read_timeout 5s;\n' }),
      evidence: under('crash', [long(20_000, unconnected('app2', 19_990), attempt('app1'))]),
      claims: ['connect-timeout: failover.stall'],
      edit: ['+ proxy_connect_timeout 1s;'],
    },
    {
      what: 'an answer, by a directive of the server block',
      text: configOf({ location: '', server: '    proxy_read_timeout 1h;\n' }),
      evidence: under('freeze', [long(20_000, unanswered('app2', 19_990), attempt('app1'))]),
      claims: ['read-timeout: failover.stall'],
      edit: ['- proxy_read_timeout 1h;', '+ proxy_read_timeout 5s;'],
    },
    {
      what: 'an answer, wherever a variable leads',
      text: configOf({ location: '', pass: 'http://$pool' }),
      evidence: under('freeze', [long(20_000, unanswered('app2', 19_990), attempt('app1'))]),
      claims: ['read-timeout: failover.stall'],
      edit: ['+ proxy_read_timeout 5s;'],
    },
    {
      what: 'an answer to a POST, which has a location of its own',
      text: POSTS_APART.replace('proxy_next_upstream off;', 'proxy_read_timeout 2m;'),
      evidence: under('freeze', [{ ...long(20_000, unanswered('app2', 19_990)), method: 'POST' }]),
      claims: ['read-timeout: failover.stall'],
      edit: ['- proxy_read_timeout 2m;', '+ proxy_read_timeout 5s;'],
    },
    {
      what: 'both, on different requests',
      text: configOf({ location: '' }),
      evidence: under('partition', [
        long(20_000, unanswered('app2', 19_990), attempt('app1')),
        long(30_000, unconnected('app2', 29_990), attempt('app1')),
      ]),
      claims: ['connect-timeout: failover.stall', 'read-timeout: failover.stall'],
      edit: ['+ proxy_connect_timeout 1s;', '+ proxy_read_timeout 5s;'],
    },
    {
      what: 'nothing: the victim failed at once, and another took its time',
      text: configOf({ location: '' }),
      evidence: under('crash', [
        long(9_000, unconnected('app2', 1), attempt('app1', { headerMs: 8_999, responseMs: 8_999 })),
      ]),
      claims: ['app-slow: failover.stall'],
    },
    {
      what: 'less than the gate allows',
      text: configOf({ location: '' }),
      evidence: under('crash', [
        long(5_999, unconnected('app2', 5_990), attempt('app1')),
        long(7_000, attempt('app1', { headerMs: 7_000, responseMs: 7_000 })),
      ]),
      claims: ['app-slow: failover.stall'],
    },
  ])('$what', ({ text, evidence, claims, edit = [] }) => {
    const diagnoses = diagnosed(text, [evidence]);
    expect(explained(diagnoses)).toEqual(claims);
    expect(diagnoses.flatMap(edits)).toEqual(edit);
  });
});

describe('a replica that is only late', () => {
  const late = [...Array(12).keys()].map((n) =>
    sample({ at: ON + n * 50, waited: 300, attempts: [attempt('app2', { headerMs: 250, responseMs: 250 })] }),
  );
  const cut = post(unanswered('app2', 300, 504));
  const tight = configOf({ location: '        proxy_connect_timeout 1s;\n        proxy_read_timeout 300ms;\n' });

  test('and a read time-out that is shorter', () => {
    const diagnoses = diagnosed(tight, [under('slow', [...late, cut])]);
    expect(explained(diagnoses)).toEqual(['read-timeout-tight: failover.unsafe-errors']);
    expect(diagnoses.flatMap(edits)).toEqual(['- proxy_read_timeout 300ms;', '+ proxy_read_timeout 5s;']);
  });

  test.each<Row>([
    {
      what: 'of another fault',
      text: tight,
      evidence: under('freeze', [...KNOWN, cut]),
      claims: ['unexplained: failover.unsafe-errors'],
    },
    {
      what: 'it answered, with an error',
      text: tight,
      evidence: under('slow', [...late, post(attempt('app2', { status: 500 }))]),
      claims: ['unexplained: failover.unsafe-errors'],
    },
    {
      what: 'it was never sent',
      text: tight,
      evidence: under('slow', [...late, post(unconnected('app2', 300, 504))]),
      claims: ['unexplained: failover.unsafe-errors'],
    },
    {
      what: 'NGINX’s own default was too short',
      text: configOf({ location: '' }),
      evidence: under('slow', [...late, cut]),
      claims: ['unexplained: failover.unsafe-errors'],
    },
  ])('near miss: $what', ({ text, evidence, claims }) => {
    expect(explained(diagnosed(text, [evidence]))).toEqual(claims);
  });
});

describe('NGINX and its own processes', () => {
  const reset = { kind: 'transport', code: 'ECONNRESET', reusedConnection: true } as const;
  const lost = (changes: Partial<Parameters<typeof sample>[0]> = {}): Sample =>
    sample({ at: ON, method: 'POST', attempts: null, outcome: reset, ...changes });
  const cut = (method: 'GET' | 'POST' = 'GET'): Sample =>
    sample({ at: CRASH.injected - 500, waited: 1_500, method, attempts: [unanswered('app1', 1_500)], outcome: reset });
  /** Three workers before, others since. */
  const reloaded = (...samples: readonly Sample[]): ScenarioEvidence => {
    const evidence = under('lb-reload', samples, { victim: null });
    return {
      ...evidence,
      samples: evidence.samples.map((one) =>
        one.proxy === null || one.sentAt < FAULT.effectiveAt ? one : { ...one, proxy: { ...one.proxy, workerPid: 9 } },
      ),
    };
  };
  const withServers = (words: string): string =>
    configOf({ servers: [1, 2, 3].map((n) => `app${n}:5000 max_fails=2 fail_timeout=3s${words}`) });
  const SHUTDOWN: Partial<NginxModel> = {
    shutdownTimeoutMs: { value: 1_000, spot: { file: '/etc/nginx/nginx.conf', line: 3 } },
  };

  test.each<Row & { nginx?: Partial<NginxModel> }>([
    {
      what: 'a reload gives old workers too little time',
      text: configOf(),
      nginx: SHUTDOWN,
      evidence: reloaded(cut()),
      claims: ['worker-shutdown-timeout: failover.errors'],
    },
    {
      what: 'a reload closes connections',
      text: configOf(),
      evidence: reloaded(lost()),
      claims: ['keepalive-min-timeout: failover.unsafe-errors'],
      edit: ['+ keepalive_min_timeout 5s;'],
    },
    {
      what: 'the reloads that go with a lost name do so too',
      text: configOf(),
      evidence: under('dns', [lost()]),
      claims: ['keepalive-min-timeout: failover.unsafe-errors'],
      edit: ['+ keepalive_min_timeout 5s;'],
    },
    {
      what: 'and not the name, where NGINX looks names up as it runs',
      text: withServers(' resolve'),
      evidence: under('dns', [lost()]),
      claims: ['keepalive-min-timeout: failover.unsafe-errors'],
      edit: ['+ keepalive_min_timeout 5s;'],
    },
    {
      what: 'a name that is lost takes its replica along',
      text: withServers(' resolve'),
      evidence: under('dns', [get(unconnected('app2', 1), unconnected('shop', 0))]),
      claims: ['resolve-loses-replica: failover.errors'],
      edit: NOT_RESOLVED,
    },
    {
      what: 'so does the end of a replica, whose name the engine forgets',
      text: withServers(' resolve'),
      evidence: under('partition', [get(unanswered('app2', 4_000, 504), unconnected('shop', 0))]),
      claims: ['resolve-loses-replica: failover.errors'],
      edit: NOT_RESOLVED,
    },
  ])('$what', ({ text, evidence, nginx = {}, claims, edit = [] }) => {
    const diagnoses = diagnosed(text, [evidence], { nginx });
    expect(explained(diagnoses)).toEqual(claims);
    expect(diagnoses.flatMap(edits)).toEqual(edit);
  });

  test.each<Row & { nginx?: Partial<NginxModel> }>([
    {
      what: 'time enough',
      text: configOf(),
      nginx: { shutdownTimeoutMs: { value: 10_000, spot: { file: '/etc/nginx/nginx.conf', line: 3 } } },
      evidence: reloaded(cut()),
      claims: ['unexplained: failover.errors'],
    },
    {
      what: 'no limit',
      text: configOf(),
      evidence: reloaded(cut()),
      claims: ['unexplained: failover.errors'],
    },
    {
      what: 'too little time, and no reload',
      text: configOf(),
      nginx: SHUTDOWN,
      evidence: under('crash', [cut()]),
      claims: ['unexplained: failover.errors'],
    },
    {
      what: 'connections that are spared',
      text: configOf({ server: '    keepalive_min_timeout 5s;\n' }),
      evidence: reloaded(lost()),
      claims: ['unexplained: failover.unsafe-errors'],
    },
    {
      what: 'a fresh connection',
      text: configOf(),
      evidence: reloaded(lost({ outcome: { ...reset, reusedConnection: false } })),
      claims: ['unexplained: failover.unsafe-errors'],
    },
    {
      what: 'names looked up once',
      text: withServers(''),
      evidence: under('dns', [get(unconnected('app2', 1), unanswered('app1', 1, 502))]),
      claims: ['keepalive-race: failover.errors'],
    },
    {
      what: 'nobody left, where others were asked and failed too',
      text: withServers(' resolve'),
      evidence: under('crash', [get(unconnected('app2', 1), unconnected('app1', 1), unconnected('shop', 0))]),
      claims: ['replica-lost: failover.errors'],
    },
    {
      what: 'nobody left at once, where names are looked up once',
      text: withServers(''),
      evidence: under('crash', [get(unconnected('app2', 1), unconnected('shop', 0))]),
      claims: ['no-live-upstreams: failover.errors'],
    },
    {
      what: 'names looked up while another fault is on',
      text: withServers(' resolve'),
      evidence: under('crash', [get(unconnected('app2', 1), unanswered('app1', 1, 502))]),
      claims: ['keepalive-race: failover.errors'],
    },
  ])('near miss: $what', ({ text, evidence, nginx = {}, claims }) => {
    expect(explained(diagnosed(text, [evidence], { nginx }))).toEqual(claims);
  });

  test('an NGINX that cannot spare connections fails no gate by it', () => {
    expect(diagnosed(configOf(), [reloaded(lost())], { nginx: { version: '1.26.3' } })).toEqual([]);
  });
});

test('traffic that recovers late names no directive of retries', () => {
  const evidence = crashEvidence([...steady(0, 200), ...steady(CRASH.injected, 1_000, ['app1', 'app3'])]);
  expect(explained(diagnosed(terms('proxy_next_upstream off;'), [evidence]))).toEqual([
    'unexplained: failover.recover',
  ]);
});
