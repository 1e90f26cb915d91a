import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SESSION_PROBE, type Probe, type ScenarioEvidence } from '../../src/checks/evidence';
import type { NginxModel } from '../../src/cluster/nginx/model';
import type { Attempt } from '../../src/traffic/sample';
import type { Observed } from '../../src/verdict/measurement';
import { rangesOver } from '../../src/verdict/round-robin';
import { attempt, modelOf, rotationEvidence, sample } from '../support/evidence';
import { observedOf, valueOf } from '../support/measured';

/** A cluster under round robin: servers as the upstream lists them, and how many requests each worker served. */
interface Cluster {
  readonly servers: readonly { readonly name: string; readonly weight: number }[];
  readonly zone: boolean;
  readonly workers: readonly number[];
  /** Turns that each state had taken before. */
  readonly begun: number;
}

const names = fc.constantFrom(
  ...[['app1'], ['app1', 'app2'], ['app2', 'app1']],
  ...[
    ['app1', 'app2', 'app3'],
    ['app3', 'app2', 'app1'],
    ['app2', 'app3', 'app1'],
    ['app1', 'app3', 'app2'],
  ],
);
const cluster: fc.Arbitrary<Cluster> = fc.record({
  servers: names.chain((list) =>
    fc.tuple(...list.map((name) => fc.record({ name: fc.constant(name), weight: fc.integer({ min: 1, max: 9 }) }))),
  ),
  zone: fc.boolean(),
  workers: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 }),
  begun: fc.nat(30),
});

/** Smooth weighted round robin as NGINX's C code runs it (`ngx_http_upstream_get_peer`). */
function picker(weights: readonly number[]): () => number {
  const current = weights.map(() => 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return () => {
    let best = -1;
    for (const [peer, weight] of weights.entries()) {
      current[peer] = (current[peer] ?? 0) + weight;
      if (best === -1 || (current[peer] ?? 0) > (current[best] ?? 0)) best = peer;
    }
    current[best] = (current[best] ?? 0) - total;
    return best;
  };
}

/** Which worker serves each request, and which server it picks; requests arrive at the workers in turn. */
function picksOf({ servers, zone, workers, begun }: Cluster): readonly { worker: number; pick: number }[] {
  const make = (): (() => number) => {
    const pick = picker(servers.map(({ weight }) => weight));
    for (let turn = 0; turn < begun; turn += 1) pick();
    return pick;
  };
  const shared = make();
  const states = workers.map(() => (zone ? shared : make()));
  const most = Math.max(...workers);
  return Array.from({ length: most }, (_, round) => round).flatMap((round) =>
    workers.flatMap((requests, worker) => (round < requests ? [{ worker, pick: states[worker]?.() ?? 0 }] : [])),
  );
}

function evidenceOf({ servers }: Cluster, picks: readonly { worker: number; pick: number }[]): ScenarioEvidence {
  return rotationEvidence(
    picks.map(({ worker, pick }, index) =>
      sample({ at: index, worker, attempts: [attempt(servers[pick]?.name ?? '')] }),
    ),
  );
}

function excess(one: Cluster, picks: readonly { worker: number; pick: number }[]): number | string {
  const lines = one.servers.map(({ name, weight }) => `server ${name}:5000 weight=${weight};`).join(' ');
  const text = `upstream app { ${one.zone ? 'zone app 64k;' : ''} ${lines} } server { listen 80; location / { proxy_pass http://app; } }`;
  return valueOf(evidenceOf(one, picks), 'rotation.excess', modelOf(text));
}

function weighs(name: string, weight: number): Cluster['servers'][number] {
  return { name, weight };
}

describe('rotation.excess of any workers, zone, weights and order of servers', () => {
  test('is 0 for whatever NGINX does when nothing is wrong', () => {
    fc.assert(
      fc.property(cluster, (one) => {
        const picks = picksOf(one);
        fc.pre(picks.length >= 30);
        expect(excess(one, picks)).toBe(0);
      }),
      {
        numRuns: 300,
        examples: [
          [
            {
              servers: [weighs('app3', 6), weighs('app2', 9), weighs('app1', 1)],
              zone: false,
              workers: [30],
              begun: 26,
            },
          ],
        ],
      },
    );
  });

  test('is at least what was taken from one server and given to another, less what the order of turns may hide', () => {
    fc.assert(
      fc.property(cluster, fc.integer({ min: 1, max: 60 }), (one, wanted) => {
        const picks = picksOf(one);
        fc.pre(picks.length >= 30 && one.servers.length > 1);
        let moved = 0;
        const moving = picks.map((each) => {
          if (each.pick !== 0 || moved >= wanted) return each;
          moved += 1;
          return { ...each, pick: 1 };
        });
        const weights = one.servers.map(({ weight }) => weight);
        const turns = one.zone ? [picks.length] : one.workers;
        const hidden = turns
          .map((length) => rangesOver(weights, length)[1] ?? { least: 0, most: 0 })
          .reduce((sum, { least, most }) => sum + most - least, 0);
        const value = excess(one, moving);
        expect(value).toBeGreaterThanOrEqual(moved - hidden);
        expect(value).toBeLessThanOrEqual(moved);
      }),
      { numRuns: 300 },
    );
  });

  test('of too few requests is not told', () => {
    fc.assert(
      fc.property(cluster, (one) => {
        const picks = picksOf(one).slice(0, 29);
        expect(excess(one, picks)).toMatch(/^inconclusive: only \d+ requests? for rotation/);
      }),
    );
  });
});

describe('a group that only the request decides on', () => {
  const model = modelOf(
    'map $request_method $pool { default a; POST b; } upstream a { server app1:5000; server app2:5000; } ' +
      'upstream b { server app1:5000; server app2:5000; } server { listen 80; location / { proxy_pass http://$pool; } }',
  );
  const served = Array.from({ length: 300 }, (_, index) =>
    sample({ at: index * 10, attempts: [attempt(`app${(index % 3) + 1}`)] }),
  );

  test('promises no share, where replicas serve all requests', () => {
    expect(observedOf(rotationEvidence(served), 'rotation.excess', model)).toMatchObject({
      kind: 'unobservable',
      why: expect.stringContaining('only a request decides'),
    });
  });

  test('proves nothing where NGINX answers some itself', () => {
    const own = sample({ at: 500, attempts: [] });
    expect(observedOf(rotationEvidence([...served, own]), 'rotation.excess', model).kind).toBe('inconclusive');
  });
});

describe('several questions for one request', () => {
  const model = modelOf(
    'upstream app { zone app 64k; server app1:5000; server app2:5000; server app3:5000; } ' +
      'server { listen 80; location / { proxy_pass http://app; } }',
  );
  const twice = (first: Partial<Attempt> = {}): ScenarioEvidence =>
    rotationEvidence(
      Array.from({ length: 300 }, (_, index) => {
        const attempts = [attempt('app1', first), { ...attempt(`app${(index % 2) + 2}`), anew: true as const }];
        return sample({ at: index * 10, attempts });
      }),
    );

  test('take turns of their own', () => {
    expect(observedOf(twice(), 'rotation.excess', model)).toMatchObject({
      kind: 'unobservable',
      why: expect.stringContaining('X-Accel-Redirect'),
    });
  });

  test('hide no failure', () => {
    expect(observedOf(twice({ headerMs: null }), 'rotation.excess', model).kind).toBe('inconclusive');
  });
});

describe('a question before each request', () => {
  const GROUP = 'server app1:5000; server app2:5000; server app3:5000;';
  const asking = (whom: string): NginxModel =>
    modelOf(
      `upstream app { zone app 64k; ${GROUP} } upstream auth { ${GROUP} } server { listen 80; auth_request /auth; ` +
        `location / { proxy_pass http://app; } location = /auth { proxy_pass http://${whom}; } }`,
    );
  // The turns between them are the questions'.
  const served = rotationEvidence(
    Array.from({ length: 300 }, (_, index) =>
      sample({ at: index * 10, attempts: [attempt(`app${[1, 3, 2, 3, 1, 2][index % 6] ?? 1}`)] }),
    ).filter((_, index) => index % 7 !== 0),
  );

  test('takes turns of the group that it asks, which nobody sees', () => {
    expect(observedOf(served, 'rotation.excess', asking('app'))).toMatchObject({
      kind: 'unobservable',
      why: expect.stringContaining('auth_request'),
    });
  });

  test('takes none of them elsewhere', () => {
    expect(observedOf(served, 'rotation.excess', asking('auth')).kind).toBe('value');
  });
});

describe('cookies that another replica does not take', () => {
  const cookie = (holds: boolean | null, seen = 'as seen'): Probe => ({
    ...{ id: SESSION_PROBE, subject: 'app1', claim: 'it is taken' },
    ...{ holds, seen },
  });
  const sessions = (...probes: readonly Probe[]): Observed =>
    observedOf(rotationEvidence([], { probes }), 'rotation.sessions');

  test.each<[what: string, probes: readonly Probe[], observed: Partial<Observed>]>([
    ['none is set', [], { kind: 'value', value: 0, remark: 'the app sets no cookie' }],
    ['all are taken', [cookie(true), cookie(true)], { kind: 'value', value: 0, remark: null }],
    [
      'one is not',
      [cookie(true), cookie(false, 'app2: another'), cookie(null)],
      { kind: 'value', value: 1, remark: 'app2: another' },
    ],
    ['some tell nothing', [cookie(true), cookie(null)], { kind: 'value', value: 0, remark: null }],
    ['none tells anything', [cookie(null, 'set anew each time')], { kind: 'unobservable', why: 'set anew each time' }],
  ])('%s', (_what, probes, observed) => {
    expect(sessions(...probes)).toEqual(observed);
  });

  test('other questions are not about cookies', () => {
    expect(sessions({ ...cookie(false), id: 'egress' })).toMatchObject({ value: 0 });
  });
});

describe('groups that overlap, and that a variable chooses from', () => {
  const overlapping = (readers: string): NginxModel =>
    modelOf(
      `map $request_method $pool { default writers; GET readers; } upstream readers { ${readers} } upstream writers { server app1:5000; ` +
        'server app2:5000; } server { listen 80; location / { proxy_pass http://$pool; } }',
    );
  const servedBy = (...names: readonly string[]): ScenarioEvidence =>
    rotationEvidence(
      Array.from({ length: 300 }, (_, index) =>
        sample({ at: index * 10, attempts: [attempt(names[index % names.length] ?? '')] }),
      ),
    );
  const READERS = 'server app2:5000; server app3:5000;';

  test('cannot be seen as a whole by requests that go to one of them', () => {
    expect(observedOf(servedBy('app2', 'app3'), 'rotation.coverage', overlapping(READERS))).toMatchObject({
      kind: 'unobservable',
      why: expect.stringContaining('went to readers'),
    });
  });

  test.each([
    { what: 'one of that group does not serve', names: ['app3'], readers: READERS },
    { what: 'one stands in no group', names: ['app2'], readers: 'server app2:5000;' },
    {
      what: 'one is marked down there',
      names: ['app3'],
      readers: 'server app1:5000 down; server app2:5000; server app3:5000;',
    },
  ])('but is incomplete where $what', ({ names, readers }) => {
    expect(observedOf(servedBy(...names), 'rotation.coverage', overlapping(readers)).kind).toBe('value');
  });
});

describe('idle connections of NGINX to an app that serves one connection with each worker', () => {
  test.each([
    { workers: 'auto' as const, keepalive: 16, idleRoom: 2, held: 1 },
    { workers: 3, keepalive: 1, idleRoom: 2, held: 1 },
    { workers: 2, keepalive: 1, idleRoom: 2, held: 0 },
    { workers: 1, keepalive: 64, idleRoom: 2, held: 0 },
    { workers: 8, keepalive: 64, idleRoom: null, held: 0 },
  ])(
    'of $workers processes with $keepalive each, beside room for $idleRoom: $held',
    ({ workers, keepalive, idleRoom, held }) => {
      const text = `upstream shop { server app1:5000; keepalive ${keepalive}; } server { listen 80; location / { proxy_pass http://shop; } }`;
      const observed = observedOf(rotationEvidence([], { idleRoom }), 'rotation.held', { ...modelOf(text), workers });
      expect(observed).toMatchObject({ kind: 'value', value: held });
    },
  );
});
