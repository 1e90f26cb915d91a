import { effective, inForce, named, type Levels } from './effective';
import { asWritten, followed, turnOf, type Journey, type Trail } from './journey';
import { locate, normalizedPath } from './location';
import { turnedTo } from './method-turn';
import { proxyTarget } from './proxy-target';
import { spotOf, type Effective, type Spot } from './spot';
import type { Directive } from './syntax';
import type { UpstreamContext, UpstreamModel } from './upstream';
import { keepsByDefault, parseCount, parseTime } from './values';

/** Where NGINX hands on a request for the probed path, and on which terms, wherever it goes. All times in milliseconds. */
export interface Way {
  /** The `location` that answers. */
  readonly location: Spot;
  readonly proxyPass: Spot;
  readonly connectTimeoutMs: Effective<number>;
  readonly readTimeoutMs: Effective<number>;
  /** What makes NGINX try the next server; `off`: nothing. */
  readonly nextUpstream: Effective<readonly string[]>;
  /** 0: no limit. */
  readonly nextUpstreamTries: Effective<number>;
  /** 0: no limit. */
  readonly nextUpstreamTimeoutMs: Effective<number>;
  /** Towards the upstream: `1.0`, `1.1`, `2`. */
  readonly httpVersion: Effective<string>;
  /** How long a client's idle connection is kept open at the least, also by a worker that shuts down. */
  readonly keepaliveMinTimeoutMs: Effective<number>;
  /** As written; NGINX itself sets Host to `$proxy_host` and (before 1.29.7) Connection to `close` where these do not. */
  readonly proxySetHeaders: readonly ProxyHeader[];
  readonly proxyCache: Effective<boolean>;
}

/** The same, where it is known where requests go. */
export interface Route extends Way {
  readonly scheme: 'http' | 'https';
  readonly upstream: UpstreamModel;
  /** The question that `auth_request` asks before each request. */
  readonly authRequest: Subrequest | null;
  /** Copies of each request that `mirror` sends. */
  readonly mirrors: readonly Subrequest[];
  /** What is done with POSTs, where an `if` on the method sends them to another location of the server; null: the same. */
  readonly postRoute: Route | null;
}

/** A request that NGINX sends of its own for each request of a client. */
export interface Subrequest {
  /** The directive that makes it. */
  readonly spot: Spot;
  /** The path that it asks for, as written. */
  readonly uri: string;
  /** Where it goes, and on which terms; null: that is not understood. */
  readonly route: Route | null;
  /** It surely goes elsewhere than the requests do, and so takes none of their turns. */
  readonly goesElsewhere: boolean;
}

/** One `proxy_set_header` in force. */
export interface ProxyHeader {
  readonly name: string;
  readonly value: string;
  readonly spot: Spot;
}

/** What a server does with a path: hands it to an upstream, or not, and why. */
export type RouteOutcome =
  { readonly kind: 'proxied'; readonly route: Route } | (Unproxied & { readonly kind: 'unproxied' });

/** Why requests reach no group of servers that is known. */
interface Unproxied {
  readonly problem: string;
  readonly spot: Spot;
  /** They are proxied all the same; null: they are not. */
  readonly way: Way | null;
}

/** The surroundings of a server. */
export interface RouteContext extends UpstreamContext {
  readonly probePath: string;
  readonly http: readonly Directive[];
  readonly upstreams: readonly UpstreamModel[];
  /**
   * Nobody is asked before a subrequest (`ngx_http_core_access_phase` in NGINX's src/http/ngx_http_core_module.c), and none is copied
   * (`ngx_http_mirror_handler` in src/http/modules/ngx_http_mirror_module.c).
   */
  readonly isSubrequest?: boolean;
}

/** Follows a request for the probed path through one server. `serverSpot` is where its block starts. */
export function routeOf(server: readonly Directive[], serverSpot: Spot, context: RouteContext): RouteOutcome {
  const asked = normalizedPath(context.probePath);
  const ofServer = turnOf(server, asked);
  const path = ofServer.kind === 'path' ? ofServer.path : asked;
  const { trail, redirect } = locate(server, path);
  const chosen = trail[0];
  const unproxied = (problem: string, spot: Spot, way: Way | null = null): RouteOutcome => ({
    ...{ kind: 'unproxied', problem, spot, way },
  });

  if (ofServer.kind !== 'path') {
    const does = ofServer.kind === 'return' ? 'answers every request itself' : 'sends clients elsewhere';
    return unproxied(`the server ${does}: ${asWritten(ofServer.by)}`, spotOf(ofServer.by));
  }
  if (redirect && chosen !== undefined)
    return unproxied(`NGINX redirects ${path} to ${path}/ by itself`, spotOf(chosen));

  const surroundings = { server, http: context.http };
  const wayOf = (method: string): Journey =>
    followed(surroundings, turnedTo(server, trail, path, method) ?? trail, path);
  const [ofGet, ofPost] = [wayOf('GET'), wayOf('POST')];
  if (ofGet.kind === 'answered') return unproxied(ofGet.problem, ofGet.spot);
  const get = routeFrom(ofGet.trail, server, serverSpot, context);
  if ('problem' in get) return unproxied(get.problem, get.spot, get.way);
  const isAlike = ofPost.kind === 'answered' || ofPost.trail[0] === ofGet.trail[0];
  const post = isAlike ? get : routeFrom(ofPost.trail, server, serverSpot, context);
  return { kind: 'proxied', route: { ...get, postRoute: post === get || 'problem' in post ? null : post } };
}

/** What is done with a request that comes to a location: the first of these, around which the others stand. */
function routeFrom(
  trail: Trail,
  server: readonly Directive[],
  serverSpot: Spot,
  context: RouteContext,
): Route | Unproxied {
  const [answering] = trail;
  if (answering === undefined) {
    const problem = `no location matches ${normalizedPath(context.probePath)}`;
    return { problem, spot: serverSpot, way: null };
  }
  const proxyPass = named(answering.block ?? [], 'proxy_pass').at(-1);
  if (proxyPass === undefined) {
    const problem = withoutProxyPass(answering, normalizedPath(context.probePath));
    return { problem, spot: spotOf(answering), way: null };
  }
  const levels = [...trail.map(({ block }) => block ?? []), server, context.http];
  const way = { location: spotOf(answering), proxyPass: spotOf(proxyPass), ...termsOf(levels, context) };
  const target = proxyTarget(proxyPass, levels, context.upstreams, context);
  if (target.kind === 'unknown') return { problem: target.problem, spot: spotOf(proxyPass), way };
  const { upstream, scheme } = target;
  const subrequests = (name: string): readonly Subrequest[] =>
    context.isSubrequest === true
      ? []
      : inForce(levels, name).flatMap((one) => subrequestOf(one, upstream, server, serverSpot, context) ?? []);
  return {
    ...{ ...way, scheme, upstream, postRoute: null },
    ...{ authRequest: subrequests('auth_request').at(-1) ?? null, mirrors: subrequests('mirror') },
  };
}

function subrequestOf(
  directive: Directive,
  upstream: UpstreamModel,
  server: readonly Directive[],
  serverSpot: Spot,
  context: RouteContext,
): Subrequest | null {
  const uri = directive.args[0] ?? 'off';
  if (uri === 'off') return null;
  const outcome = routeOf(server, serverSpot, { ...context, probePath: uri, isSubrequest: true });
  const route = outcome.kind === 'proxied' ? outcome.route : null;
  const goesElsewhere = route !== null && route.upstream.name !== upstream.name;
  return { spot: spotOf(directive), uri, route, goesElsewhere };
}

/** What is in force for a proxied request; defaults from `ngx_http_proxy_merge_loc_conf`. */
function termsOf(levels: Levels, { nginxVersion }: RouteContext): Omit<Way, 'location' | 'proxyPass'> {
  const time = (name: string, byDefault: number): Effective<number> =>
    effective(levels, name, ([text = '']) => parseTime(text), byDefault);
  const speaks11 = keepsByDefault(nginxVersion);
  return {
    connectTimeoutMs: time('proxy_connect_timeout', 60_000),
    readTimeoutMs: time('proxy_read_timeout', 60_000),
    nextUpstream: effective(levels, 'proxy_next_upstream', (args) => args, ['error', 'timeout']),
    nextUpstreamTries: effective(levels, 'proxy_next_upstream_tries', ([count = '']) => parseCount(count), 0),
    nextUpstreamTimeoutMs: time('proxy_next_upstream_timeout', 0),
    httpVersion: effective(levels, 'proxy_http_version', ([version = '']) => version, speaks11 ? '1.1' : '1.0'),
    keepaliveMinTimeoutMs: time('keepalive_min_timeout', 0),
    proxySetHeaders: inForce(levels, 'proxy_set_header').map((directive) => {
      const [name = '', value = ''] = directive.args;
      return { name, value, spot: spotOf(directive) };
    }),
    proxyCache: effective(levels, 'proxy_cache', ([zone]) => zone !== 'off', false),
  };
}

function withoutProxyPass(location: Directive, path: string): string {
  const handler = location.block?.find(({ name }) => /^\w+_pass$/.test(name));
  const does = handler === undefined ? 'has no proxy_pass' : `uses ${handler.name}, not proxy_pass`;
  return `${asWritten(location)}, which answers ${path}, ${does}`;
}
