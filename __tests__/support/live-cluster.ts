import { randomBytes } from 'node:crypto';
import type { ScenarioContext } from '../../src/checks/scenario';
import { systemClock } from '../../src/clock';
import { clusterUp } from '../../src/cluster/cluster';
import type { Cluster } from '../../src/cluster/cluster-types';
import { createDockerEngine } from '../../src/cluster/docker-engine';
import type { Engine, ImageDescription } from '../../src/cluster/engine';
import { setUpNginx } from '../../src/cluster/nginx-setup';
import { ownerOfThisProcess } from '../../src/cluster/owner';
import { removeRun } from '../../src/cluster/removal';
import { replicaHostnames } from '../../src/cluster/topology';
import { parseSettings } from '../../src/settings/parse';
import type { Settings } from '../../src/settings/settings';
import { createLoads } from '../../src/traffic/load';
import { startTraffic } from '../../src/traffic/traffic';
import type { Inputs } from './action';
import { NGINX_IMAGE } from './docker';
import { introducingHeaders, PLAIN } from '../../src/cluster/client-headers';

/** What differs from an ordinary cluster. */
export interface LiveOptions {
  readonly inputs?: Inputs;
  readonly nginxImage?: string;
  /** Text of a configuration of one's own. */
  readonly userConfig?: string;
  /** Between the cluster and the real engine: to build it wrong. */
  readonly engine?: (real: Engine) => Engine;
  /** Once the cluster is up: to spoil it. */
  readonly spoil?: (cluster: Cluster, engine: Engine) => Promise<void>;
}

/** Brings a cluster of real containers up for one check, and takes it away again whatever comes of it. */
export async function onLiveCluster<T>(
  image: string,
  {
    inputs = {},
    nginxImage: nginxReference = NGINX_IMAGE,
    userConfig,
    engine: wrap = (real) => real,
    spoil = () => Promise.resolve(),
  }: LiveOptions,
  check: (context: ScenarioContext) => Promise<T>,
): Promise<{ readonly result: T; readonly run: string }> {
  const settings = settingsOf(image, inputs);
  const engine = createDockerEngine();
  const run = randomBytes(6).toString('hex');
  const signal = new AbortController().signal;
  const log = (): void => undefined;
  const ownership = { run, owner: await ownerOfThisProcess(), kept: false };
  const [app, nginxImage] = [await found(engine, image), await found(engine, nginxReference)];
  const hostnames = replicaHostnames(settings);
  const loads = createLoads(new URL('../traffic/load-process-source.mjs', import.meta.url));
  try {
    const nginx = await setUpNginx(
      { settings, image: nginxImage, hostnames, userConfig: userConfig ?? null, ownership },
      engine,
      signal,
    );
    const plan = {
      ...{ ownership, hostnames, appImage: app.id, appPort: settings.appPort, limits: settings.limits },
      ...{ appEnv: {}, hardened: settings.hardening === 'enforce', startupTimeoutMs: settings.startupTimeoutMs },
      ...{
        healthPath: settings.healthPath,
        probePath: settings.probePath,
        host: settings.host,
        requestHeaders: settings.requestHeaders,
      },
      ...{ otherHosts: nginx.model.otherHosts, strangers: nginx.strangers },
      ...{ nginxImage: nginxImage.id, nginxFiles: nginx.files, nginxCommand: nginx.command },
      ...{ nginxWithoutEntrypoint: nginx.withoutEntrypoint, nginxPort: nginx.port },
    };
    const tools = { engine: wrap(engine), clock: systemClock, signal, log };
    const cluster = await clusterUp(plan, 'live', 0, parseInt(run.slice(0, 6), 16), tools);
    await spoil(cluster, engine);
    const named = { id: app.id, reference: image };
    const result = await check({
      ...{ settings, cluster, engine, clock: systemClock, signal, log, seed: 1, nginx: nginx.model },
      shared: false,
      onQuiet: () => undefined,
      onReplaced: () => undefined,
      busy: () => 0,
      watchHeldBack: () => Promise.resolve(() => Promise.resolve([])),
      slowRoom: () => Promise.resolve({ replicas: cluster.replicas.length, ofEach: 8 }),
      idleRoom: () => Promise.resolve(null),
      rollout: { from: named, to: named, promisedBy: null },
      openTraffic: (order) =>
        startTraffic(order, {
          ...{ host: cluster.loadBalancer.address, port: cluster.loadBalancer.port, patienceMs: 30_000 },
          authority: new URL(cluster.loadBalancer.url).host,
          headers: introducingHeaders(PLAIN),
          ...{ loads, clock: systemClock, signal },
          openLog: (onLine) => followLog(cluster, engine, onLine),
        }),
    });
    return { result, run };
  } finally {
    await loads.end();
    await removeRun(engine, run, systemClock, 1);
  }
}

function settingsOf(image: string, inputs: Inputs): Settings {
  const outcome = parseSettings({ image, 'nginx-image': NGINX_IMAGE, ...inputs });
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join('\n'));
  return outcome.settings;
}

async function found(engine: Engine, reference: string): Promise<ImageDescription> {
  const image = await engine.findImage(reference);
  if (image === null) throw new Error(`${reference} is not on this machine`);
  return image;
}

function followLog(cluster: Cluster, engine: Engine, onLine: (line: string) => void): Promise<() => void> {
  const end = new AbortController();
  void engine
    .followLogs(cluster.loadBalancer.containerId, ({ text }) => onLine(text), end.signal)
    .catch(() => undefined);
  return Promise.resolve(() => end.abort());
}
