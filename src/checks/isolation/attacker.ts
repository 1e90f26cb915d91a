import { get } from 'node:http';
import type { Clock } from '../../clock';
import { PLAIN } from '../../cluster/client-headers';
import type { Cluster } from '../../cluster/cluster-types';
import type { ContainerRequest } from '../../cluster/engine';
import { waitReady } from '../../cluster/readiness';
import { SetupError } from '../../cluster/setup-error';
import { labelsFor, resourceName } from '../../cluster/topology';
import type { ScenarioContext } from '../scenario';

/** Somebody to connect to: a hostname or an address. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** What came of an attempt to connect. */
export type Attempt =
  | { readonly kind: 'connected'; readonly address: string; readonly status: string }
  | { readonly kind: 'unresolved' }
  | { readonly kind: 'refused'; readonly status: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** A container that tries to reach others. */
export interface Attacker {
  /** Tries target number `index` of its order. */
  readonly attempt: (index: number) => Promise<Attempt>;
}

/** Where an attacker stands, and whom it is to reach. */
export interface AttackerOrder {
  readonly name: string;
  readonly network: ContainerRequest['network'];
  /** Address at which this machine asks it. */
  readonly address: string;
  readonly targets: readonly Target[];
}

/** No service's port by custom, below the ports that systems give out by themselves (from 32768), and not the app's. */
export function attackPort(appPort: number): number {
  return appPort === 29_803 ? 29_804 : 29_803;
}

const CONFIG_PATH = '/etc/nginx/lb-cluster-attack.conf';
const READY_MS = 10_000;
const CONNECT_MS = 1_500;
const RESOLVE_MS = 3_000;
/** Past what NGINX itself takes to give up. */
const ANSWER_MS = 8_000;
const HEADER = 'x-attempt';
const LIMITS = { cpus: 1, memoryBytes: 128 * 2 ** 20, pids: 64 };

/**
 * Starts an attacker: a container of NGINX's own image, which every run has, and which needs no shell and no tool: it is asked
 * over HTTP to proxy to a target. Throws a {@link SetupError} or an EngineError where it does not start.
 */
export async function startAttacker(order: AttackerOrder, context: ScenarioContext): Promise<Attacker> {
  const { engine, cluster, clock, signal } = context;
  const port = attackPort(cluster.plan.appPort);
  const containerId = await engine.createContainer(requestFor(order, cluster));
  const content = attackConfig(order.targets, port);
  await engine.writeFiles(containerId, [{ path: CONFIG_PATH, content }]);
  await engine.startContainer(containerId);
  const readiness = await waitReady(
    { host: order.address, port, path: '/ready', introduction: PLAIN },
    {
      accept: (status) => status === 204,
      ...{ timeoutMs: READY_MS, clock, signal },
      stillRunning: async () => (await engine.inspectContainer(containerId)).running,
    },
  );
  if (!readiness.ready) throw new SetupError(`the attacker ${order.name} did not start`);
  return { attempt: (index) => ask(order.address, port, index, signal) };
}

function requestFor({ name, network }: AttackerOrder, { plan, name: cluster }: Cluster): ContainerRequest {
  return {
    name: resourceName(plan.ownership.run, cluster, name),
    image: plan.nginxImage,
    labels: labelsFor(plan.ownership, cluster, 'attacker'),
    hostname: null,
    command: ['nginx', '-c', CONFIG_PATH, '-g', 'daemon off;'],
    withoutEntrypoint: true,
    env: {},
    network,
    extraHosts: {},
    limits: LIMITS,
    hardened: false,
    publish: null,
  };
}

/** `$upstream_connect_time` is `-` where no connection came about, and `$upstream_addr` empty where no name resolved. */
export function attackConfig(targets: readonly Target[], port: number): string {
  const locations = targets.map(
    ({ host, port: targetPort }, index) => `
        location = /${index} { set $target "${host}"; proxy_pass http://$target:${targetPort}/; }`,
  );
  return `worker_processes 1;
pid /tmp/attacker.pid;
error_log /dev/stderr error;
events { worker_connections 256; }
http {
    access_log off;
    resolver 127.0.0.11 ipv6=off;
    resolver_timeout ${RESOLVE_MS}ms;
    proxy_connect_timeout ${CONNECT_MS}ms;
    proxy_read_timeout ${CONNECT_MS}ms;
    # A target may be an attacker itself, whose own header would come first.
    proxy_hide_header ${HEADER};
    server {
        listen ${port};
        add_header ${HEADER} "$upstream_addr|$upstream_status|$upstream_connect_time" always;
        location = /ready { return 204; }${locations.join('')}
    }
}
`;
}

/** So often, at the most, is an attempt made that connects, and with such a pause between, in milliseconds. */
const LASTING = { attempts: 5, pauseMs: 200 };

/**
 * The last of some attempts, the first that does not connect or, where all of them do, the fifth; and how many came through before it that
 * did not last. For each network that it makes, the engine takes the rule that keeps networks apart out of the kernel's list and puts it back at
 * its head (moby, libnetwork/iptables/iptables.go, `EnsureJumpRule`), and for the milliseconds in between every container
 * reaches every other one. Other clusters come up meanwhile, and other jobs' networks: a way in is one that stays open.
 */
export async function lastingAttempt(
  attempt: () => Promise<Attempt>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<{ readonly attempt: Attempt; readonly lapses: number }> {
  for (let lapses = 0; ; lapses += 1) {
    const seen = await attempt();
    if (seen.kind !== 'connected') return { attempt: seen, lapses };
    if (lapses + 1 >= LASTING.attempts) return { attempt: seen, lapses: 0 };
    await clock.sleep(LASTING.pauseMs, signal);
  }
}

function ask(host: string, port: number, index: number, signal: AbortSignal): Promise<Attempt> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: `/${index}`, agent: false, timeout: ANSWER_MS, signal }, (response) => {
      response.resume();
      response.on('close', () => resolve(readAttempt(response.headers[HEADER])));
    });
    request.on('timeout', () => request.destroy(new Error('the attacker did not answer')));
    request.on('error', (error) => resolve({ kind: 'unknown', why: error.message }));
  });
}

/** Reads the attacker's header: `198.18.0.12:5000|200|0.001`. */
export function readAttempt(header: string | readonly string[] | undefined): Attempt {
  const [address, status, connectTime] = typeof header === 'string' ? header.split('|') : [];
  if (address === undefined || status === undefined || connectTime === undefined) {
    return { kind: 'unknown', why: 'the attacker’s answer cannot be read' };
  }
  if (address === '') return { kind: 'unresolved' };
  return connectTime === '-' ? { kind: 'refused', status } : { kind: 'connected', address, status };
}
