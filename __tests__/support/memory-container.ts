import type {
  ContainerDescription,
  ContainerLimits,
  ContainerRequest,
  Endpoint,
  LogLine,
} from '../../src/cluster/engine';

/** A container of the engine in memory. A test may write lines for it, and end it. */
export class MemoryContainer {
  name: string;
  readonly endpoints = new Map<string, Endpoint>();
  readonly files = new Map<string, string>();
  readonly lines: LogLine[] = [];
  readonly followers = new Set<(line: LogLine) => void>();
  limits: ContainerLimits | null;
  running = false;
  paused = false;
  exitCode = 0;
  oomKilled = false;
  hostPorts: Readonly<Record<number, number>> = {};
  private readonly ended = new Set<() => void>();
  private startedAt = 0;

  constructor(
    readonly id: string,
    readonly request: ContainerRequest,
  ) {
    this.name = request.name;
    this.limits = request.limits;
    if (request.network !== 'none' && 'id' in request.network)
      this.endpoints.set(request.network.id, request.network.endpoint);
  }

  /** Network id → address; a container that does not run has none. */
  get addresses(): Readonly<Record<string, string>> {
    if (!this.running) return {};
    return Object.fromEntries([...this.endpoints].map(([network, { address }]) => [network, address]));
  }

  /** @param at stands for a time: later ones are greater. */
  start(at: number, hostPorts: Readonly<Record<number, number>>): void {
    this.startedAt = at;
    this.hostPorts = hostPorts;
    this.exitCode = 0;
    this.oomKilled = false;
    this.running = true;
  }

  /** The app writes a line. */
  write(line: LogLine): void {
    this.lines.push(line);
    for (const follower of this.followers) follower(line);
  }

  /** The app ends, by itself or not; one that has ended stays as it is. */
  end(exitCode: number, oomKilled = false): void {
    if (!this.running) return;
    this.running = false;
    this.paused = false;
    this.exitCode = exitCode;
    this.oomKilled = oomKilled;
    this.hostPorts = {};
    for (const tell of this.ended) tell();
  }

  /** Resolves when it does not run (any more), or when `signal` aborts. */
  untilEnd(signal: AbortSignal): Promise<void> {
    if (!this.running || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.ended.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.ended.add(done);
      signal.addEventListener('abort', done);
    });
  }

  output(): { readonly stdout: string; readonly stderr: string } {
    const textOf = (stream: LogLine['stream']): string =>
      this.lines
        .filter((line) => line.stream === stream)
        .map(({ text }) => `${text}\n`)
        .join('');
    return { stdout: textOf('stdout'), stderr: textOf('stderr') };
  }

  describe(): ContainerDescription {
    const { id, name, running, paused, exitCode, oomKilled, startedAt, addresses, hostPorts } = this;
    const pid = running ? 1000 + startedAt : 0;
    const state = { running, paused, exitCode, oomKilled, startedAt, pid };
    const published = Object.entries(hostPorts).map(([port, hostPort]) => ({
      ...{ containerPort: `${port}/tcp`, hostIp: '127.0.0.1', hostPort },
    }));
    return { id, name, ...state, addresses, hostPorts, published };
  }
}
