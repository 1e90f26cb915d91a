import { afterEach, describe, expect, test } from '@jest/globals';
import { runRollout } from '../../../src/checks/rollout';
import type { RolloutEvidence, ScenarioEvidence } from '../../../src/checks/evidence';
import type { Sample } from '../../../src/traffic/sample';
import type { Script, Stage } from './stage';
import { setStage } from './stage';

const stages: Stage[] = [];

afterEach(async () => {
  await Promise.all(stages.splice(0).map((stage) => stage.close()));
});

interface Played extends Stage {
  readonly evidence: ScenarioEvidence;
  readonly rollout: RolloutEvidence;
}

async function play(script: Script = {}): Promise<Played> {
  const stage = await setStage(script);
  stages.push(stage);
  const evidence = await runRollout(stage.context);
  if (evidence.rollout === null) throw new Error('a rollout tells how it went');
  return { ...stage, evidence, rollout: evidence.rollout };
}

describe('an update that goes well', () => {
  test('spares, stops, replaces and readmits one replica after the other', async () => {
    const { deeds, context } = await play();
    const [first] = context.cluster.replicas;
    const turn = (hostname: string): readonly string[] => [
      `config: ${hostname} down`,
      'nginx -s reload',
      expect.stringMatching(/^stop container-\d+ 10$/) as unknown as string,
      expect.stringMatching(new RegExp(`^rename container-\\d+ lbca-r-rollout-${hostname}-old$`)) as unknown as string,
      `create lbca-r-rollout-${hostname} of new`,
      expect.stringMatching(/^start container-\d+$/) as unknown as string,
      'config: all up',
      'nginx -s reload',
      expect.stringMatching(/^remove container-\d+$/) as unknown as string,
    ];
    expect(deeds()).toEqual([...turn('app1'), ...turn('app2'), ...turn('app3')]);
    expect(deeds()[2]).toBe(`stop ${first?.containerId ?? ''} 10`);
  });

  test('puts the new container where the old one was', async () => {
    const { engine, context, replaced } = await play();
    const places = context.cluster.replicas.map(({ hostname, address }) => ({ hostname, address }));
    const now = [...engine.containers.values()]
      .filter(({ request }) => request.image === 'new')
      .map(({ request, endpoints }) => ({ request, endpoints: [...endpoints.values()] }));
    expect(now.map(({ request, endpoints }) => [request.hostname, endpoints])).toEqual(
      places.map(({ hostname, address }) => [hostname, [{ address, aliases: [hostname] }]]),
    );
    expect(now.map(({ request }) => request.hardened)).toEqual([true, true, true]);
    const fresh = [...engine.containers].flatMap(([id, { request }]) => (request.image === 'new' ? [id] : []));
    expect(replaced.map(({ hostname, containerId }) => [hostname, containerId])).toEqual(
      places.map(({ hostname }, index) => [hostname, fresh[index]]),
    );
  });

  test('tells every moment, in order, and the versions', async () => {
    const { rollout, evidence } = await play({ exitCode: 0 });
    expect(rollout).toMatchObject({ from: 'shop:1', to: 'shop:2', sameImage: false, failure: null });
    expect(rollout.steps.map(({ replica }) => replica)).toEqual(['app1', 'app2', 'app3']);
    for (const step of rollout.steps) {
      expect(step).toMatchObject({
        undrained: null,
        serversLeft: 2,
        exitCode: 0,
        versionBefore: '1.0.0',
        versionAfter: '2.0.0',
      });
      const { drainAt, drainedAt, stopAt, stoppedAt, startAt, readyAt, backAt } = step;
      const moments = [
        rollout.startedAt,
        drainAt,
        drainedAt,
        stopAt,
        stoppedAt,
        startAt,
        readyAt,
        backAt,
        rollout.endedAt,
      ];
      expect(moments).toEqual(moments.map(Number).toSorted((a, b) => a - b));
      expect(step.rolledBackAt).toBeNull();
    }
    expect(evidence.phases.map(({ name }) => name)).toEqual(['baseline', 'rollout', 'recovery']);
  });

  test('leaves NGINX with its own configuration', async () => {
    const { config, context } = await play();
    expect(config()).toBe(context.cluster.plan.nginxFiles[0]?.content);
  });

  test('records how a container ended', async () => {
    const { rollout } = await play({ exitCode: 137 });
    expect(rollout.steps.map(({ exitCode }) => exitCode)).toEqual([137, 137, 137]);
  });

  test('goes on when old workers outstay the deadline, and says so', async () => {
    const { rollout, log } = await play({ lingers: true });
    expect(rollout.failure).toBeNull();
    expect(rollout.steps.map(({ drainedAt }) => drainedAt)).toEqual([null, null, null]);
    expect(log).toContain('app1: old workers of NGINX are still there');
  });

  test('asks for slow requests that the read time-out allows', async () => {
    const stage = await setStage({ config: DEFAULT_WITH_READ_TIMEOUT });
    stages.push(stage);
    const orders: unknown[] = [];
    const { context } = stage;
    await runRollout({ ...context, openTraffic: (order) => (orders.push(order.slow), context.openTraffic(order)) });
    expect(orders).toEqual([{ perSecond: 6, delayMs: 400 }]);
  });
});

describe('the new version, where hardening is asked for as well', () => {
  const checks = 'rollout,hardening';
  const asked = ({ evidence }: Played): readonly (readonly [string, boolean | null])[] =>
    evidence.probes.map(({ id, holds }) => [id, holds]);

  test('is asked what lies in its image, and one of its replicas is stopped', async () => {
    const played = await play({ checks, env: { API_TOKEN: 'x1y2' } });
    // The processes of an engine in memory are not visible.
    expect(asked(played)).toEqual([
      ['non-root', null],
      ['no-secret-in-image', false],
      ['no-secret-in-files', true],
      ['ends-on-sigterm', true],
    ]);
    const last = [...played.engine.containers.values()].findLast(({ request }) => request.image === 'new');
    expect(played.evidence.probes.at(-1)?.subject).toBe('app3');
    expect(last).toMatchObject({ running: false, request: { hostname: 'app3' } });
    expect(played.evidence.ended).toEqual([]);
  });

  test('that is killed, and once more with more time, does not end', async () => {
    const played = await play({ checks, exitCode: 137 });
    expect(played.evidence.probes.at(-1)).toMatchObject({ id: 'ends-on-sigterm', holds: false });
    const stops = played.deeds().filter((deed) => deed.startsWith('stop'));
    expect(stops.slice(-2).map((deed) => deed.split(' ').at(-1))).toEqual(['10', '30']);
  });

  test.each<[what: string, script: Script]>([
    ['nobody asked for hardening', {}],
    ['it is the image under test', { checks, images: { promisedBy: 'baseline-image' } }],
    ['it is the same image again', { checks, images: { to: { id: 'old', reference: 'shop:1' }, promisedBy: null } }],
    ['it never gets ready', { checks, health: (_replica, image) => (image === 'new' ? 500 : 200) }],
  ])('is left alone: %s', async (_what, script) => {
    expect(asked(await play(script))).toEqual([]);
  });
});

test('answers that an old replica’s end cuts off are marked', async () => {
  const stage = await setStage();
  stages.push(stage);
  const { context, engine } = stage;
  const [first] = context.cluster.replicas;
  const stopped: number[] = [];
  const stop = engine.stopContainer.bind(engine);
  engine.stopContainer = async (id, grace) => {
    stopped.push(context.clock.now());
    await stop(id, grace);
  };
  const answered = (index: number, bytes: number, loggedAt: number): Sample => ({
    ...{ id: `r-${index}`, method: 'GET', connection: 'fresh', path: '/', delayMs: 0 },
    ...{ scheduledAt: loggedAt, sentAt: loggedAt, doneAt: loggedAt, outcome: { kind: 'answered', status: 200 } },
    proxy: {
      ...{ id: `r-${index}`, loggedAt, workerPid: 1, method: 'GET', status: 200, requestMs: 1, bodyBytes: bytes },
      openEndedBytes: bytes,
      attempts: [
        {
          address: `${first?.address ?? ''}:${first?.port ?? 0}`,
          ...{ status: 200, connectMs: 0, headerMs: 1, responseMs: 1, bytesSent: 100 },
        },
      ],
    },
  });
  const from = context.clock.now();
  const evidence = await runRollout({
    ...context,
    openTraffic: async (order) => {
      const traffic = await context.openTraffic(order);
      return {
        ...traffic,
        finish: async () => {
          const whole = Array.from({ length: 40 }, (_, index) => answered(index, 900, from + index));
          return { ...(await traffic.finish()), samples: [...whole, answered(40, 300, stopped[0] ?? 0)] };
        },
      };
    },
  });
  expect(evidence.samples.filter(({ wholeBytes }) => wholeBytes !== undefined).map(({ id }) => id)).toEqual(['r-40']);
});

const DEFAULT_WITH_READ_TIMEOUT = `events {}
http {
    upstream app { server app1:PORT; server app2:PORT; server app3:PORT; }
    server { listen 80; location / { proxy_read_timeout 1s; proxy_pass http://app; } }
}
`;

describe('a replica that no line names', () => {
  test('is stopped and started without a reload, and why is told', async () => {
    const { deeds, rollout } = await play({
      config: 'events {} http { server { listen 80; location / { proxy_pass http://app1:PORT; } } }',
    });
    expect(rollout.steps.map(({ undrained }) => undrained)).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/^there is no upstream block app1:\d+$/)),
    );
    expect(deeds().filter((deed) => deed.startsWith('nginx') || deed.startsWith('config'))).toEqual([]);
    expect(rollout.steps.map(({ backAt, readyAt }) => backAt === readyAt)).toEqual([true, true, true]);
  });

  test('only that one is', async () => {
    const { rollout } = await play({
      config:
        'events {} http { upstream app { server app1:PORT; server app2:PORT; } server { listen 80; location / { proxy_pass http://app; } } }',
    });
    expect(rollout.steps.map(({ undrained }) => undrained)).toEqual([
      null,
      null,
      'upstream app has no server line for app3',
    ]);
    expect(rollout.steps.map(({ serversLeft }) => serversLeft)).toEqual([1, 1, null]);
  });
});

describe('a new version that never becomes ready', () => {
  const neverReady: Script = { health: (_, image) => (image === 'new' ? 503 : 200) };

  test('goes, and the old one comes back in its place', async () => {
    const { deeds, rollout, engine, context, config } = await play(neverReady);
    const old = context.cluster.replicas[0]?.containerId ?? '';
    expect(deeds().slice(-5)).toEqual([
      expect.stringMatching(/^remove container-\d+$/),
      `rename ${old} lbca-r-rollout-app1`,
      `start ${old}`,
      'config: all up',
      'nginx -s reload',
    ]);
    expect(rollout.steps.map(({ replica, readyAt }) => [replica, readyAt])).toEqual([['app1', null]]);
    expect(rollout.steps[0]?.rolledBackAt).not.toBeNull();
    expect([...engine.containers.values()].filter(({ request }) => request.image === 'new')).toEqual([]);
    expect(engine.container(old)).toMatchObject({ name: 'lbca-r-rollout-app1', running: true });
    expect(config()).not.toContain('down');
  });

  test('is the failure, with its last lines', async () => {
    const { rollout } = await play(neverReady);
    expect(rollout.failure).toEqual({
      kind: 'not-ready',
      replica: 'app1',
      why: expect.stringMatching(/^Replica app1 did not become ready .*: it answered 503\.$/),
      details: [],
      rollbackProblem: null,
    });
  });

  test('stops the update where it is', async () => {
    const { rollout } = await play({ health: (replica, image) => (image === 'new' && replica === 'app2' ? 500 : 200) });
    expect(rollout.steps.map(({ replica, backAt }) => [replica, backAt !== null])).toEqual([
      ['app1', true],
      ['app2', false],
    ]);
    expect(rollout.failure?.replica).toBe('app2');
    expect(rollout.steps[1]?.versionAfter).toBe('1.0.0');
  });

  test('and an old one that does not come back either is told', async () => {
    const seen: string[] = [];
    const { rollout } = await play({
      health: (replica, image) => {
        seen.push(image);
        return replica === 'app1' && seen.includes('new') ? 503 : 200;
      },
    });
    expect(rollout.failure?.rollbackProblem).toContain('Replica app1 did not become ready');
    expect(rollout.steps[0]?.rolledBackAt).toBeNull();
  });
});

describe('a reload that NGINX refuses', () => {
  test('stops nothing, and puts the configuration back', async () => {
    const complaint = 'nginx: [emerg] host not found in upstream "app3:5000"';
    const { deeds, rollout, config } = await play({
      reload: (number) => (number === 1 ? { exitCode: 1, stderr: complaint } : {}),
    });
    expect(deeds()).toEqual(['config: app1 down', 'nginx -s reload', 'config: all up', 'nginx -s reload']);
    expect(rollout.failure).toMatchObject({ kind: 'reload', replica: 'app1', rollbackProblem: null });
    expect(rollout.failure?.why).toContain(complaint);
    expect(config()).not.toContain('down');
  });

  test('that keeps its old workers without a word is found out', async () => {
    const { rollout } = await play({ takesOver: (number) => number !== 1 });
    expect(rollout.failure).toMatchObject({
      kind: 'reload',
      why: 'NGINX kept its old workers after `nginx -s reload`',
    });
    expect(rollout.steps[0]?.stopAt).toBeNull();
  });

  test.each([1, 2])('at which NGINX ends (number %i) is the failure, and says so', async (endsAtReload) => {
    const { rollout } = await play({ endsAtReload });
    expect(rollout.failure).toMatchObject({
      ...{ kind: 'reload', replica: 'app1', nginxEnded: true },
      why: 'NGINX ended instead of reloading',
    });
  });

  test('after the new version is ready leaves that in its place', async () => {
    const { rollout, engine } = await play({ reload: (number) => (number === 2 ? { exitCode: 1 } : {}) });
    expect(rollout.failure).toMatchObject({ kind: 'reload', replica: 'app1' });
    expect(rollout.steps[0]).toMatchObject({ backAt: null, rolledBackAt: null });
    expect([...engine.containers.values()].filter(({ request }) => request.image === 'new')).toHaveLength(1);
  });
});
