import { parseHostPort, validPort } from './address';
import { named } from './effective';
import { perlRegex } from './location';
import { spotOf, type Spot } from './spot';
import type { Directive } from './syntax';

/** One `listen` of a server. */
export interface ListenModel {
  /** null: a Unix socket. */
  readonly port: number | null;
  /** `unix:/path`; null: a port. */
  readonly socket: string | null;
  readonly defaultServer: boolean;
  /** Why plain HTTP over IPv4 from another machine does not get in here; null: it does. */
  readonly obstacle: string | null;
  readonly spot: Spot;
}

/** One `server` block. */
export interface ServerModel {
  readonly spot: Spot;
  readonly names: readonly string[];
  readonly listens: readonly ListenModel[];
  readonly block: readonly Directive[];
}

/** Every `server` block of `http`, in order. */
export function readServers(http: readonly Directive[]): readonly ServerModel[] {
  return named(http, 'server').map((directive) => {
    const block = directive.block ?? [];
    const listens = named(block, 'listen').map(readListen);
    return {
      spot: spotOf(directive),
      // NGINX compares names in lower case; an expression stays as it is.
      names: named(block, 'server_name').flatMap(({ args }) =>
        args.map((name) => (name.startsWith('~') ? name : name.toLowerCase())),
      ),
      // A server without `listen` takes *:80 (`ngx_http_core_server`; *:8000 where NGINX is not started as root).
      listens:
        listens.length > 0
          ? listens
          : [{ port: 80, socket: null, defaultServer: false, obstacle: null, spot: spotOf(directive) }],
      block,
    };
  });
}

/**
 * The server that answers a request for `host` on `port`: the one of that name (an exact name before one with a wildcard, and that
 * before a regular expression), else the port's default server, else the first one of the port (`ngx_http_find_virtual_server` in
 * src/http/ngx_http_request.c). null: nobody listens there.
 */
export function serverFor(servers: readonly ServerModel[], port: number, host: string): ServerModel | null {
  const listening = servers.filter(({ listens }) => listens.some((listen) => isOpen(listen, port)));
  return (
    listening.find(({ names }) => names.includes(host) || names.includes(`.${host}`)) ??
    listening.find(({ names }) => names.some((name) => name === longestWildcard(listening, host))) ??
    listening.find(({ names }) => names.some((name) => isRegexFor(name, host))) ??
    listening.find(({ listens }) => listens.some((listen) => isOpen(listen, port) && listen.defaultServer)) ??
    listening[0] ??
    null
  );
}

/**
 * Of the names with a wildcard that match, the one that goes first: the longest with it in front, else the longest with it behind (`.example.com` is
 * `*.example.com` and the name itself; `ngx_hash_find_combined` in src/core/ngx_hash.c).
 */
function longestWildcard(servers: readonly ServerModel[], host: string): string | null {
  const names = servers.flatMap((server) => server.names);
  const front = names.filter((name) => /^\*?\./.test(name) && host.endsWith(name.replace(/^\*/, '')));
  const behind = names.filter((name) => name.endsWith('.*') && host.startsWith(name.slice(0, -1)));
  const longest = (some: readonly string[]): string | undefined => some.toSorted((a, b) => b.length - a.length)[0];
  return longest(front) ?? longest(behind) ?? null;
}

/** The `listen` of a server that serves `port`, or null. */
export function listenOn(server: ServerModel, port: number): ListenModel | null {
  return server.listens.find((listen) => isOpen(listen, port)) ?? null;
}

function isOpen(listen: ListenModel, port: number): boolean {
  return listen.port === port && listen.obstacle === null;
}

function isRegexFor(name: string, host: string): boolean {
  return name.startsWith('~') && (perlRegex(name.slice(1), true)?.test(host) ?? false);
}

/** The obstacle of a `listen … ssl`. */
export const TLS = 'expects TLS';

const OBSTACLES: Readonly<Record<string, string>> = {
  ssl: TLS,
  quic: 'expects QUIC',
  proxy_protocol: 'expects the PROXY protocol',
};

function readListen(directive: Directive): ListenModel {
  const [address = '', ...parameters] = directive.args;
  // `8080` and `8080-8090` are ports, not hosts (`ngx_parse_inet_url`); of a range, the first port will do.
  const withHost = /^\d+(?:-\d+)?$/.test(address) ? `*:${address}` : address;
  const { host, port } = parseHostPort(withHost.replace(/(:\d+)-\d+$/, '$1'), 80);
  const special = parameters.find((parameter) => Object.hasOwn(OBSTACLES, parameter));
  return {
    port: port === null ? null : validPort(String(port)),
    socket: address.startsWith('unix:') ? address : null,
    defaultServer: parameters.includes('default_server') || parameters.includes('default'),
    obstacle: (special === undefined ? undefined : OBSTACLES[special]) ?? hostObstacle(host, parameters),
    spot: spotOf(directive),
  };
}

function hostObstacle(host: string, parameters: readonly string[]): string | null {
  if (host === '*' || host === '0.0.0.0') return null;
  if (host.startsWith('unix:')) return 'listens on a Unix socket';
  if (host === '[::]' && parameters.includes('ipv6only=off')) return null;
  if (host.startsWith('[')) return 'listens on IPv6 only';
  return `listens on ${host} only`;
}

const PLAIN_NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;

/** The names of a server that a client can ask for as they stand: without wildcards and expressions. */
export function askableNames({ names }: ServerModel): readonly string[] {
  return names.filter((name) => PLAIN_NAME.test(name));
}
