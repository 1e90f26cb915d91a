import { describe, expect, test } from '@jest/globals';
import type { FaultEvidence } from '../../src/checks/evidence';
import type { NginxModel } from '../../src/cluster/nginx/model';
import type { Sample } from '../../src/traffic/sample';
import type { Excuse } from '../../src/verdict/excuses';
import { excusesOf } from '../../src/verdict/excuses';
import {
  attempt,
  calmCrash,
  CRASH,
  crashEvidence,
  FAULT,
  modelOf,
  sample,
  unanswered,
  unconnected,
} from '../support/evidence';

function nginx(
  terms: string,
  {
    zone = 'zone app 64k;',
    version = '1.30.4',
    location = '',
  }: { zone?: string; version?: string | null; location?: string } = {},
): NginxModel {
  const servers = [1, 2, 3].map((n) => `server app${n}:5000 ${terms};`).join(' ');
  const text = `upstream app { ${zone} ${servers} } server { listen 80; location / { proxy_pass http://app; ${location} } }`;
  return { ...modelOf(text), version };
}

const TWO_FAILURES = nginx('max_fails=2 fail_timeout=3s');

/** The excuse of the last sample given; of the calm traffic around it nothing may be excused. */
function excuseOf(
  samples: readonly Sample[],
  { model = TWO_FAILURES, fault = {} }: { model?: NginxModel; fault?: Partial<FaultEvidence> } = {},
): Excuse | null {
  const calm = calmCrash();
  const evidence = crashEvidence([...calm, ...samples], { fault: { ...FAULT, ...fault } });
  const excuses = excusesOf(evidence, model);
  expect(calm.filter((one) => excuses.has(one))).toEqual([]);
  const last = samples.at(-1);
  return last === undefined ? null : (excuses.get(last) ?? null);
}

/** Well after the fault took effect, in milliseconds after the scenario's start. */
const LATER = CRASH.effective + 3_000;
const lostPost = (at: number, waited = 5): Sample =>
  sample({ at, waited, method: 'POST', attempts: [unanswered('app2', waited, 502)] });
/** A GET that NGINX tried on the victim first; that attempt is over one millisecond after `at`. */
const retried = (at: number, worker = 7): Sample =>
  sample({ at, waited: 7, worker, attempts: [unconnected('app2', 1), attempt('app1', { responseMs: 6 })] });
const served = (at: number): Sample => sample({ at, waited: 5, attempts: [attempt('app2')] });

describe('in flight where something else gives the victim its address back', () => {
  const mended = CRASH.healed + 100;
  test.each([
    { what: 'a POST is excused', name: 'dns', one: lostPost(mended), excuse: 'in-flight' },
    { what: 'likewise after errors', name: 'error', one: lostPost(mended), excuse: 'in-flight' },
    {
      what: 'a GET is not: it could be repeated',
      name: 'dns',
      one: { ...lostPost(mended), method: 'GET' },
      excuse: null,
    },
    { what: 'nor is a POST when all is mended', name: 'dns', one: lostPost(CRASH.ready + 900), excuse: null },
    { what: 'nor where the victim itself comes back', name: 'crash', one: lostPost(mended), excuse: null },
  ] as const)('$what', ({ name, one, excuse }) => {
    expect(excuseOf([one], { fault: { name } })).toBe(excuse);
  });
});

describe('in flight: excused', () => {
  test.each([
    { what: 'under way when it struck', samples: [lostPost(CRASH.injected - 100, 200)] },
    { what: 'the first to meet the fault', samples: [lostPost(CRASH.effective + 10)] },
    { what: 'after fewer failures than max_fails', samples: [retried(LATER - 1_000), lostPost(LATER)] },
    {
      what: 'after failures of which not every worker can have heard',
      samples: [retried(LATER - 200), retried(LATER - 150), lostPost(LATER)],
    },
    {
      what: 'after failures so old that fail_timeout is over, counted in whole seconds',
      samples: [retried(LATER - 2_100), retried(LATER - 2_050), lostPost(LATER)],
    },
    {
      what: 'after failures with a success between',
      samples: [retried(LATER - 1_000), served(LATER - 900), retried(LATER - 800), lostPost(LATER)],
    },
    {
      what: 'begun in time, and ended only after the heal began',
      samples: [lostPost(CRASH.healed - 10, 500)],
    },
  ])('$what', ({ samples }) => {
    expect(excuseOf(samples)).toBe('in-flight');
  });

  test('after failures that only another worker saw, without a zone', () => {
    const model = nginx('max_fails=2 fail_timeout=3s', { zone: '' });
    expect(excuseOf([retried(LATER - 1_000, 8), retried(LATER - 900, 8), lostPost(LATER)], { model })).toBe(
      'in-flight',
    );
  });

  test('on a victim that the upstream does not name: nothing is known of when NGINX leaves it alone', () => {
    const model = modelOf('server { listen 80; location / { proxy_pass http://app1:5000; } }');
    expect(excuseOf([retried(LATER - 1_000), retried(LATER - 900), lostPost(LATER)], { model })).toBe('in-flight');
  });
});

describe('in flight: not excused', () => {
  const post = (changes: Partial<Parameters<typeof sample>[0]>): Sample =>
    sample({ at: LATER, method: 'POST', attempts: [unanswered('app2', 5, 502)], ...changes });
  test.each([
    { what: 'idempotent', lost: post({ method: 'GET' }) },
    { what: 'never sent', lost: post({ attempts: [unconnected('app2', 5)] }) },
    { what: 'on another replica', lost: post({ attempts: [unanswered('app1', 5, 502)] }) },
    {
      what: 'not the last: NGINX asked another, and that one failed',
      lost: post({ attempts: [unanswered('app2', 2, 502), unanswered('app1', 2, 502)] }),
    },
    { what: 'no error at all', lost: post({ attempts: [attempt('app1')] }) },
    { what: 'cut short by the end of the scenario', lost: post({ outcome: { kind: 'abandoned' } }) },
    { what: 'never logged by NGINX', lost: post({ attempts: null, outcome: { kind: 'timeout' } }) },
    { what: 'over before it struck', lost: lostPost(CRASH.injected - 200, 100) },
    { what: 'begun once the heal had begun', lost: lostPost(CRASH.healed + 10) },
  ])('$what', ({ lost }) => {
    expect(excuseOf([lost])).toBeNull();
  });

  test('once NGINX had reason to leave the victim alone', () => {
    expect(excuseOf([retried(LATER - 1_000), retried(LATER - 900), lostPost(LATER)])).toBeNull();
  });

  test('as soon as every worker must have heard, and as long as fail_timeout surely lasts', () => {
    expect(excuseOf([retried(LATER - 260), retried(LATER - 255), lostPost(LATER)])).toBeNull();
    expect(excuseOf([retried(LATER - 2_000), retried(LATER - 1_990), lostPost(LATER)])).toBeNull();
  });

  test('after failures that another worker saw, with a zone', () => {
    expect(excuseOf([retried(LATER - 1_000, 8), retried(LATER - 900, 9), lostPost(LATER)])).toBeNull();
  });

  test('with max_fails=0 after the first failure: nothing makes NGINX leave it alone, and something could', () => {
    const model = nginx('max_fails=0 fail_timeout=3s');
    expect(excuseOf([lostPost(LATER)], { model })).toBe('in-flight');
    expect(excuseOf([retried(LATER - 1_000), lostPost(LATER)], { model })).toBeNull();
  });

  test('after a success, and failures since', () => {
    expect(excuseOf([served(LATER - 1_100), retried(LATER - 1_000), retried(LATER - 900), lostPost(LATER)])).toBeNull();
  });

  test('after thirty failures, however many max_fails allows', () => {
    const model = nginx('max_fails=1000 fail_timeout=10s');
    const failures = Array.from({ length: 30 }, (_, n) => retried(LATER - 1_000 + 10 * n));
    expect(excuseOf([...failures.slice(1), lostPost(LATER)], { model })).toBe('in-flight');
    expect(excuseOf([...failures, lostPost(LATER)], { model })).toBeNull();
  });

  test('by any of the groups that a variable chooses from', () => {
    const groups = (writes: string): NginxModel =>
      modelOf(`map $request_method $pool { default reads; POST writes; }
upstream reads { zone reads 64k; server app2:5000 max_fails=2 fail_timeout=3s; }
upstream writes { zone writes 64k; server app2:5000 ${writes} fail_timeout=3s; }
server { listen 80; location / { proxy_pass http://$pool; } }`);
    const samples = [lostPost(LATER - 1_000), lostPost(LATER - 900), lostPost(LATER)];
    expect(excuseOf(samples, { model: groups('max_fails=0') })).toBeNull();
    expect(excuseOf(samples, { model: groups('max_fails=3') })).toBe('in-flight');
    const ofGets = [retried(LATER - 1_000), retried(LATER - 900), lostPost(LATER)];
    expect(excuseOf(ofGets, { model: groups('max_fails=0') })).toBe('in-flight');
  });

  test('where the client is told that all is well', () => {
    const lost = { ...lostPost(CRASH.effective + 10), outcome: { kind: 'answered', status: 200 } } as const;
    expect(excuseOf([lost])).toBeNull();
  });

  // A request each second, or every other one, is what NGINX was told to try.
  test.each(['max_fails=1 fail_timeout=0', 'max_fails=1 fail_timeout=1s'])(
    'none that was a new try with %s',
    (terms) => {
      expect(excuseOf([retried(LATER - 1_900), lostPost(LATER)], { model: nginx(terms) })).toBe('in-flight');
    },
  );

  test.each(['max_fails=0 fail_timeout=1s', 'max_fails=0 fail_timeout=0'])(
    'long after the first failure with %s',
    (terms) => {
      expect(excuseOf([retried(LATER - 1_900), lostPost(LATER)], { model: nginx(terms) })).toBeNull();
    },
  );

  test('on a replica that was only late', () => {
    expect(excuseOf([lostPost(CRASH.effective + 10)], { fault: { name: 'slow' } })).toBeNull();
  });

  test('of a fault that was not run', () => {
    expect(excuseOf([lostPost(CRASH.effective + 10)], { fault: { notRun: 'no cgroups' } })).toBeNull();
  });
});

describe('a victim that answers with errors', () => {
  const fault = { name: 'error' } as const;
  const refused = (at: number, method: 'GET' | 'POST'): Sample =>
    sample({ at, method, attempts: [attempt('app2', { status: 503 })] });

  test('excuses the first POSTs that it refuses', () => {
    expect(excuseOf([refused(CRASH.effective + 10, 'POST')], { fault })).toBe('in-flight');
    const both = [refused(LATER - 100, 'POST'), refused(LATER, 'POST')];
    expect(excuseOf(both, { fault })).toBe('in-flight');
  });

  test('and none that it refuses after it has refused for long: NGINX could have been told to turn away', () => {
    const before = [refused(LATER - 1_100, 'GET'), refused(LATER - 1_000, 'GET'), refused(LATER - 900, 'POST')];
    expect(excuseOf([...before, refused(LATER, 'POST')], { fault })).toBeNull();
  });

  test('but those that NGINX could not know, having been told to turn away from such answers', () => {
    const location = 'proxy_next_upstream error timeout http_503;';
    const model = nginx('max_fails=2 fail_timeout=3s', { location });
    const turned = (at: number): Sample =>
      sample({ at, attempts: [attempt('app2', { status: 503 }), attempt('app3')] });
    const passedOn = [turned(LATER - 1_000), refused(LATER - 900, 'POST')];
    expect(excuseOf([...passedOn, refused(LATER, 'POST')], { fault, model })).toBe('in-flight');
    const known = [turned(LATER - 1_000), turned(LATER - 900)];
    expect(excuseOf([...known, refused(LATER, 'POST')], { fault, model })).toBeNull();
  });
});

describe('NGINX itself is the victim', () => {
  const worker = { name: 'lb-worker-crash', victim: null } as const;
  const reload = { name: 'lb-reload', victim: null } as const;
  const old = nginx('', { version: '1.26.3' });
  const reset = { kind: 'transport', code: 'ECONNRESET', reusedConnection: false } as const;
  const lost = (changes: Partial<Parameters<typeof sample>[0]> = {}): Sample =>
    sample({ at: CRASH.effective - 5, waited: 100, attempts: null, outcome: reset, ...changes });
  const closed = (changes: Partial<Parameters<typeof sample>[0]> = {}): Sample =>
    lost({ at: LATER, method: 'POST', outcome: { ...reset, reusedConnection: true }, ...changes });

  test.each([
    { what: 'a GET under way in the killed worker', one: lost(), fault: worker, excuse: 'lost-worker' },
    { what: 'a POST under way there', one: lost({ method: 'POST' }), fault: worker, excuse: 'lost-worker' },
    { what: 'sent when it was gone', one: lost({ at: CRASH.effective + 1 }), fault: worker, excuse: null },
    { what: 'over before', one: lost({ at: CRASH.injected - 50, waited: 20 }), fault: worker, excuse: null },
    { what: 'no answer in time', one: lost({ outcome: { kind: 'timeout' } }), fault: worker, excuse: null },
    { what: 'logged, so not lost', one: lost({ attempts: [unanswered('app2', 9)] }), fault: worker, excuse: null },
    { what: 'a POST that a reload met', one: closed(), fault: reload, excuse: 'closed-at-reload' },
    { what: 'a GET that a reload met', one: closed({ method: 'GET' }), fault: reload, excuse: null },
    { what: 'a POST on a fresh connection', one: closed({ outcome: reset }), fault: reload, excuse: null },
    { what: 'a POST that NGINX logged', one: closed({ attempts: [] }), fault: reload, excuse: null },
    { what: 'a POST without an answer', one: closed({ outcome: { kind: 'timeout' } }), fault: reload, excuse: null },
    { what: 'a POST on a kept connection', one: closed(), fault: worker, excuse: null },
    { what: 'a POST that the reloads of dns met', one: closed(), fault: { name: 'dns' }, excuse: 'closed-at-reload' },
    { what: 'the same without a reload', one: closed(), fault: { name: 'crash' }, excuse: null },
  ] as const)('$what, $fault.name: $excuse', ({ one, fault, excuse }) => {
    expect(excuseOf([one], { fault, model: old })).toBe(excuse);
  });

  test.each([
    { version: '1.27.3', excuse: 'closed-at-reload' },
    { version: '1.27.4', excuse: null },
    { version: '1.30.4', excuse: null },
    { version: null, excuse: 'closed-at-reload' },
  ])('version $version can be told to spare connections, or cannot: $excuse', ({ version, excuse }) => {
    expect(excuseOf([closed()], { fault: reload, model: nginx('', { version }) })).toBe(excuse);
  });

  test('nothing in flight on a replica is excused', () => {
    expect(excuseOf([lostPost(CRASH.effective + 10)], { fault: reload, model: old })).toBeNull();
  });
});

test('a POST that was lost is, also where NGINX asked somebody for a page in the place of its answer', () => {
  const page = { ...attempt('app1', { status: 404 }), anew: true as const };
  const lost = sample({
    ...{ at: LATER, waited: 5, method: 'POST', outcome: { kind: 'answered', status: 502 } },
    attempts: [unanswered('app2', 4, 502), page],
  });
  expect(excuseOf([lost])).toBe('in-flight');
});
