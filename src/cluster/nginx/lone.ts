import { withoutScheme } from './address';
import { named, type Levels } from './effective';
import { proxyTarget } from './proxy-target';
import type { Spot } from './spot';
import { flattened, type Directive } from './syntax';
import type { UpstreamContext, UpstreamModel } from './upstream';

/** A replica that some requests depend on alone: nothing stands in for it where they are sent. */
export interface LoneReplica {
  readonly replica: string;
  /** The `upstream` block, or the `proxy_pass` that names a host itself. */
  readonly spot: Spot;
  /** Name of the group; null: there is none. */
  readonly group: string | null;
}

/**
 * Replicas that are the only server of a group in use, or that a `proxy_pass` names itself, wherever in the `http` block. Which requests get
 * there, and whether any do, is left out of account.
 */
export function loneReplicas(
  http: readonly Directive[],
  upstreams: readonly UpstreamModel[],
  context: UpstreamContext,
): readonly LoneReplica[] {
  const groups = [...upstreams.filter(isUsedIn(http)), ...namedHosts([http], upstreams, context, http)];
  return groups.flatMap(({ servers, spot, implicit, name }) => {
    const able = servers.filter(({ down }) => !down);
    const only = able[0];
    if (able.length !== 1 || only === undefined || only.replica === null) return [];
    return [{ replica: only.replica, spot, group: implicit ? null : name }];
  });
}

/** Groups that are named somewhere beside their own block, or that a variable may name. */
function isUsedIn(http: readonly Directive[]): (upstream: UpstreamModel) => boolean {
  const elsewhere = flattened(http.filter(({ name }) => name !== 'upstream'));
  const mentioned = new Set(elsewhere.flatMap(({ name, args }) => [name, ...args]).flatMap(hostsIn));
  const drawn = elsewhere.some(({ name, args }) => name.endsWith('_pass') && (args[0] ?? '').includes('$'));
  return ({ name }) => drawn || mentioned.has(name);
}

/** `http://shop/cart` → `shop`; a map's value is the name itself. */
function hostsIn(word: string): readonly string[] {
  return [word, withoutScheme(word).split(/[/:]/)[0] ?? ''];
}

/** The groups that NGINX makes by itself, of every `proxy_pass` in these blocks. */
function namedHosts(
  levels: Levels,
  upstreams: readonly UpstreamModel[],
  context: UpstreamContext,
  http: readonly Directive[],
): readonly UpstreamModel[] {
  const here = levels[0] ?? [];
  const targets = named(here, 'proxy_pass')
    .flatMap((pass) => withValues(pass, http))
    .map((pass) => proxyTarget(pass, levels, upstreams, context));
  return [
    ...targets.flatMap((target) => (target.kind === 'upstream' && target.upstream.implicit ? [target.upstream] : [])),
    ...here.flatMap(({ block }) => (block == null ? [] : namedHosts([block, ...levels], upstreams, context, http))),
  ];
}

/** Directives that choose a variable's value from a list of their own. */
const CHOOSERS: readonly string[] = ['map', 'split_clients', 'geo'];
/** What stands in such a list and is no value to choose from. */
const SETTINGS = new Set(['hostnames', 'volatile', 'include', 'ranges', 'proxy', 'proxy_recursive', 'delete']);

/** A `proxy_pass` for each value that its variable may have, where a list says which. */
function withValues(pass: Directive, http: readonly Directive[]): readonly Directive[] {
  const url = pass.args[0] ?? '';
  for (const { name, args, block } of http) {
    const variable = /^\$(\w+)$/.exec(args.at(-1) ?? '')?.[1];
    if (!CHOOSERS.includes(name) || variable === undefined) continue;
    const place = new RegExp(`\\$(?:${variable}(?!\\w)|\\{${variable}\\})`);
    if (!place.test(url)) continue;
    const values = (block ?? []).filter((line) => !SETTINGS.has(line.name)).flatMap((line) => line.args.slice(0, 1));
    return [...new Set(values)].map((value) => ({ ...pass, args: [url.replace(place, () => value)] }));
  }
  return [pass];
}
