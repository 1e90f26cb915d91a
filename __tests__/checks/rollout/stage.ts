import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ScenarioContext } from '../../../src/checks/scenario';
import type { Clock } from '../../../src/clock';
import type { Cluster, Replica } from '../../../src/cluster/cluster-types';
import { replicaRequest } from '../../../src/cluster/cluster';
import type { ContainerProcess, ExecResult } from '../../../src/cluster/engine';
import type { RolloutImages } from '../../../src/cluster/images';
import { understandConfig } from '../../../src/cluster/nginx/model';
import { parseSettings } from '../../../src/settings/parse';
import type { Sample } from '../../../src/traffic/sample';
import { MemoryEngine } from '../../support/memory-engine';
import { PLAIN } from '../../../src/cluster/client-headers';
import { treeOf } from '../../support/config-tree';

const CONFIG_FILE = '/etc/nginx/nginx.conf';
const HOSTNAMES = ['app1', 'app2', 'app3'];
const NOTHING_WRONG: ExecResult = { exitCode: 0, stdout: '', stderr: '' };

/** How the actors behave; everything may be left out. */
export interface Script {
  /** The whole nginx.conf; `PORT` stands for the app's port. Unless given: an upstream of the three replicas. */
  readonly config?: string;
  /** What `nginx -s reload` answers, by its number from 1. */
  readonly reload?: (number: number) => Partial<ExecResult>;
  /** Whether a reload brings new workers, by its number. */
  readonly takesOver?: (number: number) => boolean;
  /** The number of the reload at which NGINX ends. */
  readonly endsAtReload?: number;
  /** Old workers never end. */
  readonly lingers?: boolean;
  /** Status of the health path; by replica (`app2`) and image. */
  readonly health?: (replica: string, image: string) => number;
  /** Exit code of a container that is asked to stop. */
  readonly exitCode?: number;
  readonly images?: Partial<RolloutImages>;
  /** What the new image carries. */
  readonly env?: Readonly<Record<string, string>>;
  readonly checks?: string;
}

/** A cluster on an engine in memory, whose replicas answer on this machine's loopback addresses. */
export interface Stage {
  readonly context: ScenarioContext;
  readonly engine: MemoryEngine;
  readonly log: readonly string[];
  /** Containers that came in the place of others, as the scenario tells. */
  readonly replaced: readonly Replica[];
  /** Verbs that change something, in order, with what they are about. */
  readonly deeds: () => readonly string[];
  /** The configuration that NGINX was last given. */
  readonly config: () => string;
  readonly close: () => Promise<void>;
}

/** Sets the stage: three replicas of image `old` and NGINX, all running. */
export async function setStage(script: Script = {}): Promise<Stage> {
  let reloads = 0;
  let generation = 0;
  let leaving: readonly number[] = [];
  const workers = (): readonly number[] => [100 + 2 * generation, 101 + 2 * generation];
  const engine: MemoryEngine = new MemoryEngine({
    images: { old: {}, new: { env: script.env ?? {} }, nginx: {} },
    exec: (container) => {
      reloads += 1;
      if (reloads === script.endsAtReload) container.end(1);
      const result = { ...NOTHING_WRONG, ...script.reload?.(reloads) };
      if (result.exitCode === 0 && script.takesOver?.(reloads) !== false) {
        leaving = script.lingers === true ? [...leaving, ...workers()] : [];
        generation += 1;
      }
      return result;
    },
    processes: () => [
      process(1, 'nginx: master process nginx -g daemon off;'),
      ...leaving.map((pid) => process(pid, 'nginx: worker process is shutting down')),
      ...workers().map((pid) => process(pid, 'nginx: worker process')),
      process(99, 'nginx: cache manager process'),
    ],
  });
  const app = await listen(engine, script);
  const port = (app.address() as AddressInfo).port;
  const text = (script.config ?? DEFAULT_CONFIG).replaceAll('PORT', String(port));
  const clock = swiftClock();
  const cluster = await start(engine, port, text, script, clock);
  const log: string[] = [];
  const replaced: Replica[] = [];
  const outcome = parseSettings({ checks: script.checks ?? 'rollout' });
  if (!outcome.ok) throw new Error('the defaults are sound');
  const context: ScenarioContext = {
    settings: outcome.settings,
    cluster,
    shared: false,
    onQuiet: () => undefined,
    onReplaced: (replica) => void replaced.push(replica),
    busy: () => 0,
    watchHeldBack: () => Promise.resolve(() => Promise.resolve([])),
    slowRoom: () => Promise.resolve({ replicas: cluster.replicas.length, ofEach: 8 }),
    idleRoom: () => Promise.resolve(null),
    nginx: understandConfig(treeOf(text, CONFIG_FILE), {
      replicas: cluster.replicas,
      appPort: port,
      probePath: '/',
      nginxVersion: '1.30.4',
    }),
    rollout: {
      from: { id: 'old', reference: 'shop:1' },
      to: { id: 'new', reference: 'shop:2' },
      promisedBy: 'rollout-image',
      ...script.images,
    },
    engine,
    clock,
    signal: new AbortController().signal,
    seed: 1,
    log: (line) => void log.push(line),
    openTraffic: () => Promise.resolve(steadyTraffic(clock)),
  };
  return {
    context,
    engine,
    log,
    replaced,
    deeds: () => engine.calls.flatMap(({ verb, args }) => deedOf(verb, args)),
    config: () => engine.container(cluster.loadBalancer.containerId).files.get(CONFIG_FILE) ?? '',
    close: () => new Promise((resolve) => app.close(() => resolve())),
  };
}

const DEFAULT_CONFIG = `events {}
http {
    upstream app {
        zone app 64k;
        server app1:PORT;
        server app2:PORT weight=2; # the big one
        server app3:PORT;
    }
    server { listen 80; location / { proxy_pass http://app; } }
}
`;

async function start(
  engine: MemoryEngine,
  appPort: number,
  content: string,
  script: Script,
  clock: Clock,
): Promise<Cluster> {
  const fabricId = await engine.createNetwork({ name: 'fabric', labels: {}, internal: true, subnet: '127.0.0.0/26' });
  const plan: Cluster['plan'] = {
    ...{ ownership: { run: 'r', owner: 'o', kept: false }, hostnames: HOSTNAMES, appImage: 'old', appPort, appEnv: {} },
    ...{
      limits: { cpus: 0.5, memoryBytes: 2 ** 28, pids: 128 },
      hardened: true,
      healthPath: '/healthz',
      probePath: '/',
      ...PLAIN,
      ...{ otherHosts: [], strangers: [] },
    },
    ...{ startupTimeoutMs: 2_000, nginxImage: 'nginx', nginxFiles: [{ path: CONFIG_FILE, content }] },
    ...{ nginxCommand: ['nginx'], nginxWithoutEntrypoint: false, nginxPort: 80 },
  };
  const replicas = await Promise.all(
    HOSTNAMES.map(async (hostname, index) => {
      const address = `127.0.0.${index + 11}`;
      const containerId = await engine.createContainer(replicaRequest(plan, 'rollout', fabricId, hostname, address));
      await engine.startContainer(containerId);
      return { hostname, address, port: appPort, containerId };
    }),
  );
  const balancer = await engine.createContainer({
    ...replicaRequest(plan, 'rollout', fabricId, 'nginx', '127.0.0.10'),
    image: 'nginx',
  });
  await engine.startContainer(balancer);
  engine.calls.length = 0;
  if (script.exitCode !== undefined) endWith(engine, script.exitCode, clock);
  const timings = { networksMs: 0, containersMs: 0, readyMs: 0, totalMs: 0 };
  const loadBalancer = { containerId: balancer, address: '198.18.0.2', port: 80, hostPort: 0, url: '' };
  return { name: 'rollout', plan, fabricId, edgeId: 'edge', replicas, loadBalancer, timings };
}

/** Who is killed outlives the grace. */
function endWith(engine: MemoryEngine, exitCode: number, clock: Clock): void {
  const stop = engine.stopContainer.bind(engine);
  engine.stopContainer = async (id, grace) => {
    if (exitCode === 137) await clock.sleep(grace * 1_000);
    engine.container(id).end(exitCode);
    await stop(id, grace);
  };
}

/** The app of every replica: which one is asked shows in the address, which image it is on the engine. */
function listen(engine: MemoryEngine, script: Script): Promise<Server> {
  const app = createServer((request, response) => {
    const address = request.socket.localAddress ?? '';
    const container = [...engine.containers.values()].find(
      ({ running, endpoints }) => running && [...endpoints.values()].some((endpoint) => endpoint.address === address),
    );
    if (container === undefined) {
      response.destroy();
      return;
    }
    const { image, hostname } = container.request;
    response.statusCode = request.url === '/healthz' ? (script.health?.(hostname ?? '', image) ?? 200) : 200;
    response.setHeader('X-Version', image === 'old' ? '1.0.0' : '2.0.0');
    response.end('ok');
  });
  return new Promise((resolve) => app.listen(0, '0.0.0.0', () => resolve(app)));
}

function process(pid: number, command: string): ContainerProcess {
  return { pid, command };
}

/** Sleeps take no time, and move it on by as much. */
function swiftClock(): Clock {
  let now = 1_700_000_000_000;
  return {
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** Ten requests a second that all come to an end at once. */
function steadyTraffic(clock: Clock): Awaited<ReturnType<ScenarioContext['openTraffic']>> {
  const from = clock.now();
  const samples = (): readonly Sample[] =>
    Array.from({ length: Math.floor((clock.now() - from) / 100) }, (_, index) => ({
      ...{ id: `t-${index}`, method: 'GET', connection: 'fresh', path: '/', delayMs: 0 },
      ...{ scheduledAt: from + index * 100, sentAt: from + index * 100, doneAt: from + index * 100 },
      outcome: { kind: 'answered', status: 200 },
      proxy: null,
    }));
  const summary = {
    ...{ sent: 1, notSent: 0, latenessMs: { p50: 0, p99: 0, max: 0 } },
    ...{ clientRetries: 0, loopDelayP99Ms: 0 },
  };
  return {
    samples,
    count: () => samples().length,
    settledSamples: samples,
    dueBy: () => 0,
    outstandingBefore: () => 0,
    finish: () => Promise.resolve({ samples: samples(), missingLines: 0, unknownIds: 0, summary, turnDelayP99Ms: 0 }),
  };
}

const DEEDS = new Set([
  ...['writeFiles', 'exec', 'stopContainer', 'renameContainer', 'createContainer', 'startContainer', 'removeContainer'],
]);

function deedOf(verb: string, args: readonly unknown[]): readonly string[] {
  if (!DEEDS.has(verb)) return [];
  const [first, second] = args;
  if (verb === 'writeFiles') {
    const text = (second as readonly { readonly content: string }[]).map(({ content }) => content).join('');
    const down = [...text.matchAll(/server (\w+):[^;]* down;/g)].map(([, name]) => name);
    return [`config: ${down.length === 0 ? 'all up' : `${down.join(' ')} down`}`];
  }
  if (verb === 'exec') return [(second as readonly string[]).join(' ')];
  if (verb === 'createContainer') {
    const { name, image } = first as { readonly name: string; readonly image: string };
    return [`create ${name} of ${image}`];
  }
  const word = verb.replace('Container', '');
  return [
    [word, String(first), ...(typeof second === 'string' || typeof second === 'number' ? [String(second)] : [])].join(
      ' ',
    ),
  ];
}
