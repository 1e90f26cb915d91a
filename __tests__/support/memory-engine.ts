import type {
  ContainerDescription,
  ContainerFile,
  ContainerLimits,
  ContainerProcess,
  ContainerRequest,
  Endpoint,
  Engine,
  EngineDescription,
  ExecResult,
  FilesOrder,
  FilesRead,
  ImageDescription,
  LabelledResource,
  LabelledResources,
  LogLine,
  NetworkDescription,
  NetworkRequest,
} from '../../src/cluster/engine';
import { EngineError } from '../../src/cluster/engine';
import { MemoryContainer } from './memory-container';
import { hasLabels, overlaps } from './memory-matching';
import type { MemoryCall, MemoryEngineOptions, MemoryImage, MemoryProgram } from './memory-options';

const RUNS_ON: MemoryProgram = { output: [], exitCode: null };
const UNSAID = { entrypoint: [], cmd: [], stopSignal: null };
const SAYS_NOTHING: ExecResult = { exitCode: 0, stdout: '', stderr: '' };
const FIRST_AUTOMATIC_PORT = 32_768;

/**
 * An engine in memory, for unit tests: networks, containers with their states, labels and errors as the contract suite states
 * them. It runs nothing: `program` and `exec` script what commands do, `failNext` what fails.
 */
export class MemoryEngine implements Engine {
  readonly calls: MemoryCall[] = [];
  readonly containers = new Map<string, MemoryContainer>();
  readonly networks = new Map<string, NetworkRequest>();
  readonly images: Map<string, MemoryImage>;
  private readonly faults: { readonly verb: keyof Engine; readonly error: Error; skip: number }[] = [];
  private serial = 0;

  constructor(private readonly options: MemoryEngineOptions = {}) {
    this.images = new Map(Object.entries(options.images ?? {}));
  }

  /** The next call of a verb (after `skip` others) throws this, and does nothing. */
  failNext(verb: keyof Engine, error: Error, skip = 0): void {
    this.faults.push({ verb, error, skip });
  }

  /** By id or by name, as the engine itself looks containers up. */
  container(reference: string): MemoryContainer {
    const all = [...this.containers.values()];
    return all.find(({ id, name }) => id === reference || name === reference) ?? notFound(`container ${reference}`);
  }

  async describe(): Promise<EngineDescription> {
    await this.enter('describe');
    return {
      ...{ version: '28.0.0', apiVersion: '1.48', os: 'linux', cpus: 2, memoryBytes: 8 * 2 ** 30 },
      ...{ rootless: false, cgroupVersion: 2 },
      ...this.options.description,
    };
  }

  async ping(): Promise<void> {
    await this.enter('ping');
  }

  async findImage(reference: string): Promise<ImageDescription | null> {
    await this.enter('findImage', reference);
    const image = this.images.get(reference);
    if (image === undefined) return null;
    return {
      id: imageId(reference),
      digests: [],
      user: '',
      env: {},
      exposedPorts: [],
      workingDir: '',
      healthCheck: null,
      start: UNSAID,
      ...image,
    };
  }

  async imageSteps(reference: string): Promise<readonly string[]> {
    await this.enter('imageSteps', reference);
    const image = this.images.get(reference) ?? notFound(`image ${reference}`);
    return image.steps ?? ['/bin/sh'];
  }

  async pullImage(reference: string, onProgress: (line: string) => void, signal: AbortSignal): Promise<void> {
    await this.enter('pullImage', reference);
    if (signal.aborted) throw new EngineError('aborted', `Cannot pull image ${reference}: cancelled`);
    const image = this.options.registry?.[reference];
    if (image === undefined) throw new EngineError('not-found', `Cannot pull image ${reference}: no such image`);
    onProgress(`Status: Downloaded newer image for ${reference}`);
    this.images.set(reference, image);
  }

  async removeImage(reference: string): Promise<void> {
    await this.enter('removeImage', reference);
    for (const name of this.images.keys()) {
      if (name === reference || this.idOf(name) === reference) this.images.delete(name);
    }
  }

  async createNetwork(network: NetworkRequest): Promise<string> {
    await this.enter('createNetwork', network);
    const present = [...this.networks.values()];
    if (present.some(({ name }) => name === network.name)) conflict(`network ${network.name} already exists`);
    if (present.some(({ subnet }) => overlaps(subnet, network.subnet))) {
      throw new EngineError('address-overlap', `Cannot create network ${network.name}: Pool overlaps with other one`);
    }
    const id = this.newId('network');
    this.networks.set(id, network);
    return id;
  }

  async removeNetwork(id: string): Promise<void> {
    await this.enter('removeNetwork', id);
    const inUse = [...this.containers.values()].some((one) => one.addresses[id] !== undefined);
    if (inUse) conflict(`network ${id} has active endpoints`);
    this.networks.delete(id);
  }

  async connectNetwork(network: string, container: string, endpoint: Endpoint): Promise<void> {
    await this.enter('connectNetwork', network, container, endpoint);
    this.network(network);
    const { endpoints } = this.container(container);
    const present = endpoints.get(network);
    if (present !== undefined && present.address !== endpoint.address) {
      conflict(`container ${container} is in network ${network} as ${present.address}`);
    }
    endpoints.set(network, endpoint);
  }

  async disconnectNetwork(network: string, container: string): Promise<void> {
    await this.enter('disconnectNetwork', network, container);
    this.network(network);
    this.container(container).endpoints.delete(network);
  }

  async inspectNetwork(id: string): Promise<NetworkDescription> {
    await this.enter('inspectNetwork', id);
    const { name, internal } = this.network(id);
    return { id, name, internal };
  }

  async createContainer(request: ContainerRequest): Promise<string> {
    await this.enter('createContainer', request);
    if (!this.images.has(request.image)) notFound(`image ${request.image}`);
    if ([...this.containers.values()].some(({ name }) => name === request.name)) {
      conflict(`the name ${request.name} is already in use`);
    }
    const id = this.newId('container');
    const container = new MemoryContainer(id, request);
    for (const [path, content] of Object.entries(this.images.get(request.image)?.files ?? {})) {
      container.files.set(path, content);
    }
    this.containers.set(id, container);
    return id;
  }

  async startContainer(id: string): Promise<void> {
    await this.enter('startContainer', id);
    const container = this.container(id);
    if (container.paused) conflict('cannot start a paused container');
    if (container.running) return;
    const { network: place } = container.request;
    if (place !== 'none' && 'sharedWith' in place && !this.container(place.sharedWith).running) {
      conflict(`cannot join the network of ${place.sharedWith}, which is not running`);
    }
    for (const [network, { address }] of container.endpoints) {
      this.network(network);
      const others = [...this.containers.values()].filter((other) => other !== container);
      if (others.some((other) => other.addresses[network] === address)) conflict(`${address} is already in use`);
    }
    this.serial += 1;
    container.start(this.serial, this.hostPorts(container));
    const { output, exitCode } = (this.options.program ?? (() => RUNS_ON))(container);
    for (const line of output) container.write(line);
    if (exitCode !== null) container.end(exitCode);
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    await this.enter('stopContainer', id, graceSeconds);
    this.container(id).end(143);
  }

  async killContainer(id: string, signal: string): Promise<void> {
    await this.enter('killContainer', id, signal);
    const container = this.container(id);
    const exitCode = { SIGKILL: 137, SIGTERM: 143, SIGINT: 130, SIGQUIT: 131 }[signal];
    if (exitCode !== undefined) container.end(exitCode);
    else if (!container.running) conflict(`container ${id} is not running`);
  }

  async pauseContainer(id: string): Promise<void> {
    await this.enter('pauseContainer', id);
    const container = this.container(id);
    if (!container.running) conflict(`container ${id} is not running`);
    container.paused = true;
  }

  async unpauseContainer(id: string): Promise<void> {
    await this.enter('unpauseContainer', id);
    this.container(id).paused = false;
  }

  async updateLimits(id: string, limits: Partial<ContainerLimits>): Promise<void> {
    await this.enter('updateLimits', id, limits);
    const container = this.container(id);
    container.limits = { cpus: 0, memoryBytes: 0, pids: 0, ...container.limits, ...limits };
  }

  async removeContainer(id: string): Promise<void> {
    await this.enter('removeContainer', id);
    this.containers.get(id)?.end(137);
    this.containers.delete(id);
  }

  async inspectContainer(id: string): Promise<ContainerDescription> {
    await this.enter('inspectContainer', id);
    return this.container(id).describe();
  }

  async renameContainer(id: string, name: string): Promise<void> {
    await this.enter('renameContainer', id, name);
    const container = this.container(id);
    if ([...this.containers.values()].some((other) => other.name === name)) conflict(`${name} is already in use`);
    container.name = name;
  }

  async listProcesses(id: string): Promise<readonly ContainerProcess[]> {
    await this.enter('listProcesses', id);
    const container = this.container(id);
    if (!container.running) conflict(`container ${id} is not running`);
    const itself = { pid: container.describe().pid, command: (container.request.command ?? []).join(' ') };
    return (this.options.processes ?? (() => [itself]))(container);
  }

  async waitContainer(id: string, signal: AbortSignal): Promise<number> {
    await this.enter('waitContainer', id);
    const container = this.container(id);
    await container.untilEnd(signal);
    if (container.running) throw new EngineError('aborted', `Cannot wait for container ${id}: cancelled`);
    return container.exitCode;
  }

  async writeFiles(container: string, files: readonly ContainerFile[]): Promise<void> {
    await this.enter('writeFiles', container, files);
    for (const { path, content } of files) this.container(container).files.set(path, content);
  }

  async readFiles(container: string, { path, wants, onFile, most }: FilesOrder): Promise<FilesRead | null> {
    await this.enter('readFiles', container, path);
    const all = [...this.container(container).files].map(([at, content]) => ({ path: at, content }));
    const here = all.filter((file) => file.path === path || file.path.startsWith(`${path}/`));
    if (here.length === 0) return null;
    const passed = here.slice(0, most.entries);
    const bytes = passed.reduce((sum, { content }) => sum + content.length, 0);
    for (const file of passed) if (wants(file.path, file.content.length)) onFile(file);
    return { entries: passed.length, bytes, complete: passed.length === here.length };
  }

  async exec(container: string, argv: readonly string[]): Promise<ExecResult> {
    await this.enter('exec', container, argv);
    const target = this.container(container);
    if (!target.running || target.paused) conflict(`container ${container} is not running`);
    return (this.options.exec ?? (() => SAYS_NOTHING))(target, argv);
  }

  async readLogs(container: string, tail: number): Promise<readonly LogLine[]> {
    await this.enter('readLogs', container, tail);
    return this.container(container).lines.slice(-tail);
  }

  async readOutput(container: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
    await this.enter('readOutput', container);
    return this.container(container).output();
  }

  async followLogs(container: string, onLine: (line: LogLine) => void, signal: AbortSignal): Promise<void> {
    await this.enter('followLogs', container);
    const target = this.container(container);
    if (signal.aborted) return;
    for (const line of target.lines) onLine(line);
    target.followers.add(onLine);
    await target.untilEnd(signal);
    target.followers.delete(onLine);
  }

  async listLabelled(labels: Readonly<Record<string, string | null>>): Promise<LabelledResources> {
    await this.enter('listLabelled', labels);
    if (Object.keys(labels).length === 0) throw new EngineError('other', 'Cannot list by labels: none is given');
    const pick = (all: readonly LabelledResource[]): readonly LabelledResource[] =>
      all.filter((one) => hasLabels(one.labels, labels));
    return {
      containers: pick(
        [...this.containers.values()].map(({ id, name, request: { labels } }) => ({ id, name, labels })),
      ),
      networks: pick([...this.networks].map(([id, { name, labels }]) => ({ id, name, labels }))),
      images: pick(
        [...this.images].map(([name, image]) => ({ id: this.idOf(name), name, labels: image.labels ?? {} })),
      ),
    };
  }

  /** Every verb begins here: it is recorded, and fails where the script says so. Asynchronous like a real engine. */
  private async enter(verb: keyof Engine, ...args: readonly unknown[]): Promise<void> {
    this.calls.push({ verb, args });
    await Promise.resolve();
    const fault = this.faults.find((one) => one.verb === verb);
    if (fault === undefined) return;
    if (fault.skip > 0) {
      fault.skip -= 1;
      return;
    }
    this.faults.splice(this.faults.indexOf(fault), 1);
    throw fault.error;
  }

  private hostPorts({ request: { publish } }: MemoryContainer): Readonly<Record<number, number>> {
    if (publish === null) return {};
    const held = [...this.containers.values()].flatMap((one) => Object.values(one.hostPorts));
    const isTaken = (port: number): boolean => held.includes(port) || this.options.takenPorts?.has(port) === true;
    let port = publish.hostPort;
    if (port === 0) for (port = FIRST_AUTOMATIC_PORT; isTaken(port);) port += 1;
    if (isTaken(port)) throw new EngineError('port-taken', `Cannot publish on 127.0.0.1:${port}: already allocated`);
    return { [publish.containerPort]: port };
  }

  private network(id: string): NetworkRequest {
    return this.networks.get(id) ?? notFound(`network ${id}`);
  }

  private idOf(reference: string): string {
    return this.images.get(reference)?.id ?? imageId(reference);
  }

  private newId(kind: string): string {
    this.serial += 1;
    return `${kind}-${this.serial}`;
  }
}

function imageId(reference: string): string {
  return `sha256:${Buffer.from(reference).toString('hex')}`;
}

function notFound(what: string): never {
  throw new EngineError('not-found', `no such ${what}`);
}

function conflict(why: string): never {
  throw new EngineError('conflict', why);
}
