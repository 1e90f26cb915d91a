import { describe, expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../src/checks/evidence';
import { profileGates } from '../../src/settings/profiles';
import type { Diagnosis } from '../../src/verdict/diagnosis/diagnosis';
import { judge } from '../../src/verdict/verdict';
import {
  attempt,
  CONFIG_PATH,
  modelOf,
  rotationEvidence,
  sample,
  steady,
  unanswered,
  unconnected,
} from '../support/evidence';

function config({
  servers = [1, 2, 3].map((n) => `app${n}:5000`),
  http = '',
  location = '',
  pass = 'http://shop',
}): string {
  const lines = servers.map((server) => `    server ${server};\n`).join('');
  return `${http}upstream shop {\n    zone shop 64k;\n${lines}}\nserver {\n    listen 80;\n    location / {\n        proxy_pass ${pass};\n${location}    }\n}\n`;
}

function diagnosed(text: string, evidence: ScenarioEvidence): readonly Diagnosis[] {
  return judge({
    scenarios: [evidence],
    gates: profileGates('standard', ['rotation']),
    nginx: modelOf(text),
    config: { containerPath: CONFIG_PATH, workspacePath: 'nginx/default.conf', text },
    appPort: 5000,
    dockerfile: null,
  }).diagnoses;
}

/** Calm traffic in which every tenth request came to something else. */
function withSome(other: (at: number) => ReturnType<typeof sample>): ScenarioEvidence {
  return rotationEvidence(steady(0, 300).map((one, index) => (index % 10 === 0 ? other(index * 10) : one)));
}

const CLOSED = { kind: 'transport', code: 'ECONNRESET', reusedConnection: false } as const;

const byNginx = (status: number) => (at: number) => sample({ at, attempts: [], outcome: { kind: 'answered', status } });

describe('a mistake in the configuration, told by what NGINX did', () => {
  test.each([
    {
      name: 'a wrong port',
      text: config({ servers: ['app1:5000', 'app2:5001', 'app3:5000'] }),
      evidence: rotationEvidence(
        steady(0, 300, ['app1', 'app3']).map((one, index) =>
          index % 3 > 0
            ? one
            : sample({ at: index * 10, attempts: [unconnected('198.18.0.12:5001', 1), attempt('app3')] }),
        ),
      ),
      id: 'wrong-port',
      diff: '+    server app2:5000;',
    },
    {
      name: 'localhost for a replica',
      text: config({ servers: ['app1:5000', 'localhost:5000', 'app3:5000'] }),
      evidence: rotationEvidence(
        steady(0, 300, ['app1', 'app3']).map((one, index) =>
          index % 3 > 0
            ? one
            : sample({ at: index * 10, attempts: [unconnected('127.0.0.1:5000', 1), attempt('app3')] }),
        ),
      ),
      id: 'stranger-server',
      diff: '+    server app2:5000;',
    },
    {
      name: 'a limit on requests',
      text: config({
        http: 'limit_req_zone $binary_remote_addr zone=one:1m rate=5r/s;\n',
        location: '        limit_req zone=one;\n',
      }),
      evidence: withSome(byNginx(503)),
      id: 'limit-req',
      diff: '+        limit_req zone=one burst=',
    },
    {
      name: 'a limit on bodies',
      text: config({ location: '        client_max_body_size 10;\n' }),
      evidence: withSome(byNginx(413)),
      id: 'body-limit',
      diff: '+        client_max_body_size 1m;',
    },
    {
      name: 'a cache',
      text: config({ location: '        proxy_cache pages;\n' }),
      evidence: withSome(byNginx(200)),
      id: 'proxy-cache',
      diff: '+        proxy_cache off;',
    },
    {
      name: 'a read time-out below the answers’ own time',
      text: config({ location: '        proxy_read_timeout 100ms;\n' }),
      evidence: withSome((at) => sample({ at, waited: 101, attempts: [unanswered('app2', 100)] })),
      id: 'read-timeout-short',
      diff: '+        proxy_read_timeout 5s;',
    },
    {
      name: 'a single host in proxy_pass',
      text: config({ pass: 'http://app1:5000' }),
      evidence: rotationEvidence(steady(0, 300, ['app1'])),
      id: 'single-upstream',
      diff: '+        proxy_pass http://replicas;',
    },
    {
      name: 'a path in proxy_pass that the replicas do not know',
      text: config({ pass: 'http://shop/app/' }),
      evidence: withSome((at) => sample({ at, attempts: [attempt('app1', { status: 404 })] })),
      id: 'path-rewritten',
      diff: '+        proxy_pass http://shop;',
    },
    {
      name: 'too few connections for a worker, which closes what it cannot take',
      text: config({ http: 'events {\n    worker_connections 16;\n}\n' }),
      evidence: withSome((at) => sample({ at, attempts: null, outcome: CLOSED })),
      id: 'worker-connections',
      diff: '+    worker_connections 1024;',
    },
    {
      name: 'too few connections for a worker, which has none left for a replica',
      text: config({ http: 'events {\n    worker_connections 16;\n}\n' }),
      evidence: withSome(byNginx(500)),
      id: 'worker-connections',
      diff: '+    worker_connections 1024;',
    },
  ])('$name', ({ text, evidence, id, diff }) => {
    expect(diagnosed(text, evidence)).toEqual([
      expect.objectContaining({
        id,
        file: 'nginx/default.conf',
        diff: expect.stringContaining(diff),
      }),
    ]);
  });

  test.each([
    { oomKilled: true, exitCode: 137, says: 'used more memory than it is allowed' },
    { oomKilled: false, exitCode: 1, says: 'app2 ended though nobody broke it.' },
  ])('a replica that ended by itself: $says', ({ oomKilled, exitCode, says }) => {
    const evidence = withSome((at) => sample({ at, attempts: [unanswered('app2', 5, 502)] }));
    const ended = [{ hostname: 'app2', exitCode, oomKilled }];
    expect(diagnosed(config({}), { ...evidence, ended })).toEqual([
      expect.objectContaining({
        id: 'replica-lost',
        cause: expect.stringContaining(says),
        evidence: expect.stringContaining(`app2 is gone, with exit code ${exitCode}.`),
      }),
    ]);
  });

  test('clients kept out by their address, whom no replica serves', () => {
    const text = config({ location: '        allow 10.0.0.0/8;\n        deny all;\n' });
    const evidence = rotationEvidence(steady(0, 300).map((_, index) => byNginx(403)(index * 10)));
    expect(diagnosed(text, evidence)).toEqual([
      expect.objectContaining({ id: 'access-denied', gates: ['baseline.errors', 'rotation.coverage'] }),
    ]);
  });

  test('an answer that replicas refuse through NGINX alone, for a reason that is not in proxy_pass', () => {
    const evidence = withSome((at) => sample({ at, attempts: [attempt('app1', { status: 400 })] }));
    expect(diagnosed(config({}), evidence)).toEqual([
      expect.objectContaining({ id: 'refused-through-nginx', file: 'nginx/default.conf', diff: null }),
    ]);
  });

  test('all that is refused is too much from one client, as NGINX is to the app', () => {
    const refusedWith = (status: number) => (at: number) => sample({ at, attempts: [attempt('app1', { status })] });
    const ids = (status: number): readonly string[] =>
      diagnosed(config({}), withSome(refusedWith(status))).map(({ id }) => id);
    expect(ids(429)).toEqual(['app-limits-requests']);
    expect(ids(422)).toEqual(['refused-through-nginx']);
  });

  test('a rewrite is the place where requests are changed', () => {
    const text = config({ location: '        rewrite ^/(.*)$ /app/$1 break;\n' });
    const evidence = withSome((at) => sample({ at, attempts: [attempt('app1', { status: 404 })] }));
    expect(diagnosed(text, evidence)).toEqual([
      expect.objectContaining({
        ...{ id: 'refused-through-nginx', line: text.split('\n').findIndex((line) => line.includes('rewrite')) + 1 },
      }),
    ]);
  });

  test('every answer is refused through NGINX, which says another Host than clients do', () => {
    const refused = rotationEvidence(
      steady(0, 300).map((_, index) => sample({ at: index * 10, attempts: [attempt('app1', { status: 400 })] })),
    );
    const named = (text: string): readonly string[] =>
      diagnosed(text, refused)
        .filter(({ gates }) => gates.includes('baseline.errors'))
        .map(({ id }) => id);
    expect(named(config({}))).toEqual(['host-not-passed']);
    expect(named(config({ location: '        proxy_set_header Host $host;\n' }))).toEqual(['refused-through-nginx']);
    expect(named(config({ location: '        rewrite ^/(.*)$ /app/$1 break;\n' }))).toEqual(['refused-through-nginx']);
    expect(named(config({ pass: 'http://shop/app/' }))).toEqual(['path-rewritten']);
  });

  test('closed connections under the usual number of worker connections have another cause', () => {
    const text = config({ http: 'events {\n    worker_connections 1024;\n}\n' });
    const evidence = withSome((at) => sample({ at, attempts: null, outcome: CLOSED }));
    expect(diagnosed(text, evidence).map(({ id }) => id)).not.toContain('worker-connections');
  });

  test('a backup that is no replica, and that nobody asked, is not blamed', () => {
    const text = config({ servers: ['app1:5000', 'app2:5000', 'app3:5000', '127.0.0.1:8081 backup'] });
    expect(diagnosed(text, rotationEvidence(steady(0, 300)))).toEqual([]);
  });
});
