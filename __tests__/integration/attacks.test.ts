import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../src/checks/evidence';
import { runHardening } from '../../src/checks/hardening';
import { runIsolation } from '../../src/checks/isolation';
import { runLimits } from '../../src/checks/limits';
import type { ScenarioContext } from '../../src/checks/scenario';
import type { Engine } from '../../src/cluster/engine';
import { profileGates } from '../../src/settings/profiles';
import type { Judgement } from '../../src/verdict/verdict';
import { judge } from '../../src/verdict/verdict';
import { ROOT } from '../support/action';
import { BASE_IMAGE, describeOnDocker, docker, leftoversOf, TEST_LABEL } from '../support/docker';
import type { LiveOptions } from '../support/live-cluster';
import { onLiveCluster } from '../support/live-cluster';
import { CONFIG_PATH, modelOf } from '../support/evidence';

const APPS = join(ROOT, 'fixtures/apps');
const MARK = `attacks-${process.pid}`;
/** Starting containers is slow where others use the machine too. */
const PATIENCE_MS = 240_000;

function tagOf(app: string): string {
  return `lbca-test-attacks:${app}-${process.pid}`;
}

async function build(app: string): Promise<void> {
  const argv = ['build', '--quiet', '--force-rm', '--label', `${TEST_LABEL}=${MARK}`, '--tag', tagOf(app)];
  await docker(...argv, '--build-arg', `BASE_IMAGE=${BASE_IMAGE}`, '--file', join(APPS, `${app}.Dockerfile`), APPS);
}

async function seen(
  app: string,
  check: (context: ScenarioContext) => Promise<ScenarioEvidence>,
  options: LiveOptions = {},
): Promise<ScenarioEvidence> {
  const { result, run } = await onLiveCluster(tagOf(app), options, check);
  expect(await leftoversOf(run)).toEqual([]);
  return result;
}

/** Ids of what does not hold, each with whom it is about. */
function failed({ probes }: ScenarioEvidence): readonly string[] {
  return probes.filter(({ holds }) => holds === false).map(({ id, subject }) => `${id} ${subject}`);
}

/** What could not be asked, though this machine can: nothing, but for what a busy machine leaves open. */
function unasked({ probes }: ScenarioEvidence): readonly string[] {
  return probes.filter(({ holds }) => holds === null).map(({ id }) => id);
}

function judged(app: string, evidence: ScenarioEvidence): Judgement {
  const path = `fixtures/apps/${app}.Dockerfile`;
  const config = { containerPath: CONFIG_PATH, workspacePath: null, text: '' };
  return judge({
    ...{ scenarios: [evidence], nginx: modelOf(''), config, appPort: 5000 },
    gates: profileGates('standard', [evidence.check]),
    dockerfile: { path, text: readFileSync(join(ROOT, path), 'utf8'), target: null },
  });
}

interface BrokenApp {
  readonly app: string;
  readonly finding: string;
  readonly diagnosis: string;
  readonly line: number;
  readonly fix: RegExp;
}

const BROKEN_APPS: readonly BrokenApp[] = [
  {
    app: 'no-user',
    finding: 'non-root app1, app2, app3',
    diagnosis: 'root-user',
    line: 7,
    fix: /Add `USER 10001:10001`/,
  },
  {
    app: 'user-root',
    finding: 'non-root app1, app2, app3',
    diagnosis: 'root-user',
    line: 8,
    fix: /Change it to `USER 10001:10001`/,
  },
  {
    app: 'shell-form',
    finding: 'ends-on-sigterm app2',
    diagnosis: 'shell-form-command',
    line: 7,
    fix: /CMD \["program", "argument"\]/,
  },
  {
    app: 'script-without-exec',
    finding: 'ends-on-sigterm app2',
    diagnosis: 'script-without-exec',
    line: 8,
    fix: /`exec`/,
  },
  {
    app: 'no-handler',
    finding: 'ends-on-sigterm app2',
    diagnosis: 'sigterm-ignored',
    line: 8,
    fix: /handle SIGTERM/,
  },
  {
    app: 'secret-in-env',
    finding: 'no-secret-in-image DB_PASSWORD',
    diagnosis: 'secret-in-image',
    line: 6,
    fix: /change it: whoever has pulled the image knows it/,
  },
];

describeOnDocker('an app in an image', () => {
  beforeAll(() => build('no-shell'), PATIENCE_MS);
  afterAll(async () => {
    const images = await docker('image', 'ls', '--quiet', '--filter', `label=${TEST_LABEL}=${MARK}`);
    const ids = new Set(images.split('\n').filter(Boolean));
    if (ids.size > 0) await docker('image', 'rm', '--force', ...ids);
  }, PATIENCE_MS);

  test.each(BROKEN_APPS)(
    '$app has one finding, with its line: $diagnosis',
    async ({ app, finding, diagnosis, line, fix }) => {
      await build(app);
      const evidence = await seen(app, runHardening);
      const { verdict, gates, diagnoses } = judged(app, evidence);
      expect(failed(evidence)).toEqual([finding]);
      expect(unasked(evidence)).toEqual([]);
      expect(verdict).toBe('fail');
      expect(gates).toMatchObject(
        [{ metric: 'hardening.findings', observed: 1, outcome: 'fail' }, {}, {}].slice(0, gates.length),
      );
      expect(diagnoses).toMatchObject([
        { id: diagnosis, file: `fixtures/apps/${app}.Dockerfile`, line, fix: expect.stringMatching(fix) },
      ]);
      expect(JSON.stringify([evidence, diagnoses])).not.toContain('not-a-real-one');
    },
    PATIENCE_MS,
  );

  test(
    'that has no shell passes all three checks',
    async () => {
      const isolation = await seen('no-shell', runIsolation);
      const hardening = await seen('no-shell', runHardening);
      const limits = await seen('no-shell', runLimits);
      expect([failed(isolation), failed(hardening), failed(limits)]).toEqual([[], [], []]);
      expect(unasked(isolation)).toEqual([]);
      expect(unasked(hardening)).toEqual(['write-fails']);
      // On a busy machine the waits beside a neighbour cannot be told.
      expect(unasked(limits).filter((id) => !id.endsWith('-wait'))).toEqual([]);
    },
    PATIENCE_MS,
  );

  test(
    'that runs without the options of hardening shows what they are for',
    async () => {
      const evidence = await seen('no-user', runHardening, { inputs: { hardening: 'report' } });
      expect(failed(evidence)).toEqual([
        ...['non-root', 'read-only-root', 'no-capabilities', 'no-new-privileges'].map((id) => `${id} app1, app2, app3`),
        'write-fails app2',
      ]);
    },
    PATIENCE_MS,
  );
});

describeOnDocker('a cluster that is not what it should be', () => {
  beforeAll(() => build('no-shell'), PATIENCE_MS);
  afterAll(async () => {
    await docker('image', 'rm', '--force', tagOf('no-shell'));
  }, PATIENCE_MS);

  const SPOILT: readonly [what: string, options: LiveOptions, findings: readonly string[]][] = [
    [
      'a fabric with a way out',
      { engine: (real) => ({ ...real, createNetwork: openly(real) }) },
      ['fabric-internal fabric'],
    ],
    [
      'a replica with a published port, which takes a network that is open too',
      { engine: (real) => ({ ...publishing(real), createNetwork: openly(real) }) },
      ['fabric-internal fabric', 'replica-unpublished app1'],
    ],
    [
      'a replica that other networks know',
      {
        spoil: async ({ replicas, edgeId }, engine) => {
          const [first] = replicas;
          const address = await unusedAddress(edgeId);
          await engine.connectNetwork(edgeId, first?.containerId ?? '', { address, aliases: [] });
        },
      },
      ['replica-fabric-only app1'],
    ],
    [
      'a replica whose hostname leads elsewhere',
      {
        spoil: async ({ replicas, fabricId }, engine) => {
          const [first] = replicas;
          const address = await unusedAddress(fabricId);
          await engine.disconnectNetwork(fabricId, first?.containerId ?? '');
          await engine.connectNetwork(fabricId, first?.containerId ?? '', { address, aliases: ['app1'] });
        },
      },
      ['hostname app1'],
    ],
  ];

  test.each(SPOILT)(
    'isolation finds %s',
    async (_, options, findings) => {
      const evidence = await seen('no-shell', runIsolation, options);
      expect(failed(evidence)).toEqual(findings);
    },
    PATIENCE_MS,
  );

  test(
    'isolation finds a way in that stays open',
    async () => {
      const evidence = await seen('no-shell', (context) => runIsolation({ ...context, engine: lettingIn(context) }));
      expect(failed(evidence)).toEqual(['app1', 'app2', 'app3'].map((one) => `replica-hidden ${one}`));
    },
    PATIENCE_MS,
  );

  test(
    'limits finds replicas without them',
    async () => {
      const evidence = await seen('no-shell', runLimits, {
        engine: (real) => ({ ...real, createContainer: (one) => real.createContainer({ ...one, limits: null }) }),
      });
      expect(failed(evidence)).toEqual(
        ['cpu-limit', 'memory-limit', 'pids-limit'].flatMap((id) =>
          ['app1', 'app2', 'app3'].map((one) => `${id} ${one}`),
        ),
      );
    },
    PATIENCE_MS,
  );
});

/** An address in a cluster's network that nobody in it has. */
async function unusedAddress(network: string): Promise<string> {
  const subnet = await docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', network);
  const [a, b, c, d] = (subnet.split('/')[0] ?? '').split('.').map(Number);
  return [a, b, c, (d ?? 0) + 40].join('.');
}

/** Whoever attacks from another network gets into the replicas' as well. */
function lettingIn({ engine, cluster }: ScenarioContext): Engine {
  return {
    ...engine,
    createContainer: async (request) => {
      const id = await engine.createContainer(request);
      if (request.name.endsWith('stranger')) {
        const address = await unusedAddress(cluster.fabricId);
        await engine.connectNetwork(cluster.fabricId, id, { address, aliases: [] });
      }
      return id;
    },
  };
}

/** Every network has a way out. */
function openly(real: Engine): Engine['createNetwork'] {
  return (request) => real.createNetwork({ ...request, internal: false });
}

/** The first replica gets a port of the host, as with `docker run --publish`. */
function publishing(real: Engine): Engine {
  return {
    ...real,
    createContainer: (request) =>
      real.createContainer(
        request.hostname === 'app1' ? { ...request, publish: { containerPort: 5000, hostPort: 0 } } : request,
      ),
  };
}
