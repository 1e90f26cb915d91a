import type { Settings } from '../settings/settings';
import type { ContainerFile, Engine, ImageDescription } from './engine';
import { EngineError } from './engine';
import { adviceOn, hostNotFound, type Refused } from './nginx/refused';
import { unseenIn, withUnseenShown } from './nginx/unseen';
import { loneContainer } from './lone-container';
import type { FilePlace, Remedy } from './setup-error';
import { SetupError } from './setup-error';
import type { Ownership } from './topology';

/** What a setup is made from. */
export interface NginxOrder {
  readonly settings: Settings;
  readonly image: ImageDescription;
  readonly hostnames: readonly string[];
  /** Text of the user's file; null: generate one. */
  readonly userConfig: string | null;
  readonly ownership: Ownership;
}

/** What NGINX says of a configuration that it takes. */
export interface Checked {
  /** What `nginx -T` prints. */
  readonly output: string;
  /** Hosts that it names and that are no replicas: names of services that are not started here. */
  readonly strangers: readonly string[];
  /** What is wrong with the configuration where requests go to one of them; null: there is none. */
  readonly refusal: SetupError | null;
}

/** Where a hostname must resolve to when only the syntax is looked at; nothing is sent there. */
const CHECK_ADDRESS = '127.0.0.1';

/** So many names of other services are looked for, each in a container of its own. */
const MOST_STRANGERS = 16;

/** Which NGINX an image holds. */
export async function askVersion(order: NginxOrder, engine: Engine, signal: AbortSignal): Promise<string> {
  const { exitCode, stderr } = await runOnce(order, ['nginx', '-v'], [], [], engine, signal);
  const version = /nginx\/(\S+)/.exec(stderr)?.[1];
  if (exitCode !== 0 || version === undefined) {
    throw new SetupError(
      `Input \`nginx-image\`: ${order.settings.nginxImage} does not hold NGINX: \`nginx -v\` ended with code ${exitCode}.`,
      stderr.trim().split('\n'),
    );
  }
  return version;
}

/**
 * Has NGINX check a configuration. It refuses one that names a host which nobody knows; as services other than the app are not started, such names
 * are made known to it one after the other. Throws a {@link SetupError} with NGINX's own words where it refuses the configuration all the same.
 */
export async function checkConfig(
  order: NginxOrder,
  file: ContainerFile,
  version: string,
  engine: Engine,
  signal: AbortSignal,
): Promise<Checked> {
  const strangers: string[] = [];
  let refusal: SetupError | null = null;
  for (;;) {
    const { exitCode, stdout, stderr } = await runOnce(order, ['nginx', '-T'], [file], strangers, engine, signal);
    if (exitCode === 0) return { output: stdout, strangers, refusal };
    const error = refusalOf(order, file, version, stderr);
    const host = hostNotFound(stderr);
    refusal ??= error;
    if (host === null || strangers.includes(host) || strangers.length === MOST_STRANGERS) throw error;
    strangers.push(host);
  }
}

function refusalOf(order: NginxOrder, file: ContainerFile, version: string, stderr: string): SetupError {
  const { nginxConfig, nginxImage: image } = order.settings;
  const messages = stderr
    .split('\n')
    .filter((line) => line.includes('[emerg]') || line.startsWith('nginx:'))
    .map((line) => (nginxConfig === null ? line : line.replaceAll(file.path, nginxConfig)));
  const said = messages.length > 0 ? messages : stderr.trim().split('\n');
  const words = said.join('\n');
  const remedy = remedyFor({ words, text: file.content, image, version, hostnames: order.hostnames });
  const place = nginxConfig === null ? null : placeIn(stderr, file.path, nginxConfig);
  return new SetupError(
    nginxConfig === null
      ? `${image} does not accept the generated configuration. NGINX says:`
      : `Input \`nginx-config\`: NGINX does not accept ${nginxConfig}.${remedy === null ? '' : ` ${remedy.told}`} NGINX says:`,
    said.map(withUnseenShown),
    { place, remedy },
  );
}

/** What is wrong with the line that NGINX names, and the same as it stands in the message; null: its words say it all. */
function remedyFor(refused: Refused): (Remedy & { readonly told: string }) | null {
  const unseen = unseenIn(refused.words);
  if (unseen !== null) {
    const cause = `A character that editors do not show, a ${unseen.name} (${unseen.code}), stands there, and NGINX takes it for a part of the word.`;
    return { cause, fix: unseen.fix, told: `${cause} ${unseen.fix}` };
  }
  const advice = adviceOn(refused);
  return advice === null
    ? null
    : { cause: 'NGINX does not accept this line, or what ends on it.', fix: advice, told: advice };
}

/** The line that NGINX names in what it says of a configuration: `… in /etc/nginx/conf.d/default.conf:7`. */
function placeIn(words: string, containerPath: string, file: string): FilePlace | null {
  const after = words.split(` in ${containerPath}:`)[1] ?? '';
  const line = /^\d+/.exec(after)?.[0];
  return line === undefined ? null : { file, line: Number(line) };
}

const SHELL = /^(?:.*\/)?(?:ba|da|a)?sh$/;
const NGINX = /^(?:.*\/)?(?:nginx|nginx-debug|openresty)$/;

/**
 * Whether the image's ENTRYPOINT is NGINX itself, which would take a command for its arguments, or a line for a shell, which takes no arguments at all
 * and would serve for ever. Any other one may prepare what NGINX needs, and starts what it is told to (`docker-entrypoint.sh` of the official image).
 */
export function isNginxEntrypoint({ start: { entrypoint } }: Pick<ImageDescription, 'start'>): boolean {
  const isLine = SHELL.test(entrypoint[0] ?? '') && /^-\w*c$/.test(entrypoint[1] ?? '');
  return isLine || entrypoint.some((word) => NGINX.test(word));
}

/** Runs one command in a container without a network, in which the names of replicas and strangers resolve; removes it afterwards. */
async function runOnce(
  order: NginxOrder,
  command: readonly string[],
  files: readonly ContainerFile[],
  strangers: readonly string[],
  engine: Engine,
  signal: AbortSignal,
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const what = command.join('').replaceAll(/[^a-zA-Z]/g, '');
  const extraHosts = Object.fromEntries([...order.hostnames, ...strangers].map((host) => [host, CHECK_ADDRESS]));
  const request = loneContainer(order.ownership, 'check', {
    ...{ what, role: 'config-check' },
    ...{ image: order.settings.nginxImage, command, extraHosts },
    withoutEntrypoint: isNginxEntrypoint(order.image),
  });
  const id = await engine.createContainer(request);
  try {
    await engine.writeFiles(id, files);
    await startCommand(id, order, engine);
    const exitCode = await engine.waitContainer(id, signal);
    return { exitCode, ...(await engine.readOutput(id)) };
  } finally {
    await engine.removeContainer(id);
  }
}

/** A command that the runtime cannot execute is not in the image (opencontainers/runc, libcontainer/standard_init_linux.go). */
async function startCommand(id: string, { settings }: NginxOrder, engine: Engine): Promise<void> {
  try {
    await engine.startContainer(id);
  } catch (error) {
    if (!(error instanceof EngineError) || !/\bexec\b/.test(error.message)) throw error;
    throw new SetupError(
      `Input \`nginx-image\`: ${settings.nginxImage} does not hold NGINX: its command nginx cannot be started.`,
      [error.message],
      { cause: error },
    );
  }
}
