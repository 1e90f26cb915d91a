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
  unconnected,
} from '../../support/evidence';

const ALL = ['app1:5000', 'app2:5000', 'app3:5000'];
const on = (...replicas: readonly string[]): ScenarioEvidence => rotationEvidence(steady(0, 300, replicas));
/** The app answers every thirtieth request with 500, wherever it goes. */
const SICK = rotationEvidence(
  steady(0, 300).map((one, index) =>
    index % 30 === 0 ? sample({ at: index * 10, attempts: [attempt('app1', { status: 500 })] }) : one,
  ),
);

describe('a list of servers that is wrong', () => {
  test.each([
    {
      what: 'a replica is missing',
      servers: ['app1:5000 weight=2 max_fails=2', 'app2:5000 max_fails=2 backup'].map((one) =>
        one.replace(' backup', ''),
      ),
      evidence: on('app1', 'app2'),
      claims: ['replica-missing: rotation.coverage rotation.excess'],
      at: 'server app2',
      edit: ['+ server app3:5000 max_fails=2;'],
    },
    {
      what: 'the terms of the line above go with a missing one, and its role does not',
      servers: ['app1:5000', 'app2:5000 weight=3 fail_timeout=2s'],
      evidence: on('app1', 'app2'),
      claims: ['replica-missing: rotation.coverage rotation.excess'],
      at: 'server app2',
      edit: ['+ server app3:5000 fail_timeout=2s;'],
    },
    {
      what: 'one is listed twice in place of another',
      servers: ['app1:5000', 'app2:5000', 'app2:5000 max_fails=2'],
      evidence: on('app1', 'app2', 'app2'),
      claims: ['replica-twice: rotation.coverage rotation.excess'],
      at: 'server app2:5000 max_fails=2',
      edit: ['- server app2:5000 max_fails=2;', '+ server app3:5000 max_fails=2;'],
    },
    {
      what: 'two are listed twice beside all others',
      servers: ['app1:5000', 'app1:5000 max_fails=2', 'app2:5000', 'app2:5000 max_fails=3', 'app3:5000'],
      evidence: on('app1', 'app1', 'app2', 'app2', 'app3'),
      claims: ['replica-twice: rotation.excess'],
      at: 'server app1:5000 max_fails=2',
      edit: ['- server app1:5000 max_fails=2;', '- server app2:5000 max_fails=3;'],
    },
    {
      what: 'one is listed three times, in place of another',
      servers: ['app1:5000', 'app2:5000', 'app2:5000 max_fails=2', 'app2:5000 max_fails=3'],
      evidence: on('app1', 'app2', 'app2', 'app2'),
      claims: ['replica-twice: rotation.coverage rotation.excess'],
      at: 'server app2:5000 max_fails=2',
      edit: ['- server app2:5000 max_fails=2;', '+ server app3:5000 max_fails=2;', '- server app2:5000 max_fails=3;'],
    },
    {
      what: 'one is marked down',
      servers: ['app1:5000', 'app2:5000', 'app3:5000 down max_fails=2'],
      evidence: on('app1', 'app2'),
      claims: ['replica-down: rotation.coverage'],
      at: 'server app3',
      edit: ['- server app3:5000 down max_fails=2;', '+ server app3:5000 max_fails=2;'],
    },
    {
      what: 'one is a backup, on another port than the app’s',
      servers: ['app1:5000', 'app2:5000', 'app3:8000 backup'],
      evidence: on('app1', 'app2'),
      claims: ['replica-backup: rotation.coverage'],
      at: 'server app3',
      edit: ['- server app3:8000 backup;', '+ server app3:5000;'],
    },
    {
      what: 'one is a backup',
      servers: ['app1:5000', 'app2:5000', 'app3:5000 backup'],
      evidence: on('app1', 'app2'),
      claims: ['replica-backup: rotation.coverage'],
      at: 'server app3',
      edit: ['- server app3:5000 backup;', '+ server app3:5000;'],
    },
    {
      what: 'two have a wrong port',
      servers: ['app1:5000', 'app2', 'app3:500 weight=1'],
      evidence: rotationEvidence([
        ...steady(0, 300, ['app1']),
        sample({ at: 3_000, attempts: [unconnected('198.18.0.12:80', 1), attempt('app1')] }),
      ]),
      claims: ['wrong-port: rotation.coverage'],
      at: 'server app2',
      edit: ['- server app2;', '+ server app2:5000;', '- server app3:500 weight=1;', '+ server app3:5000 weight=1;'],
    },
    {
      what: 'a stranger beside all replicas',
      servers: [...ALL, '10.1.1.1:5000'],
      evidence: rotationEvidence([
        ...steady(0, 300),
        sample({ at: 3_000, attempts: [unconnected('10.1.1.1:5000', 1)] }),
      ]),
      claims: ['stranger-server: baseline.errors rotation.coverage'],
      at: 'server 10.1.1.1',
      edit: ['- server 10.1.1.1:5000;'],
    },
    {
      what: 'a stranger beside all replicas, set aside before anybody looked',
      servers: [...ALL, 'unix:/run/app.sock'],
      evidence: rotationEvidence(steady(0, 300)),
      claims: ['stranger-server: rotation.coverage'],
      at: 'server unix:',
      edit: ['- server unix:/run/app.sock;'],
    },
  ])('$what', ({ servers, evidence, claims, at, edit }) => {
    const text = configOf({ servers });
    const diagnoses = diagnosed(text, [evidence]);
    expect(explained(diagnoses)).toEqual(claims);
    expect(diagnoses[0]).toMatchObject({ file: 'nginx/default.conf', line: lineOf(text, at) });
    expect(diagnoses.flatMap(edits)).toEqual(edit);
  });

  test.each([
    {
      what: 'two have a wrong port',
      servers: 'server app1; server app2:5000; server app3 weight=2;',
      evidence: rotationEvidence([
        ...steady(0, 300, ['app2']),
        sample({ at: 3_000, attempts: [unconnected('198.18.0.12:80', 1), attempt('app2')] }),
      ]),
      becomes: 'server app1:5000; server app2:5000; server app3:5000 weight=2;',
    },
    {
      what: 'a stranger has to go',
      servers: 'server app1:5000; server app2:5000; server 10.1.1.1:5000; server app3:5000;',
      evidence: rotationEvidence([
        ...steady(0, 300),
        sample({ at: 3_000, attempts: [unconnected('10.1.1.1:5000', 1)] }),
      ]),
      becomes: 'server app1:5000; server app2:5000;  server app3:5000;',
    },
    {
      what: 'one is a backup',
      servers: 'server app1:5000; server app2:5000; server app3:5000 backup;',
      evidence: on('app1', 'app2'),
      becomes: 'server app1:5000; server app2:5000; server app3:5000;',
    },
    {
      what: 'one is listed twice in place of another',
      servers: 'server app1:5000; server app2:5000; server app2:5000; # three',
      evidence: on('app1', 'app2', 'app2'),
      becomes: 'server app1:5000; server app2:5000; server app3:5000; # three',
    },
    {
      what: 'an address is part of another',
      servers: 'server app1:5000; server app2:5000; server app3:500;',
      evidence: rotationEvidence([
        ...steady(0, 300, ['app1', 'app2']),
        sample({ at: 3_000, attempts: [unconnected('198.18.0.13:500', 1), attempt('app1')] }),
      ]),
      becomes: 'server app1:5000; server app2:5000; server app3:5000;',
    },
  ])('all on one line: $what', ({ servers, evidence, becomes }) => {
    const text = configOf({ servers: [] }).replace(/(upstream shop \{)([^}]*)\}/, `$1 zone shop 64k; ${servers}\n}`);
    const diagnoses = diagnosed(text, [evidence]);
    expect(diagnoses.flatMap(edits)).toEqual([
      `- upstream shop { zone shop 64k; ${servers}`,
      `+ upstream shop { zone shop 64k; ${becomes}`,
    ]);
  });

  test('a host in proxy_pass gets a group of all replicas, before the server block', () => {
    const text = configOf({ pass: 'http://app1:5000/shop/' });
    const diagnoses = diagnosed(text, [on('app1')]);
    expect(diagnoses.map(({ id }) => id)).toEqual(['single-upstream']);
    expect(diagnoses.flatMap(edits)).toEqual(
      [
        '+ upstream replicas {',
        '+ zone replicas 64k;',
        ...[1, 2, 3].map((n) => `+ server app${n}:5000 max_fails=2 fail_timeout=3s;`),
        '+ }',
        '+',
        '- proxy_pass http://app1:5000/shop/;',
        '+ proxy_pass http://replicas/shop/;',
      ].map((line) => (line === '+' ? '+ ' : line)),
    );
  });

  test.each([
    { pass: '127.0.0.1:5000', id: 'stranger-server', asked: '127.0.0.1:5000', says: 'NGINX itself' },
    { pass: '10.1.1.1:5000', id: 'stranger-server', asked: '10.1.1.1:5000', says: 'no replica of this cluster.' },
    { pass: 'app1:8000', id: 'wrong-port', asked: '198.18.0.11:8000', says: 'listens on port 5000' },
  ])('proxy_pass to $pass, which is no replica: a group of all replicas', ({ pass, id, asked, says }) => {
    const evidence = rotationEvidence(
      Array.from({ length: 300 }, (_, n) => sample({ at: 10 * n, attempts: [unconnected(asked, 1)] })),
    );
    const diagnoses = diagnosed(configOf({ pass: `http://${pass}` }), [evidence]);
    expect(explained(diagnoses)).toEqual([`${id}: baseline.errors rotation.coverage`]);
    expect(diagnoses[0]?.cause).toContain(says);
    expect(diagnoses.flatMap(edits)).toContain('+ proxy_pass http://replicas;');
  });

  test('each that is marked loses its mark at once', () => {
    const text = configOf({ servers: ['app1:5000', 'app2:5000 backup', 'app3:5000 backup'] });
    const [diagnosis, ...others] = diagnosed(text, [on('app1')]);
    expect(others).toEqual([]);
    expect(diagnosis?.cause).toContain('app2 at');
    expect(diagnosis?.cause).toContain('and so is app3');
    expect(diagnosis === undefined ? [] : edits(diagnosis).filter((line) => line.startsWith('+'))).toEqual([
      '+ server app2:5000;',
      '+ server app3:5000;',
    ]);
  });

  test('nothing is said of a list that breaks no gate', () => {
    const text = configOf({ servers: ['app1:5000', 'app2:5000', 'app3:5000 backup'] });
    expect(diagnosed(text, [{ ...on('app1', 'app2'), check: 'hardening' }])).toEqual([]);
  });
});

describe('a list that has nothing to do with it', () => {
  const sick = ['app-errors: baseline.errors'];
  test.each([
    { what: 'all replicas', servers: ALL },
    { what: 'another port of a replica as a backup that nobody asked', servers: [...ALL, 'app3:9000 backup'] },
    { what: 'another port of a replica that is down', servers: [...ALL, 'app3:9000 down'] },
    { what: 'a stranger that nobody asked', servers: [...ALL, '10.1.1.1:80 backup'] },
    { what: 'a replica listed twice', servers: [...ALL, 'app1:5000'] },
    { what: 'a replica that is down', servers: ['app1:5000', 'app2:5000', 'app3:5000 down'] },
    { what: 'a replica as backup', servers: ['app1:5000', 'app2:5000', 'app3:5000 backup'] },
    { what: 'a replica missing', servers: ['app1:5000', 'app2:5000'] },
  ])('the app fails, and the list has $what', ({ servers }) => {
    const diagnoses = diagnosed(configOf({ servers }), [SICK]);
    expect(explained(diagnoses).filter((claim) => claim.includes('baseline.errors'))).toEqual(sick);
  });

  test('a single server explains what was lost with it, and no error from before', () => {
    const lost = [sample({ at: CRASH.effective + 100, attempts: [unconnected('app2', 1)] })];
    const text = configOf({ servers: ['app2:5000'] });
    const failover = (samples: readonly Sample[]): readonly string[] =>
      explained(diagnosed(text, [crashEvidence([...calmCrash(), ...samples])]));
    expect(failover(lost)).toEqual(['single-upstream: failover.errors failover.alone']);
    const before = sample({ at: 100, attempts: [attempt('app2', { status: 500 })] });
    expect(failover([...lost, before])).toEqual([
      'single-upstream: failover.errors failover.alone',
      'app-errors: baseline.errors',
    ]);
  });
});

describe('fail_timeout', () => {
  const never = crashEvidence([...steady(0, 200), ...steady(CRASH.injected, 1_000, ['app1', 'app3'])]);
  const lines = (terms: string): string => configOf({ servers: ALL.map((one) => `${one}${terms}`) });

  test('that outlasts the gate on recovery', () => {
    const text = lines(' fail_timeout=30s');
    const diagnoses = diagnosed(text, [never]);
    expect(explained(diagnoses)).toEqual(['fail-timeout-long: failover.recover']);
    expect(diagnoses[0]?.line).toBe(lineOf(text, 'server app1'));
    expect(diagnoses.flatMap(edits).filter((line) => line.startsWith('+'))).toEqual(
      ALL.map((one) => `+ server ${one} fail_timeout=3s;`),
    );
  });

  test('that is said twice is said once', () => {
    const diagnoses = diagnosed(lines(' fail_timeout=3s fail_timeout=60s'), [never]);
    expect(diagnoses.flatMap(edits)).toContain('+ server app2:5000 fail_timeout=3s;');
    expect(diagnoses[0]?.evidence).toMatch(/^app2 served none of 250 requests in the \d s after it was mended\.$/);
    expect(diagnoses[0]?.fix).toMatch(/^Shorten it on every server line/);
  });

  test('of NGINX’s own default, where ten seconds are too long', () => {
    const diagnoses = diagnosed(lines(''), [never], { profile: 'strict' });
    expect(explained(diagnoses)).toEqual(['fail-timeout-long: failover.recover']);
    expect(diagnoses.flatMap(edits)).toContain('+ server app2:5000 fail_timeout=3s;');
  });

  test('is made as short as a tight gate asks for', () => {
    const diagnoses = diagnosed(lines(' fail_timeout=3s'), [never], { own: 'failover.recover < 4s' });
    expect(diagnoses.flatMap(edits)).toContain('+ server app2:5000 fail_timeout=2s;');
  });

  test.each(['', ' fail_timeout=30s'])('is not to blame for one that never came back (%s)', (terms) => {
    const { fault } = never;
    if (fault === null) throw new Error('it has a fault');
    const gone = { ...never, fault: { ...fault, healedAt: null, healProblem: 'the port is taken' } };
    const text = configOf({ servers: ALL.map((one) => `${one}${terms}`), upstream: '' });
    const diagnoses = diagnosed(text, [gone], { profile: 'strict', nginx: { workers: 'auto' } });
    expect(explained(diagnoses)).toEqual(['replica-not-back: failover.recover']);
    expect(diagnoses[0]?.evidence).toBe('the port is taken');
  });

  test.each([
    { name: 'crash' as const, says: 'keeps it from starting again' },
    { name: 'partition' as const, says: 'waits for ever where the other end is lost' },
  ])('one that never came back from a $name is told why', ({ name, says }) => {
    const { fault } = never;
    if (fault === null) throw new Error('it has a fault');
    const gone = { ...never, fault: { ...fault, name, healedAt: null, healProblem: 'no answer' } };
    expect(diagnosed(lines(''), [gone])[0]?.cause).toContain(says);
  });

  test('that is short enough is not to blame, and a zone is missing', () => {
    const text = configOf({ upstream: '' });
    const diagnoses = diagnosed(text, [never], { nginx: { workers: 'auto' } });
    expect(explained(diagnoses)).toEqual(['zone-missing: failover.recover']);
    expect(diagnoses[0]).toMatchObject({ line: lineOf(text, 'upstream shop') });
    expect(diagnoses.flatMap(edits)).toEqual(['+ zone shop 64k;']);
  });

  test.each([
    { what: 'one worker', text: configOf({ upstream: '' }), nginx: { workers: 1 } },
    { what: 'a zone', text: configOf(), nginx: { workers: 'auto' as const } },
  ])('with $what no zone is missing', ({ text, nginx }) => {
    expect(explained(diagnosed(text, [never], { nginx }))).toEqual(['unexplained: failover.recover']);
  });
});
