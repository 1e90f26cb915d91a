import type { Settings } from '../settings/settings';
import type { ContainerFile, Engine } from './engine';
import { askVersion, checkConfig, isNginxEntrypoint, type Checked, type NginxOrder } from './nginx-check';
import { buildTree, splitDump, type ConfigDump, type ConfigTree } from './nginx/dump';
import { instrumentConfig } from './nginx/instrument';
import { configKind, type ConfigKind } from './nginx/kind';
import type { NginxModel } from './nginx/model';
import { entryOfItself, hostsOnWay, understandConfig } from './nginx/model';
import { readPlace } from './nginx/read-place';
import { renderConfig } from './nginx/render';
import { NginxSyntaxError } from './nginx/syntax-error';
import { SetupError } from './setup-error';

/** The configuration under test: what NGINX gets, and what it means. */
export interface NginxSetup {
  /** With the evidence log in it. */
  readonly files: readonly ContainerFile[];
  readonly command: readonly string[];
  /** The command is run alone, for the image's ENTRYPOINT would not take it. */
  readonly withoutEntrypoint: boolean;
  readonly port: number;
  readonly version: string;
  readonly model: NginxModel;
  /** Names of services that are not started here, and to which nothing is sent. */
  readonly strangers: readonly string[];
  readonly config: {
    readonly source: 'generated' | 'user';
    readonly containerPath: string;
    /** In the workspace; null: generated. */
    readonly workspacePath: string | null;
    readonly text: string;
  };
}

const WHOLE_PATH = '/etc/nginx/nginx.conf';
const SERVER_PATH = '/etc/nginx/conf.d/default.conf';

/**
 * Two workers whatever the machine: enough to show what workers that share no state do, and the same on every runner.
 */
const GENERATED_WORKERS = 2;

/** `$upstream_bytes_sent`, without which a repeated request cannot be told from one that was never sent. */
const OLDEST_VERSION = [1, 15, 8] as const;

/**
 * Generates a configuration or takes the user's, has NGINX itself check it (`nginx -T`, in a container of its own without a
 * network, before anything serves), and adds the evidence log. Throws {@link SetupError} with NGINX's own message where it
 * does not accept the configuration, and where it never serves the probe path's port.
 */
export async function setUpNginx(order: NginxOrder, engine: Engine, signal: AbortSignal): Promise<NginxSetup> {
  const { settings, hostnames, userConfig } = order;
  const version = order.image.env['NGINX_VERSION'] ?? (await askVersion(order, engine, signal));
  assertVersion(version, settings.nginxImage);
  const text = userConfig ?? generate(settings, hostnames, version);
  const { containerPath, dump, strangers, refusal } = await checkWhereRead(order, text, version, engine, signal);
  const config = {
    source: userConfig === null ? ('generated' as const) : ('user' as const),
    containerPath,
    workspacePath: settings.nginxConfig,
    text,
  };
  const tree = buildTree(dump);
  const replicas = hostnames.map((hostname) => ({ hostname, address: hostname }));
  const model = understandConfig(tree, {
    replicas,
    appPort: settings.appPort,
    probePath: settings.probePath,
    host: settings.host,
    nginxVersion: version,
  });
  // What nobody of this run asks may lead nowhere.
  const isAsked = hostsOnWay(model).some((host) => strangers.includes(host));
  if (refusal !== null && isAsked) throw refusal;
  const port = assertUsable(model, tree, settings.nginxConfig, containerPath);
  const isDaemonSet = tree.directives.some(({ name }) => name === 'daemon');
  return {
    files: filesFor(model, tree, { path: containerPath, content: text }),
    command: commandFor(isDaemonSet),
    withoutEntrypoint: isNginxEntrypoint(order.image),
    port,
    version,
    model,
    config,
    strangers,
  };
}

/**
 * Has NGINX check the file where the official image reads such a file, and where this image does not, once more where it does. Throws a
 * {@link SetupError} where it reads none of this kind.
 */
async function checkWhereRead(
  order: NginxOrder,
  text: string,
  version: string,
  engine: Engine,
  signal: AbortSignal,
): Promise<Omit<Checked, 'output'> & { readonly containerPath: string; readonly dump: ConfigDump }> {
  const { nginxConfig, nginxImage: image } = order.settings;
  const kind = kindOf(text, nginxConfig);
  const checkAt = async (path: string): ReturnType<typeof checkWhereRead> => {
    const { output, ...checked } = await checkConfig(order, { path, content: text }, version, engine, signal);
    const dump = splitDump(output);
    if (dump === null) throw new SetupError(`\`nginx -T\` in ${image} printed no configuration.`);
    return { ...checked, containerPath: path, dump };
  };
  const usual = await checkAt(kind === 'whole' ? WHOLE_PATH : SERVER_PATH);
  if (usual.dump.files.has(usual.containerPath)) return usual;
  const path = readPlace(usual.dump, kind);
  if (path !== null) return checkAt(path);
  throw new SetupError(
    `Input \`nginx-config\`: ${nginxConfig ?? 'the file'} is a server configuration, and NGINX of ${image} reads none: its ${usual.dump.main} includes ` +
      'no folder of them in `http`. Give a whole nginx.conf, or let that one say `include /etc/nginx/conf.d/*.conf;`.',
  );
}

/**
 * The port that requests go to. Throws a {@link SetupError} for a configuration that NGINX accepts and that cannot be tested: it takes no
 * plain HTTP, hands requests on to itself, or sends NGINX to the background.
 */
function assertUsable(model: NginxModel, tree: ConfigTree, nginxConfig: string | null, containerPath: string): number {
  const { listenPort } = model;
  if (listenPort === null) {
    throw new SetupError(
      `${nginxConfig === null ? 'The NGINX configuration' : `Input \`nginx-config\`: ${nginxConfig}`} cannot be sent traffic: ${model.listenProblem ?? 'it listens nowhere'}. Let a server listen on every address (\`listen 80;\`).`,
    );
  }
  const file = nginxConfig ?? containerPath;
  const itself = entryOfItself(model, tree);
  if (itself !== null) {
    const place = { file, line: itself.spot.line };
    throw new SetupError(
      `Input \`nginx-config\`: NGINX hands requests on to itself (${itself.address} at ${place.file}:${place.line}), and requests that go through it ` +
        `twice are not followed. Let the server ${itself.port === null ? 'behind it listen on a port as well' : 'on that port listen on every address'} ` +
        `(\`listen ${itself.port ?? '8080'};\`): it is asked directly then.`,
      [],
      { place },
    );
  }
  const daemon = tree.directives.find(({ name }) => name === 'daemon');
  if (daemon?.args[0] === 'on') {
    const place = { file, line: daemon.line };
    throw new SetupError(
      `Input \`nginx-config\`: \`daemon on\` at ${place.file}:${place.line} sends NGINX to the background, and its container ends then; ` +
        'take it out (the command of the official image says `daemon off`).',
      [],
      { place },
    );
  }
  return listenPort;
}

/** What NGINX gets: the configuration with the evidence log in it, and the file under test whatever becomes of it. */
function filesFor(model: NginxModel, tree: ConfigTree, tested: ContainerFile): readonly ContainerFile[] {
  const instrumented = instrumentConfig(tree);
  const files = instrumented.some(({ path }) => path === tested.path) ? instrumented : [...instrumented, tested];
  // A rolling update marks servers down where the group is written, which may be a file that the image has.
  const holder = model.route?.upstream.spot.file ?? '';
  const content = tree.files.get(holder);
  const isThere = files.some(({ path }) => path === holder);
  return isThere || content === undefined ? files : [...files, { path: holder, content }];
}

function generate(settings: Settings, hostnames: readonly string[], nginxVersion: string): string {
  return renderConfig({
    replicas: hostnames.map((hostname) => ({ hostname })),
    appPort: settings.appPort,
    algorithm: settings.algorithm,
    weights: settings.weights,
    nginxVersion,
    workers: GENERATED_WORKERS,
  });
}

/** A file that does not even parse goes where a server config goes: NGINX's own message about it is the better one. */
function kindOf(text: string, path: string | null): ConfigKind {
  try {
    return configKind(text, path ?? undefined);
  } catch (error) {
    if (error instanceof NginxSyntaxError) return 'server-config';
    throw error;
  }
}

/** In the foreground, as the official image runs it; a second `daemon` directive would be an error. */
function commandFor(saysDaemon: boolean): readonly string[] {
  return saysDaemon ? ['nginx'] : ['nginx', '-g', 'daemon off;'];
}

function assertVersion(version: string, image: string): void {
  const parts = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  const difference = OLDEST_VERSION.map((least, index) => (parts[index] ?? 0) - least).find((one) => one !== 0) ?? 0;
  if (difference < 0) {
    throw new SetupError(
      `Input \`nginx-image\`: ${image} holds NGINX ${version}; ${OLDEST_VERSION.join('.')} or later is needed to see what it did.`,
    );
  }
}
