import type { ContainerInspectInfo, ImageInspectInfo } from 'dockerode';
import type {
  ContainerDescription,
  EngineDescription,
  ImageDescription,
  ImageStart,
  LabelledResource,
  PublishedPort,
} from './engine';

/** What is read of the answer to GET /info. */
export interface EngineInfo {
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly OSType: string;
  readonly SecurityOptions?: readonly string[] | null;
  readonly CgroupVersion?: string;
}

/** Puts the engine's answers to GET /version and GET /info together. */
export function describeEngine(
  version: { readonly Version: string; readonly ApiVersion: string },
  info: EngineInfo,
): EngineDescription {
  return {
    version: version.Version,
    apiVersion: version.ApiVersion,
    os: info.OSType,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    rootless: (info.SecurityOptions ?? []).some((option) => option.split(',').includes('name=rootless')),
    cgroupVersion: Number(info.CgroupVersion ?? '1'),
  };
}

/** An image's answer to GET /images/{name}/json. */
export function describeImage({ Id, RepoDigests, Config }: ImageInspectInfo): ImageDescription {
  return { id: Id, digests: orEmpty(RepoDigests), ...describeConfig(Config) };
}

/** Whatever the Dockerfile does not set is null or missing; an imported image has no configuration at all. */
function describeConfig(
  config: Partial<ImageInspectInfo['Config']> | null,
): Pick<ImageDescription, 'user' | 'env' | 'exposedPorts' | 'workingDir' | 'healthCheck' | 'start'> {
  return {
    user: config?.User ?? '',
    env: Object.fromEntries(orEmpty(config?.Env).map(keyAndValue)),
    exposedPorts: Object.keys(config?.ExposedPorts ?? {}).flatMap((port) => tcpPort(port) ?? []),
    workingDir: config?.WorkingDir ?? '',
    healthCheck: healthCheckOf(config),
    start: startOf(config),
  };
}

/** The engine gives both commands as lists of words; an old image may have a single one as a text. */
function startOf(
  config: (Partial<ImageInspectInfo['Config']> & { readonly StopSignal?: string | null }) | null,
): ImageStart {
  const words = (text: string | readonly string[] | null | undefined): readonly string[] =>
    typeof text === 'string' ? [text] : orEmpty(text);
  const stopSignal = config?.StopSignal ?? '';
  return {
    entrypoint: words(config?.Entrypoint),
    cmd: words(config?.Cmd),
    stopSignal: stopSignal === '' ? null : stopSignal,
  };
}

/** A shell where the Dockerfile names none (moby, daemon/health.go and container/container_unix.go). */
const USUAL_SHELL = ['/bin/sh', '-c'];

/** The command that a Dockerfile's HEALTHCHECK means: `CMD` and its words, or `CMD-SHELL` and a line for the image's shell. */
function healthCheckOf(
  config: (Partial<ImageInspectInfo['Config']> & { readonly Shell?: readonly string[] | null }) | null,
): readonly string[] | null {
  const [kind, ...words] = orEmpty(config?.Healthcheck?.Test);
  if (words.length === 0) return null;
  if (kind === 'CMD') return words;
  return kind === 'CMD-SHELL' ? [...(config?.Shell ?? USUAL_SHELL), ...words] : null;
}

/** A container's answer to GET /containers/{id}/json. */
export function describeContainer({ Id, Name, State, NetworkSettings }: ContainerInspectInfo): ContainerDescription {
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    running: State.Running,
    paused: State.Paused,
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled,
    startedAt: epochMs(State.StartedAt),
    pid: State.Pid,
    addresses: Object.fromEntries(
      // One that is not connected now is listed without an address.
      Object.values(NetworkSettings.Networks)
        .filter(({ IPAddress }) => IPAddress !== '')
        .map(({ NetworkID, IPAddress }) => [NetworkID, IPAddress]),
    ),
    hostPorts: hostPorts(NetworkSettings.Ports),
    published: published(NetworkSettings.Ports),
  };
}

/** A resource of a listing; the engine gives null for no labels. */
export function labelledResource(
  id: string,
  name: string | undefined,
  labels: Readonly<Record<string, string>> | null | undefined,
): LabelledResource {
  return { id, name: name === undefined ? id : name.replace(/^\//, ''), labels: labels ?? {} };
}

type Ports = Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>>;

function hostPorts(ports: Ports | null): Readonly<Record<number, number>> {
  const found: Record<number, number> = {};
  for (const [containerPort, bindings] of Object.entries(ports ?? {})) {
    const local = bindings?.find(({ HostIp }) => HostIp === '127.0.0.1');
    const port = tcpPort(containerPort);
    if (port !== null && local !== undefined) found[port] = Number(local.HostPort);
  }
  return found;
}

function published(ports: Ports | null): readonly PublishedPort[] {
  return Object.entries(ports ?? {}).flatMap(([containerPort, bindings]) =>
    orEmpty(bindings).map(({ HostIp, HostPort }) => ({ containerPort, hostIp: HostIp, hostPort: Number(HostPort) })),
  );
}

/** Of `80/tcp`; null for other protocols. */
function tcpPort(port: string): number | null {
  const number = /^(\d+)\/tcp$/.exec(port)?.[1];
  return number === undefined ? null : Number(number);
}

function keyAndValue(line: string): [key: string, value: string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

/** The engine gives year 1 for never. */
function epochMs(time: string): number {
  return Math.max(0, Date.parse(time)) || 0;
}

function orEmpty<T>(list: readonly T[] | null | undefined): readonly T[] {
  return list ?? [];
}
