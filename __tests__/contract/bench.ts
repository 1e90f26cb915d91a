import type { ContainerRequest, Engine, FilesOrder } from '../../src/cluster/engine';
import { EngineError } from '../../src/cluster/engine';

/** What a case of the contract works with: an engine, and names, labels and addresses that are its own. */
export interface Bench {
  readonly engine: Engine;
  /** There on the machine; holds a shell, coreutils and python3. */
  readonly image: string;
  /** On everything that the case creates; no other case has them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly name: (what: string) => string;
  /** A new network, in a subnet that is free. */
  readonly network: (options?: { readonly internal?: boolean }) => Promise<BenchNetwork>;
  /** A new container; without a word it runs on, in no network. */
  readonly container: (overrides?: Partial<ContainerRequest>) => Promise<string>;
  /** A port on 127.0.0.1 that another program listens on until it is released. */
  readonly holdPort: () => Promise<{ readonly port: number; readonly release: () => Promise<void> }>;
}

export interface BenchNetwork {
  readonly id: string;
  readonly name: string;
  readonly subnet: string;
  /** Address number `host` of the subnet. */
  readonly address: (host: number) => string;
}

/** Statements about an engine, each with what shows it. */
export type Contract = Readonly<Record<string, (bench: Bench) => Promise<void>>>;

/** Commands that the cases use. An engine that runs nothing plays them. */
export const COMMANDS = {
  runsOn: ['sleep', '300'],
  endsWhenAsked: ['python3', '-c', 'import signal; signal.sigwait({signal.SIGTERM})'],
  speaksAndEnds: ['sh', '-c', 'echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three; exit 7'],
  readFile: (path: string) => ['cat', path],
  complain: ['sh', '-c', 'echo out; echo trouble >&2; exit 3'],
  /** Writes a line in the name of the container's main process. */
  say: (line: string) => ['sh', '-c', 'echo "$1" >/proc/1/fd/1', 'say', line],
} as const;

/** All files of a path, as far as there are no more of them than there should be. */
export function filesOrder(path: string, overrides: Partial<FilesOrder> = {}): FilesOrder {
  const most = { entries: 100, bytes: 2 ** 20 };
  return { path, wants: () => true, onFile: () => undefined, most, signal: new AbortController().signal, ...overrides };
}

export const LABEL = { contract: 'lb-cluster-action.contract', other: 'lb-cluster-action.contract-other' } as const;

const SUBNET_TRIES = 500;
let serial = 0;

/** @param unique tells this process's resources from those of others on the same machine. */
export function createBench(engine: Engine, image: string, unique: string, holdPort: Bench['holdPort']): Bench {
  serial += 1;
  const id = `${unique}-${serial}`;
  const labels = { [LABEL.contract]: id };
  const name = (what: string): string => `lbca-contract-${id}-${what}`;
  let containers = 0;
  return {
    engine,
    image,
    labels,
    name,
    holdPort,
    network: async ({ internal = false } = {}) => {
      for (let tries = 0; ; tries += 1) {
        serial += 1;
        const prefix = `198.19.${128 + (serial % 128)}`;
        const network = { name: name(`net${serial}`), labels, internal, subnet: `${prefix}.0/26` };
        try {
          const networkId = await engine.createNetwork(network);
          return { ...network, id: networkId, address: (host) => `${prefix}.${host}` };
        } catch (error) {
          const overlap = error instanceof EngineError && error.kind === 'address-overlap';
          if (!overlap || tries === SUBNET_TRIES) throw error;
        }
      }
    },
    container: (overrides = {}) => {
      containers += 1;
      return engine.createContainer({
        name: name(`c${containers}`),
        image,
        labels,
        hostname: null,
        command: COMMANDS.runsOn,
        env: {},
        network: 'none',
        extraHosts: {},
        limits: null,
        hardened: false,
        publish: null,
        ...overrides,
      });
    },
  };
}

/** Removes what a case has left, and checks that nothing remains. */
export async function clearBench({ engine, labels }: Bench): Promise<number> {
  const left = await engine.listLabelled(labels);
  await Promise.all(left.containers.map(({ id }) => engine.removeContainer(id)));
  await Promise.all(left.networks.map(({ id }) => engine.removeNetwork(id)));
  const rest = await engine.listLabelled(labels);
  return rest.containers.length + rest.networks.length;
}
