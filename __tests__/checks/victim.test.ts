import { describe, expect, test } from '@jest/globals';
import { pickVictim } from '../../src/checks/victim';
import type { Cluster } from '../../src/cluster/cluster-types';
import type { NginxModel } from '../../src/cluster/nginx/model';
import type { Method, Sample } from '../../src/traffic/sample';
import { attempt, modelOf, REPLICAS, sample } from '../support/evidence';

const replicas = REPLICAS.map(({ hostname, address }) => ({
  ...{ hostname, containerId: hostname, port: 5000 },
  address: address.replace(':5000', ''),
}));
/** What the choice looks at of a cluster. */
const cluster: Pick<Cluster, 'replicas'> = { replicas };
const EVEN =
  'upstream u { server app1:5000; server app2:5000; server app3:5000; } server { location / { proxy_pass http://u; } }';
const canary = EVEN.replace('server app3:5000; }', '} upstream canary { server app3:5000; }').replace(
  '} }',
  '} location /new { proxy_pass http://canary; } }',
);

const served = (method: Method, ...names: readonly string[]): readonly Sample[] =>
  names.map((name) => sample({ at: 0, method, attempts: [attempt(name)] }));

/** The victims of so many seeds, each once. */
function victims(samples: readonly Sample[], nginx: NginxModel = modelOf(EVEN)): readonly string[] {
  const seeds = Array.from({ length: 12 }, (_, seed) => seed);
  const context = (seed: number): Parameters<typeof pickVictim>[0] => ({ cluster: cluster as Cluster, nginx, seed });
  return [...new Set(seeds.map((seed) => pickVictim(context(seed), { samples: () => samples }).hostname))].sort();
}

test('no small weight makes a replica the one that is broken', () => {
  const nginx = modelOf(EVEN.replace('app2:5000', 'app2:5000 weight=5'));
  expect(victims(served('GET', 'app1', 'app2', 'app3'), nginx)).toEqual(['app1', 'app2', 'app3']);
});

describe('the replica that is broken', () => {
  test('is any of those that serve', () => {
    expect(victims([...served('GET', 'app1', 'app2', 'app3'), ...served('POST', 'app1', 'app3')])).toEqual([
      'app1',
      'app2',
      'app3',
    ]);
    expect(victims(served('GET', 'app2', 'app3'))).toEqual(['app2', 'app3']);
  });

  test('is any at all where none serves', () => {
    expect(victims([])).toEqual(['app1', 'app2', 'app3']);
  });

  test('is the one that nothing stands in for, as the configuration says', () => {
    expect(victims(served('GET', 'app1', 'app2', 'app3'), modelOf(canary))).toEqual(['app3']);
  });

  test('is none that nobody is sent to, whatever the configuration says', () => {
    expect(victims(served('GET', 'app1', 'app2'), modelOf(canary))).toEqual(['app1', 'app2']);
  });

  test('is the one that alone serves a method', () => {
    expect(victims([...served('GET', 'app1', 'app2', 'app3'), ...served('POST', 'app2', 'app2')])).toEqual(['app2']);
  });

  test.each([
    { parameters: 'max_fails=0', what: 'never set aside' },
    { parameters: 'max_fails=1000', what: 'hardly ever set aside' },
    { parameters: 'fail_timeout=5m', what: 'set aside for the longest' },
    { parameters: 'max_fails=20', what: 'set aside the latest' },
    { parameters: 'weight=5000', what: 'slowest to get its share back' },
  ])('is the one that is $what, of those that serve', ({ parameters }) => {
    const nginx = modelOf(EVEN.replace('app2:5000', `app2:5000 ${parameters}`));
    expect(victims(served('GET', 'app1', 'app2', 'app3'), nginx)).toEqual(['app2']);
    expect(victims(served('GET', 'app1', 'app3'), nginx)).toEqual(['app1', 'app3']);
  });
});
