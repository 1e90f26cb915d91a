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
  ])('$name', ({ text, evidence, id, diff }) => {
    expect(diagnosed(text, evidence)).toEqual([
      expect.objectContaining({ id, file: 'nginx/default.conf', diff: expect.stringContaining(diff) }),
    ]);
  });

  test('a backup that is no replica, and that nobody asked, is not blamed', () => {
    const text = config({ servers: ['app1:5000', 'app2:5000', 'app3:5000', '127.0.0.1:8081 backup'] });
    expect(diagnosed(text, rotationEvidence(steady(0, 300)))).toEqual([]);
  });
});
