import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createIdleRoom } from './checks/idle-room';
import { createSlowRoom } from './checks/slow-room';
import type { Cluster, ClusterPlan } from './cluster/cluster-types';
import type { EngineDescription } from './cluster/engine';
import { BuildError } from './cluster/image-build';
import type { PreparedImages } from './cluster/images';
import { dockerfilePath, prepareImages } from './cluster/images';
import { keptIdleMs } from './cluster/nginx/model';
import type { NginxSetup } from './cluster/nginx-setup';
import { setUpNginx } from './cluster/nginx-setup';
import { preflight } from './cluster/preflight';
import { removeStale } from './cluster/removal';
import { SetupError } from './cluster/setup-error';
import type { Ownership } from './cluster/topology';
import { replicaHostnames } from './cluster/topology';
import type { Log } from './github/log';
import type { RunFacts } from './report/build';
import { planStages } from './scenarios/plan';
import { runScenarios } from './scenarios/run';
import type { ScenarioTools } from './scenarios/stage';
import { mayGoFirst } from './traffic/load-priority';
import type { ScenarioEvidence } from './checks/evidence';
import type { DockerfileSource } from './verdict/diagnosis/diagnosis';
import { lineOfFailure } from './verdict/dockerfile';
import { lagBoundMsOf } from './verdict/measure';
import { suspicionOf } from './verdict/suspicion';
import type { Judgement } from './verdict/verdict';
import { judge } from './verdict/verdict';
import { counted } from './settings/wording';

/** What a trial is run with. */
export interface TrialTools extends Omit<
  ScenarioTools,
  'nginx' | 'rollout' | 'slowRoom' | 'idleRoom' | 'processors' | 'loadGoesFirst' | 'suspect' | 'plan'
> {
  readonly ownership: Ownership;
  /** Folder that paths in inputs are relative to. */
  readonly workspace: string;
}

/** What a trial came to, and the cluster that the outputs tell about. */
export interface TrialResult {
  readonly facts: Omit<RunFacts, 'seed'>;
  readonly first: Cluster | null;
  /** Settles when the last clusters have gone, or will not go. */
  readonly gone: Promise<unknown>;
}

/**
 * The action's main job: images, NGINX configuration, scenarios, judgement. Throws a SetupError or an EngineError where it
 * could not get to a judgement, and the signal's reason when it was cancelled; what was created is then still to be removed.
 */
export async function runTrial(tools: TrialTools): Promise<TrialResult> {
  const { settings, engine, clock, signal, log, ownership } = tools;
  const timings: Record<string, number> = {};
  const timed = async <T>(step: string, title: string, work: () => Promise<T>): Promise<T> => {
    const started = clock.now();
    try {
      return await log.group(title, work);
    } finally {
      timings[step] = clock.now() - started;
    }
  };

  const userConfig = await readUserConfig(tools);
  const machine = await timed('preflight', 'Machine', () => checkMachine(tools));
  const images = await timed('images', 'Images', () =>
    blamingLine(tools, () =>
      prepareImages(settings, { engine, clock, signal, ownership, workspace: tools.workspace, log }),
    ),
  );
  const hostnames = replicaHostnames(settings);
  const nginx = await timed('config', 'NGINX configuration', async () => {
    const setup = await setUpNginx({ settings, image: images.nginx, hostnames, userConfig, ownership }, engine, signal);
    describeSetup(setup, log);
    return setup;
  });
  const dockerfile = await readDockerfile(tools);
  const judged = (scenarios: readonly ScenarioEvidence[]): Judgement =>
    judge({
      ...{ scenarios, gates: settings.gates, appPort: settings.appPort, dockerfile },
      ...{ nginx: nginx.model, config: nginx.config },
    });
  const plan = (kept: boolean): ClusterPlan => planOf(tools, images, nginx, hostnames, kept);
  const results = await timed('scenarios', 'Scenarios', () =>
    runScenarios(planStages(settings), {
      ...{ settings, engine, clock, signal, log, seed: tools.seed, loads: tools.loads },
      nginx: nginx.model,
      rollout: images.rollout,
      slowRoom: createSlowRoom({ clock, signal, log: (line) => log.line(line) }),
      idleRoom: keptIdleMs(nginx.model) === null ? () => Promise.resolve(null) : createIdleRoom({ clock, signal }),
      processors: machine.cpus,
      loadGoesFirst: mayGoFirst(),
      suspect: (evidence, crowded) =>
        suspicionOf(evidence, judged([evidence]), { crowded, lagBoundMs: lagBoundMsOf(settings.gates) }),
      plan,
    }),
  );
  const judgement = judged(results.evidence);
  const facts = {
    ...judgement,
    message: null,
    details: [],
    cluster: describeCluster(images, nginx, hostnames),
    scenarios: results.evidence,
    timings: { ...timings, ...results.timings },
  };
  return { facts, first: results.first, gone: results.gone };
}

async function readUserConfig({ settings, workspace }: TrialTools): Promise<string | null> {
  if (settings.nginxConfig === null) return null;
  try {
    return await readFile(join(workspace, settings.nginxConfig), 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'it is a folder' : String(code);
    throw new SetupError(
      `Input \`nginx-config\`: ${settings.nginxConfig} cannot be read: ${why}. Give a file relative to the workspace` +
        ' (and check the repository out before this step).',
    );
  }
}

/** For the diagnosis; null: the image was not built here. */
async function readDockerfile({ settings: { image }, workspace }: TrialTools): Promise<DockerfileSource | null> {
  if (image.kind !== 'build') return null;
  const path = await dockerfilePath(image, workspace);
  const ignore = await readIgnoreFile(path, join(workspace, image.context));
  return {
    ...{ path: relative(workspace, path), text: await readFile(path, 'utf8'), target: image.target },
    ignore: { ...ignore, path: relative(workspace, ignore.path) },
  };
}

/** One beside the Dockerfile, with its name, goes before the context's own (BuildKit; Docker documentation, ".dockerignore files"). */
async function readIgnoreFile(dockerfile: string, context: string): Promise<{ path: string; text: string | null }> {
  const usual = join(context, '.dockerignore');
  for (const path of [`${dockerfile}.dockerignore`, usual]) {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text !== null) return { path, text };
  }
  return { path: usual, text: null };
}

/** Builds; where an instruction of the Dockerfile fails, with its place. */
async function blamingLine<T>(tools: TrialTools, build: () => Promise<T>): Promise<T> {
  try {
    return await build();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    const source = await readDockerfile(tools);
    const line = source === null ? null : lineOfFailure(source.text, error.failure);
    throw source === null || line === null ? error : new BuildError(error.failure, { file: source.path, line });
  }
}

async function checkMachine({ engine, settings, log }: TrialTools): Promise<EngineDescription> {
  const machine = await preflight(engine, process.platform, settings.port);
  log.line(
    `Docker Engine ${machine.version} (API ${machine.apiVersion}), ${counted(machine.cpus, 'CPU')}, cgroup v${machine.cgroupVersion}`,
  );
  if (settings.limits.cpus > machine.cpus) {
    throw new SetupError(`Input \`cpus\`: ${settings.limits.cpus} is more than the ${machine.cpus} of this machine.`);
  }
  const stale = await removeStale(engine);
  if (stale.removed > 0) log.line(`Removed ${counted(stale.removed, 'leftover')} of runs whose process is gone`);
  return machine;
}

function describeSetup({ model, version, config, strangers }: NginxSetup, log: Log): void {
  const { route } = model;
  log.line(
    `${config.source === 'user' ? (config.workspacePath ?? '') : 'generated configuration'}: NGINX ${version} accepts it`,
  );
  if (strangers.length > 0) {
    log.line(`Not started here, and not asked: ${strangers.join(', ')}; requests for other paths that go there fail`);
  }
  if (route === null) {
    log.line(`It hands the probe path to no upstream: ${model.routeProblem ?? 'unknown why'}`);
    return;
  }
  const { upstream } = route;
  log.line(
    `upstream ${upstream.name}: ${upstream.algorithm}, ${counted(upstream.servers.length, 'server')}, ` +
      `${upstream.zone.value ? 'shared zone' : 'no zone'}, worker_processes ${model.workers}`,
  );
}

function planOf(
  { settings, ownership }: TrialTools,
  images: PreparedImages,
  nginx: NginxSetup,
  hostnames: readonly string[],
  kept: boolean,
): ClusterPlan {
  return {
    ownership: { ...ownership, kept },
    hostnames,
    appImage: images.app.id,
    appPort: settings.appPort,
    appEnv: Object.fromEntries(settings.appEnv),
    limits: settings.limits,
    hardened: settings.hardening === 'enforce',
    healthPath: settings.healthPath,
    probePath: settings.probePath,
    host: settings.host,
    requestHeaders: settings.requestHeaders,
    startupTimeoutMs: settings.startupTimeoutMs,
    nginxImage: images.nginx.id,
    nginxFiles: nginx.files,
    ...{ nginxCommand: nginx.command, nginxWithoutEntrypoint: nginx.withoutEntrypoint },
    nginxPort: nginx.port,
    ...{ otherHosts: nginx.model.otherHosts, strangers: nginx.strangers },
  };
}

function describeCluster(images: PreparedImages, nginx: NginxSetup, hostnames: readonly string[]): RunFacts['cluster'] {
  const image = (role: 'app' | 'nginx'): RunFacts['cluster']['images'][number] => ({
    role,
    reference: images.references[role],
    id: images[role].id,
    digests: [...images[role].digests],
  });
  return {
    replicas: [...hostnames],
    images: [image('app'), image('nginx')],
    nginxVersion: nginx.version,
    config: { source: nginx.config.source, file: nginx.config.workspacePath, text: nginx.config.text },
  };
}
