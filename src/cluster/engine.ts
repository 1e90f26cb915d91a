/**
 * The port to the container engine: the verbs that this project needs, with types of its own.
 * `try…` reports failure as a value; every other verb throws an {@link EngineError} that names the verb and its object.
 * "Already in that state" counts as success everywhere.
 */
export interface Engine {
  /** Version and limits of the engine. Throws {@link EngineError} `unreachable` when nothing answers. */
  describe(): Promise<EngineDescription>;
  /** Whether anybody is there: asks for nothing, and returns once that is answered. */
  ping(): Promise<void>;

  /** The image, or null where the machine has none of that reference. */
  findImage(reference: string): Promise<ImageDescription | null>;
  /** What each step of an image's build did, in the engine's words (`docker history`), the last one first. */
  imageSteps(reference: string): Promise<readonly string[]>;
  /** Pulls an image; `onProgress` gets short human lines. */
  pullImage(reference: string, onProgress: (line: string) => void, signal: AbortSignal): Promise<void>;
  removeImage(reference: string): Promise<void>;

  createNetwork(network: NetworkRequest): Promise<string>;
  removeNetwork(id: string): Promise<void>;
  connectNetwork(network: string, container: string, endpoint: Endpoint): Promise<void>;
  disconnectNetwork(network: string, container: string): Promise<void>;
  inspectNetwork(id: string): Promise<NetworkDescription>;

  createContainer(container: ContainerRequest): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after the grace, in seconds. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  killContainer(id: string, signal: string): Promise<void>;
  pauseContainer(id: string): Promise<void>;
  unpauseContainer(id: string): Promise<void>;
  updateLimits(id: string, limits: Partial<ContainerLimits>): Promise<void>;
  /** Removes by force, running or not, with its anonymous volumes. */
  removeContainer(id: string): Promise<void>;
  inspectContainer(id: string): Promise<ContainerDescription>;
  /** Gives a container, running or not, another name that nothing else has. */
  renameContainer(id: string, name: string): Promise<void>;
  /** Every process of a running container. */
  listProcesses(id: string): Promise<readonly ContainerProcess[]>;
  /** Waits until the container has stopped; its exit code. */
  waitContainer(id: string, signal: AbortSignal): Promise<number>;

  /** Puts files into a container that is created, running or not. Absolute paths; missing folders are made. */
  writeFiles(container: string, files: readonly ContainerFile[]): Promise<void>;
  /**
   * The file of a path, or those of the folder and all below it, of a container that is created, running or not; links are not followed.
   * Nothing runs inside. null: there is nothing of that path.
   */
  readFiles(container: string, order: FilesOrder): Promise<FilesRead | null>;
  /** Runs a command inside; output is cut at 1 MiB a stream. */
  exec(container: string, argv: readonly string[]): Promise<ExecResult>;
  /** The last `tail` lines that the container wrote, both streams in order of arrival. */
  readLogs(container: string, tail: number): Promise<readonly LogLine[]>;
  /** Everything a finished container wrote, one string a stream, cut at 16 MiB. */
  readOutput(container: string): Promise<{ readonly stdout: string; readonly stderr: string }>;
  /**
   * Calls back for each line from the container's start on, until it ends or `signal` aborts; resolves then. A last line
   * without a line break may be missing: Docker 20.10 does not give it to a follower.
   */
  followLogs(container: string, onLine: (line: LogLine) => void, signal: AbortSignal): Promise<void>;

  /** Every container, network and image that carries all of these labels. */
  listLabelled(labels: Readonly<Record<string, string | null>>): Promise<LabelledResources>;
}

export interface EngineDescription {
  readonly version: string;
  readonly apiVersion: string;
  /** `linux`, `windows`. */
  readonly os: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly rootless: boolean;
  /** 1 or 2. */
  readonly cgroupVersion: number;
}

export interface ImageDescription {
  /** `sha256:…` */
  readonly id: string;
  /** `name@sha256:…` where a registry gave one, else empty. */
  readonly digests: readonly string[];
  /** As the Dockerfile's USER says; empty: root. */
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  readonly exposedPorts: readonly number[];
  /** As the Dockerfile's WORKDIR says; empty: `/`. */
  readonly workingDir: string;
  /** What the engine would run inside, time and again, to learn whether the app is healthy; null: the image has no such command. */
  readonly healthCheck: readonly string[] | null;
  /** How its containers are started, and told to end. */
  readonly start: ImageStart;
}

/** As the Dockerfile's instructions of these names say. */
export interface ImageStart {
  /** In shell form: `/bin/sh -c` and a line. Empty: there is none. */
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** null: the usual one, SIGTERM. */
  readonly stopSignal: string | null;
}

export interface NetworkRequest {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** No route out of the machine. */
  readonly internal: boolean;
  /** CIDR, for example 198.18.3.0/26. */
  readonly subnet: string;
}

export interface NetworkDescription {
  readonly id: string;
  readonly name: string;
  /** No route out of the machine. */
  readonly internal: boolean;
}

export interface Endpoint {
  readonly address: string;
  readonly aliases: readonly string[];
}

export interface ContainerLimits extends Record<string, number> {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly pids: number;
}

/** Where a container has the folder of the machine that it may write to. */
export const MACHINE_FOLDER = '/mnt';

export interface ContainerRequest {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Hostname inside; null: the engine's own. */
  readonly hostname: string | null;
  /** Replaces the image's CMD; null: the image's own. */
  readonly command: readonly string[] | null;
  /** The command stands alone: the image's ENTRYPOINT is not run with it. */
  readonly withoutEntrypoint?: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** A place in a network; or the network namespace of another container that runs, with all that is in it; or none. */
  readonly network: { readonly id: string; readonly endpoint: Endpoint } | { readonly sharedWith: string } | 'none';
  /** Names to resolve without DNS: hostname → address. */
  readonly extraHosts: Readonly<Record<string, string>>;
  readonly limits: ContainerLimits | null;
  /** Cgroup to live in, as a path below the kernel's cgroup mount; its limits bind this container too. */
  readonly cgroupParent?: string;
  /** A folder of the engine's machine that it finds at {@link MACHINE_FOLDER}, as root, and may write to. It has to be there. */
  readonly machineFolder?: string;
  readonly hardened: boolean;
  /** Container port → 127.0.0.1 host port (0: one that is free). */
  readonly publish: { readonly containerPort: number; readonly hostPort: number } | null;
}

export interface ContainerDescription {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  readonly paused: boolean;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Epoch milliseconds; 0: never. */
  readonly startedAt: number;
  /** Process id on the host, 0 when not running. */
  readonly pid: number;
  /** Network id → address, connected networks only. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Container port → host port on 127.0.0.1. */
  readonly hostPorts: Readonly<Record<number, number>>;
  /** Every port that the host hands on to the container, wherever it listens for it. */
  readonly published: readonly PublishedPort[];
}

export interface PublishedPort {
  /** `80/tcp` */
  readonly containerPort: string;
  /** Address of the host; `0.0.0.0` and `::` stand for all. */
  readonly hostIp: string;
  readonly hostPort: number;
}

export interface ContainerProcess {
  /** As the engine's host counts it. */
  readonly pid: number;
  /** Its command line, or the title that it gave itself. */
  readonly command: string;
}

export interface ContainerFile {
  readonly path: string;
  readonly content: string;
}

/** Which files are read. */
export interface FilesOrder {
  /** Absolute. */
  readonly path: string;
  /** Whether the content of a file is asked for. */
  readonly wants: (path: string, bytes: number) => boolean;
  /** Gets each file that is asked for, one after the other: all of them together may be large. */
  readonly onFile: (file: ContainerFile) => void;
  /** Reading ends before more than these are gone through, wanted or not. */
  readonly most: { readonly entries: number; readonly bytes: number };
  /** Ends reading. */
  readonly signal: AbortSignal;
}

/** What reading came to. */
export interface FilesRead {
  /** What was gone through: files, folders and links, and the bytes of the files. */
  readonly entries: number;
  readonly bytes: number;
  /** Reading came to the end of what there is. */
  readonly complete: boolean;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface LabelledResources {
  readonly containers: readonly LabelledResource[];
  readonly networks: readonly LabelledResource[];
  readonly images: readonly LabelledResource[];
}

export interface LabelledResource {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What went wrong, for callers that act on it. */
export type EngineErrorKind =
  | 'unreachable'
  /** It takes connections, and has not answered in time. */
  | 'unanswered'
  | 'not-found'
  | 'conflict'
  | 'port-taken'
  | 'address-overlap'
  | 'no-space'
  | 'aborted'
  | 'other';

/** A verb of the engine that failed; the message names the verb, its object, and the engine's own words. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  constructor(
    readonly kind: EngineErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
