import { parseHostPort } from './address';
import { effective, named } from './effective';
import { spotOf, type Effective, type Spot } from './spot';
import type { Directive } from './syntax';
import { keepsByDefault, parseCount, parseTime } from './values';

/** How an upstream group picks a server; `other`: one that this project knows nothing about. */
export type UpstreamAlgorithm =
  'round-robin' | 'least-conn' | 'ip-hash' | 'hash' | 'random' | 'random-two' | 'sticky' | 'other';

/** A group of servers that requests are spread over. */
export interface UpstreamModel {
  readonly name: string;
  /** The `upstream` directive; for an implicit group, the `proxy_pass`. */
  readonly spot: Spot;
  /** There is no `upstream` block: `proxy_pass` names a host itself. */
  readonly implicit: boolean;
  readonly algorithm: UpstreamAlgorithm;
  /** What stands after the algorithm's directive, for example the key of `hash`. */
  readonly algorithmArgs: readonly string[];
  /** null: round robin by default. */
  readonly algorithmSpot: Spot | null;
  /** Whether the workers share one state. */
  readonly zone: Effective<boolean>;
  /** Idle connections that each worker keeps; null: none are kept. */
  readonly keepalive: Effective<number | null>;
  /** For how long an idle one is kept, in milliseconds. */
  readonly keepaliveTimeoutMs: Effective<number>;
  readonly servers: readonly UpstreamServer[];
}

/** One `server` line of a group. */
export interface UpstreamServer {
  /** As written. */
  readonly address: string;
  readonly host: string;
  /** null: a Unix socket. */
  readonly port: number | null;
  /** Hostname of the replica that it reaches; null: none (another host, or another port than the app's). */
  readonly replica: string | null;
  readonly weight: number;
  /** Failures within `failTimeoutMs` that make NGINX avoid the server; 0: never. */
  readonly maxFails: number;
  readonly failTimeoutMs: number;
  /** 0: no limit. */
  readonly maxConns: number;
  readonly backup: boolean;
  /** `down`, or `drain`: gets no new clients. */
  readonly down: boolean;
  /** The name is resolved again while NGINX runs. */
  readonly resolve: boolean;
  readonly spot: Spot;
}

/** A replica as NGINX can reach it. */
export interface ReplicaAddress {
  readonly hostname: string;
  /** IP address. */
  readonly address: string;
}

/** What upstream servers are compared with. */
export interface UpstreamContext {
  readonly replicas: readonly ReplicaAddress[];
  readonly appPort: number;
  /** As `nginx -v` names it; undefined: taken for one before 1.29.7. */
  readonly nginxVersion?: string;
}

/** Every `upstream` group of the `http` block. */
export function readUpstreams(http: readonly Directive[], context: UpstreamContext): readonly UpstreamModel[] {
  return named(http, 'upstream').map((directive) => readUpstream(directive, context));
}

/** `ngx_http_upstream_keepalive_create_conf` and its like, src/http/modules/ngx_http_upstream_keepalive_module.c. */
const KEEPALIVE_TIMEOUT_MS = 60_000;

/** The group that NGINX makes by itself for a `proxy_pass` straight to a host. */
export function implicitUpstream(
  authority: string,
  defaultPort: number,
  spot: Spot,
  resolve: boolean,
  context: UpstreamContext,
): UpstreamModel {
  return {
    ...{ name: authority, spot, implicit: true },
    ...{ algorithm: 'round-robin', algorithmArgs: [], algorithmSpot: null },
    zone: { value: false, spot: null },
    keepalive: { value: null, spot: null },
    keepaliveTimeoutMs: { value: KEEPALIVE_TIMEOUT_MS, spot: null },
    servers: [{ ...readServer([authority], spot, context, defaultPort), resolve }],
  };
}

/**
 * What NGINX logs in the place of an address where no server of a group is left: the group's name. Undefined: it is one that NGINX makes of an
 * address, which is called like the server that it asks.
 */
export function nobodyLeftIn({ implicit, name }: UpstreamModel): string | undefined {
  return implicit ? undefined : name;
}

function readUpstream(directive: Directive, context: UpstreamContext): UpstreamModel {
  const block = directive.block ?? [];
  const algorithm = algorithmDirective(block);
  const keepalive = effective([block], 'keepalive', ([count = '']) => parseCount(count), defaultKeepalive(context));
  return {
    name: directive.args[0] ?? '',
    spot: spotOf(directive),
    implicit: false,
    algorithm: algorithm === undefined ? 'round-robin' : algorithmOf(algorithm),
    algorithmArgs: algorithm?.args ?? [],
    algorithmSpot: algorithm === undefined ? null : spotOf(algorithm),
    zone: effective([block], 'zone', () => true, false),
    keepalive: { ...keepalive, value: keepalive.value === 0 ? null : keepalive.value },
    keepaliveTimeoutMs: effective([block], 'keepalive_timeout', ([time = '']) => parseTime(time), KEEPALIVE_TIMEOUT_MS),
    servers: named(block, 'server').map((server) => readServer(server.args, spotOf(server), context, 80)),
  };
}

/** 32 by default since 1.29.7, for named groups only (`ngx_http_upstream_keepalive_init_main_conf`). */
function defaultKeepalive({ nginxVersion }: UpstreamContext): number {
  return keepsByDefault(nginxVersion) ? 32 : 0;
}

const ALGORITHMS: Readonly<Record<string, UpstreamAlgorithm>> = {
  least_conn: 'least-conn',
  ip_hash: 'ip-hash',
  hash: 'hash',
  random: 'random',
  sticky: 'sticky',
  least_time: 'other',
  fair: 'other',
};

/** Stickiness goes first: whatever stands beside it only picks a client's first server. */
function algorithmDirective(block: readonly Directive[]): Directive | undefined {
  const all = block.filter(({ name }) => Object.hasOwn(ALGORITHMS, name));
  return all.find(({ name }) => name === 'sticky') ?? all.at(-1);
}

function algorithmOf({ name, args }: Directive): UpstreamAlgorithm {
  if (name === 'random' && args[0] === 'two') return 'random-two';
  return ALGORITHMS[name] ?? 'other';
}

/** Defaults and parameters of `ngx_http_upstream_server` in NGINX's src/http/ngx_http_upstream.c. */
function readServer(
  args: readonly string[],
  spot: Spot,
  { replicas, appPort }: UpstreamContext,
  defaultPort: number,
): UpstreamServer {
  const [address = '', ...parameters] = args;
  const { host, port } = parseHostPort(address, defaultPort);
  const value = (name: string): string =>
    // Said twice, the last counts: each is read in its turn.
    parameters.findLast((parameter) => parameter.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const replica = replicas.find(
    (candidate) => candidate.hostname.toLowerCase() === host.toLowerCase() || candidate.address === host,
  );
  return {
    ...{ address, host, port, spot },
    replica: port === appPort ? (replica?.hostname ?? null) : null,
    weight: parseCount(value('weight')) ?? 1,
    maxFails: parseCount(value('max_fails')) ?? 1,
    failTimeoutMs: parseTime(value('fail_timeout'), 'seconds') ?? 10_000,
    maxConns: parseCount(value('max_conns')) ?? 0,
    backup: parameters.includes('backup'),
    down: parameters.includes('down') || parameters.includes('drain'),
    resolve: parameters.includes('resolve'),
  };
}

/**
 * Smaller weights are there again before anybody could tell: a server that failed gets one unit of its own back with each request (`effective_weight`
 * in `ngx_http_upstream_get_peer`, src/http/ngx_http_upstream_round_robin.c).
 */
export const LARGE_WEIGHT = 100;

/** Whoever lets so many requests fail one after the other never leaves a server alone. */
export const MOST_FAILS = 30;

/**
 * Whether NGINX never leaves a server alone that fails, or not before so many requests have failed there that it comes to the same. With
 * `fail_timeout=0` it does: for the rest of the second in which one failed (`now - peer->checked <= peer->fail_timeout` in
 * `ngx_http_upstream_get_peer`, in whole seconds), so that one request a second meets it.
 */
export function isNeverSetAside({ maxFails }: UpstreamServer): boolean {
  return maxFails === 0 || maxFails > MOST_FAILS;
}

/** Whether NGINX asks a server that failed again in the next second. */
export function isAskedEachSecond(server: UpstreamServer): boolean {
  return !isNeverSetAside(server) && server.failTimeoutMs === 0;
}

/** Whether a server takes turns like a replica, and is none. */
export function isStranger({ replica, backup, down }: UpstreamServer): boolean {
  return replica === null && !backup && !down;
}

/** Whether each client is always sent to the same replica, as long as that one serves. */
export function isOneForEachClient(algorithm: UpstreamAlgorithm): boolean {
  return algorithm === 'ip-hash' || algorithm === 'hash' || algorithm === 'sticky';
}
