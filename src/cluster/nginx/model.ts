import { CLIENT_HOST } from '../client-headers';
import { listed } from '../../settings/wording';
import type { ConfigTree } from './dump';
import { effective, named } from './effective';
import { askableNames, listenOn, readServers, serverFor, TLS, type ListenModel, type ServerModel } from './listen';
import { loneReplicas, type LoneReplica } from './lone';
import { routeOf, type Route, type RouteContext, type RouteOutcome, type Way } from './route';
import type { Effective, Spot } from './spot';
import { flattened, type Directive } from './syntax';
import { readUpstreams, type UpstreamContext, type UpstreamModel, type UpstreamServer } from './upstream';
import { keepsByDefault, parseCount, parseTime } from './values';

export type { Effective, Spot } from './spot';
export type { ListenModel, ServerModel } from './listen';
export type { LoneReplica } from './lone';
export type { ProxyHeader, Route, Way } from './route';
export type { ReplicaAddress, UpstreamAlgorithm, UpstreamModel, UpstreamServer } from './upstream';

/** What a configuration is looked at for. */
export interface NginxTarget extends UpstreamContext {
  /** Path of the requests, with or without a query. */
  readonly probePath: string;
  /** What they say that they ask for, with a port or without; null or absent: NGINX's address. */
  readonly host?: string | null;
}

/** What a configuration means for the load balancer. */
export interface NginxModel {
  /** Worker processes; `auto`: one for each CPU. */
  readonly workers: number | 'auto';
  /** As `nginx -v` names it; null: unknown. */
  readonly version: string | null;
  /** How long workers that a reload replaces may take over their last requests, in milliseconds; 0: no limit. */
  readonly shutdownTimeoutMs: Effective<number>;
  readonly servers: readonly ServerModel[];
  /** The port, inside the container, that requests go to; null: `listenProblem` says why there is none. */
  readonly listenPort: number | null;
  readonly listenProblem: string | null;
  /** null: `routeProblem` says why requests reach no upstream group. */
  readonly route: Route | null;
  readonly routeProblem: string | null;
  readonly routeProblemSpot: Spot | null;
  /** The terms on which requests are handed on, also where it is not known to whom; null: they are not. */
  readonly way: Way | null;
  /** Names of servers on this port that would hand the path to replicas, where the one that answers does not. */
  readonly otherHosts: readonly string[];
  /** Paths of locations of the server that answers, which would hand them to replicas, where it does not hand on the probed one. */
  readonly otherPaths: readonly string[];
  /**
   * The `listen` of a server that would hand the path to replicas, and that no name leads to: where the one that answers does not, and is the
   * default of the port only since it stands first. null: there is none.
   */
  readonly behindDefault: Spot | null;
  /** The `listen` of a server that would hand the path to replicas, and takes TLS alone, where none that takes plain HTTP does; null: there is none. */
  readonly behindTls: Spot | null;
  /** Every `upstream` block. */
  readonly upstreams: readonly UpstreamModel[];
  /** Replicas that nothing stands in for, on this route or on another. */
  readonly lone: readonly LoneReplica[];
}

/**
 * Reads from a configuration what happens to a client's request for the probed path: the port, the server, the
 * location, the upstream group, and the terms in force. Of several ports, the one whose server hands the path to a
 * replica goes first, then one whose server proxies it at all, then that of plain HTTP (80), then the first.
 */
export function understandConfig(tree: ConfigTree, target: NginxTarget): NginxModel {
  const http = named(tree.directives, 'http').flatMap(({ block }) => block ?? []);
  const servers = readServers(http);
  const context: RouteContext = { ...target, http, upstreams: readUpstreams(http, target) };
  const host = (target.host ?? CLIENT_HOST).replace(/:\d+$/, '').toLowerCase();
  const entry = chooseEntry(servers, context, host);
  const common = {
    ...{ workers: readWorkers(tree), servers },
    version: target.nginxVersion ?? null,
    upstreams: context.upstreams,
    lone: loneReplicas(http, context.upstreams, target),
    shutdownTimeoutMs: effective([tree.directives], 'worker_shutdown_timeout', ([text = '']) => parseTime(text), 0),
  };
  if (entry === null) {
    const problem = noListen(servers, http, tree);
    return {
      ...common,
      ...{ listenPort: null, listenProblem: problem },
      ...{ route: null, routeProblem: problem, routeProblemSpot: servers[0]?.spot ?? null },
      ...{ way: null, otherHosts: [], otherPaths: [], behindDefault: null, behindTls: null },
    };
  }
  const { listen, outcome } = entry;
  const proxied = outcome.kind === 'proxied';
  return {
    ...common,
    ...{ listenPort: listen.port, listenProblem: null },
    route: proxied ? outcome.route : null,
    routeProblem: proxied ? null : outcome.problem,
    routeProblemSpot: proxied ? null : outcome.spot,
    way: proxied ? outcome.route : outcome.way,
    ...othersWithReplicas(rank(outcome) === 2 ? [] : servers, listen.port, context),
    otherPaths: rank(outcome) === 2 ? [] : pathsToReplicas(entry.server, context),
    behindTls: rank(outcome) === 2 ? null : listenWithTls(servers, context),
  };
}

/** RFC 9110, section 4.2.1. */
const HTTP_PORT = 80;

interface Entry {
  readonly server: ServerModel;
  readonly listen: ListenModel;
  readonly outcome: RouteOutcome;
}

/** Which servers of a port would hand the path to replicas: by which names, and which one by none. */
function othersWithReplicas(
  servers: readonly ServerModel[],
  port: number | null,
  context: RouteContext,
): Pick<NginxModel, 'otherHosts' | 'behindDefault'> {
  const listening = servers.flatMap((server) => {
    const listen = port === null ? null : listenOn(server, port);
    return listen === null ? [] : [{ server, listen }];
  });
  const able = listening.filter(({ server }) => rank(routeOf(server.block, server.spot, context)) === 2);
  const nameless = able.find(({ server }) => askableNames(server).length === 0);
  // There may be one `default_server` for a port.
  const isFirstCome = !listening.some(({ listen }) => listen.defaultServer);
  return {
    otherHosts: [...new Set(able.flatMap(({ server }) => askableNames(server)))],
    behindDefault: isFirstCome ? (nameless?.listen.spot ?? null) : null,
  };
}

function pathsToReplicas({ block, spot }: ServerModel, context: RouteContext): readonly string[] {
  const paths = named(block, 'location')
    .flatMap(({ args }) => args.at(-1) ?? [])
    .filter((path) => /^\/[\w./-]*$/.test(path));
  return [...new Set(paths)].filter((probePath) => rank(routeOf(block, spot, { ...context, probePath })) === 2);
}

function listenWithTls(servers: readonly ServerModel[], context: RouteContext): Spot | null {
  const closed = servers.filter(({ listens }) => listens.every(({ obstacle }) => obstacle !== null));
  const able = closed.filter((server) => rank(routeOf(server.block, server.spot, context)) === 2);
  return able.flatMap(({ listens }) => listens).find(({ obstacle }) => obstacle === TLS)?.spot ?? null;
}

function chooseEntry(servers: readonly ServerModel[], context: RouteContext, host: string): Entry | null {
  const ports = new Set(servers.flatMap(({ listens }) => listens.flatMap(({ port }) => port ?? [])));
  const entries = [...ports].flatMap((port): Entry[] => {
    const server = serverFor(servers, port, host);
    const listen = server === null ? null : listenOn(server, port);
    if (server === null || listen === null) return [];
    return [{ server, listen, outcome: routeOf(server.block, server.spot, context) }];
  });
  // `toSorted` is stable: equals stay in the order of the file.
  const isUsual = ({ listen }: Entry): number => (listen.port === HTTP_PORT ? 1 : 0);
  return (
    entries.toSorted((left, right) => rank(right.outcome) - rank(left.outcome) || isUsual(right) - isUsual(left))[0] ??
    null
  );
}

function rank(outcome: RouteOutcome): number {
  if (outcome.kind === 'unproxied') return 0;
  return outcome.route.upstream.servers.some(({ replica }) => replica !== null) ? 2 : 1;
}

function noListen(servers: readonly ServerModel[], http: readonly Directive[], { directives }: ConfigTree): string {
  if (servers.length === 0) {
    const streams = named(directives, 'stream').length > 0;
    const empty = named(http, 'include').map(({ args: [pattern = ''], line }) => `\`${pattern}\` (line ${line})`);
    if (empty.length > 0 && !streams) {
      return (
        `there is no \`server\` block, and the image of NGINX holds nothing that ${listed(empty)} includes; give the file that has the \`server\` ` +
        '(input nginx-config), or an image that holds it (input nginx-image)'
      );
    }
    return `there is no \`server\` block${streams ? ' in `http`, and what `stream` balances are connections, in which no request can be followed' : ''}`;
  }
  const obstacles = new Set(servers.flatMap(({ listens }) => listens.flatMap(({ obstacle }) => obstacle ?? [])));
  const remedy = obstacles.has(TLS)
    ? '. Requests of this action are plain HTTP: let the server listen on a port without TLS as well (`listen 8080;`)'
    : '';
  return `no \`server\` takes plain HTTP over IPv4: each ${[...obstacles].join(', or ')}${remedy}`;
}

/** One by default (`ngx_core_module_init_conf` in NGINX's src/core/nginx.c). */
function readWorkers(tree: ConfigTree): number | 'auto' {
  const text = named(tree.directives, 'worker_processes').at(-1)?.args[0] ?? '';
  return text === 'auto' ? text : (parseCount(text) ?? 1);
}

/** Addresses at which NGINX reaches the container that it runs in. */
const ITSELF = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** Where NGINX hands requests on to a server of its own. */
export interface OwnEntry {
  /** As written: `127.0.0.1:8080`, `unix:/run/inner.sock`. */
  readonly address: string;
  readonly spot: Spot;
  /** null: a Unix socket. */
  readonly port: number | null;
}

/**
 * By what NGINX hands requests on to another server of its own, where it hands them nowhere else; null: it does not. Each of them has two lines
 * in the access log then, and what the second one is made on is written elsewhere.
 */
export function entryOfItself({ route, way, servers }: NginxModel, { directives }: ConfigTree): OwnEntry | null {
  const listens = servers.flatMap((server) => server.listens);
  const isSocket = (address: string): boolean => listens.some(({ socket }) => socket === address);
  if (route === null) {
    if (way === null) return null;
    const spot = way.proxyPass;
    const pass = flattened(directives).find(
      ({ name, file, line }) => name === 'proxy_pass' && file === spot.file && line === spot.line,
    );
    // The URI follows the path and a colon (ngx_http_proxy_module, `proxy_pass`).
    const address = /^https?:\/\/(unix:[^:]+)/i.exec(pass?.args[0] ?? '')?.[1] ?? '';
    return isSocket(address) ? { address, spot, port: null } : null;
  }
  const entries = route.upstream.servers;
  const isItself = ({ address, host, port }: UpstreamServer): boolean =>
    isSocket(address) || (ITSELF.test(host) && listens.some((listen) => listen.port === port));
  return entries.every(isItself) ? (entries[0] ?? null) : null;
}

/**
 * For how long NGINX keeps an idle connection to a replica, in milliseconds; null: it keeps none, or that is not known. What it says of the
 * connection itself decides as well: `close`, before 1.29.7 unless the configuration says otherwise (`ngx_http_proxy_headers`).
 */
export function keptIdleMs({ route, version }: NginxModel): number | null {
  if (route?.httpVersion.value !== '1.1' || route.upstream.keepalive.value === null) return null;
  const said = route.proxySetHeaders.findLast(({ name }) => name.toLowerCase() === 'connection')?.value;
  const isKept = said === undefined ? keepsByDefault(version) : said === '' || said.toLowerCase() === 'keep-alive';
  return isKept ? route.upstream.keepaliveTimeoutMs.value : null;
}

/** Where NGINX hands on POSTs for the probed path, and on which terms; null: that is not known. */
export function wayOfPosts({ route, way }: NginxModel): Way | null {
  return route?.postRoute ?? way;
}

/** Whether NGINX sends a POST for the probed path again that a replica may have carried out (`proxy_next_upstream … non_idempotent`). */
export function repeatsPosts(nginx: NginxModel): boolean {
  return wayOfPosts(nginx)?.nextUpstream.value.includes('non_idempotent') === true;
}

/** The hosts that requests for the probed path go to, and what NGINX asks on their behalf; where a variable decides on it all that there are. */
export function hostsOnWay(model: NginxModel): readonly string[] {
  const { route } = model;
  const ways = [route, route?.postRoute ?? null];
  const asked = ways.flatMap((way) =>
    way === null ? [] : [way.authRequest, ...way.mirrors].map((one) => one?.route ?? null),
  );
  const groups = [...groupsAsked(model), ...asked.flatMap((one) => (one === null ? [] : [one.upstream]))];
  return groups.flatMap(({ servers }) => servers.map(({ host }) => host));
}

/**
 * The groups that requests for the probed path go to; where a variable decides on it all that there are, and where it is not known that they go
 * anywhere all that have a replica.
 */
export function groupsAsked({ route, way, upstreams }: NginxModel): readonly UpstreamModel[] {
  if (route === null) {
    return way === null
      ? upstreams.filter(({ servers }) => servers.some(({ replica }) => replica !== null))
      : upstreams;
  }
  const others = route.postRoute === null ? [] : [route.postRoute.upstream];
  return [...new Set([route.upstream, ...others])];
}
