import { describe, expect, test } from '@jest/globals';
import { configKind } from '../../../src/cluster/nginx/kind';
import { understandConfig, type NginxModel } from '../../../src/cluster/nginx/model';
import { renderConfig, type RenderRequest } from '../../../src/cluster/nginx/render';
import { treeOf } from '../../support/config-tree';

const REPLICAS = ['app1', 'app2', 'app3'].map((hostname, index) => ({ hostname, address: `198.18.0.1${index}` }));
const REQUEST: RenderRequest = {
  replicas: REPLICAS,
  appPort: 5000,
  algorithm: 'round-robin',
  weights: null,
  nginxVersion: '1.30.4',
  workers: 2,
};

function modelOf(request: RenderRequest): NginxModel {
  const tree = treeOf(renderConfig(request), '/etc/nginx/nginx.conf');
  return understandConfig(tree, { replicas: REPLICAS, appPort: 5000, probePath: '/', nginxVersion: '1.30.4' });
}

describe('renderConfig', () => {
  test('is a whole configuration that includes no other file', () => {
    const text = renderConfig(REQUEST);

    expect(configKind(text)).toBe('whole');
    expect(text).not.toMatch(/\binclude\b/);
  });

  test('says what the reference configuration says', () => {
    const { route, ...model } = modelOf(REQUEST);
    const values = Object.entries(route ?? {}).map(([key, term]: [string, unknown]) => [
      key,
      typeof term === 'object' && term !== null && 'value' in term ? term.value : null,
    ]);

    expect(model).toMatchObject({ workers: 2, listenPort: 80, routeProblem: null });
    expect(Object.fromEntries(values)).toMatchObject({
      ...{ connectTimeoutMs: 1000, readTimeoutMs: 5000 },
      ...{ nextUpstream: ['error', 'timeout', 'http_503'], nextUpstreamTries: 2, nextUpstreamTimeoutMs: 8000 },
      ...{ httpVersion: '1.1', proxyCache: false },
    });
    expect(renderConfig(REQUEST)).toContain('proxy_send_timeout 5s;');
    expect(Object.fromEntries(route?.proxySetHeaders.map(({ name, value }) => [name, value]) ?? [])).toEqual({
      Connection: '',
      Host: '$host',
      'X-Request-Id': '$request_id',
      'X-Forwarded-For': '$proxy_add_x_forwarded_for',
    });
  });

  test('spreads requests over every replica', () => {
    const upstream = modelOf(REQUEST).route?.upstream;

    expect(upstream).toMatchObject({ implicit: false, zone: { value: true }, keepalive: { value: 16 } });
    expect(upstream?.servers).toEqual(
      REPLICAS.map(({ hostname }): unknown =>
        expect.objectContaining({ replica: hostname, weight: 1, maxFails: 2, failTimeoutMs: 3000, backup: false }),
      ),
    );
  });

  test.each([
    { algorithm: 'round-robin', args: [] },
    { algorithm: 'least-conn', args: [] },
    { algorithm: 'ip-hash', args: [] },
    { algorithm: 'hash', args: ['$request_uri', 'consistent'] },
    { algorithm: 'random', args: [] },
  ] as const)('knows $algorithm', ({ algorithm, args }) => {
    expect(modelOf({ ...REQUEST, algorithm }).route?.upstream).toMatchObject({ algorithm, algorithmArgs: args });
  });

  test('gives each replica its weight', () => {
    const { route } = modelOf({ ...REQUEST, weights: [3, 1, 2] });

    expect(route?.upstream.servers.map(({ weight }) => weight)).toEqual([3, 1, 2]);
  });

  test.each([
    { nginxVersion: '1.27.3', times: 0 },
    { nginxVersion: '1.27.4', times: 1 },
  ])('NGINX $nginxVersion gets keepalive_min_timeout $times times', ({ nginxVersion, times }) => {
    expect(renderConfig({ ...REQUEST, nginxVersion }).match(/^ *keepalive_min_timeout 5s;$/gm) ?? []).toHaveLength(
      times,
    );
  });

  test.each([
    { name: 'weights that do not match', request: { weights: [1, 2] }, message: '2 weights for 3 replicas' },
    {
      name: 'a hostname that is none',
      request: { replicas: [{ hostname: 'a;b' }] },
      message: '"a;b" is not a hostname',
    },
  ])('refuses $name', ({ request, message }) => {
    expect(() => renderConfig({ ...REQUEST, ...request })).toThrow(new RangeError(message));
  });
});
