import { named } from './effective';
import type { Directive } from './syntax';

/** What NGINX finds for a path in one server. */
export interface Located {
  /** The chosen location, then those it is nested in; empty: none matches. */
  readonly trail: readonly Directive[];
  /** NGINX answers 301 to the same path with a slash at its end, and looks no further. */
  readonly redirect: boolean;
}

interface Location {
  readonly kind: 'exact' | 'prefix' | 'prefix-no-regex' | 'regex' | 'named';
  readonly name: string;
  readonly ignoreCase: boolean;
  readonly directive: Directive;
  readonly block: readonly Directive[];
}

interface Found {
  readonly trail: readonly Directive[];
  readonly redirect: boolean;
  /** Nothing further is looked at. */
  readonly final: boolean;
}

/**
 * The location that NGINX chooses for `path` (normalized, without a query) in the block of a `server`: the exact one;
 * else the longest prefix and what is nested in it; unless that prefix says `^~`, the first regular expression of the
 * level goes before it. Named locations are reached only from inside. The rules of `ngx_http_core_find_location` and
 * `ngx_http_core_find_static_location` in NGINX's src/http/ngx_http_core_module.c. A regular expression that JavaScript
 * does not know counts as one that does not match.
 */
export function locate(server: readonly Directive[], path: string): Located {
  const { trail, redirect } = find(server, path);
  return { trail, redirect };
}

/** The named location (`@name`) of a server, or null. */
export function namedLocation(server: readonly Directive[], name: string): Directive | null {
  return locationsOf(server).find((location) => location.kind === 'named' && location.name === name)?.directive ?? null;
}

/**
 * A request's path as NGINX compares it: no query, percent-escapes decoded, slashes merged
 * (`ngx_http_parse_complex_uri` in src/http/ngx_http_parse.c).
 */
export function normalizedPath(requestPath: string): string {
  const path = requestPath.replace(/[?#].*$/s, '');
  return decoded(path).replaceAll(/\/+/g, '/');
}

function find(level: readonly Directive[], path: string): Found {
  const locations = locationsOf(level);
  const exact = locations.find(({ kind, name }) => kind === 'exact' && name === path);
  if (exact !== undefined) return { trail: [exact.directive], redirect: false, final: true };

  const prefix = longestPrefix(locations, path);
  const slashed = prefix?.name === path ? undefined : locations.find((location) => redirectsTo(location, path));
  if (slashed !== undefined) return { trail: [slashed.directive], redirect: true, final: true };

  let found: Found = { trail: [], redirect: false, final: false };
  if (prefix !== undefined) {
    const nested = find(prefix.block, path);
    found = { ...nested, trail: [...nested.trail, prefix.directive] };
  }
  if (found.final || prefix?.kind === 'prefix-no-regex') return found;

  const regex = locations.find((location) => location.kind === 'regex' && regexMatches(location, path));
  if (regex === undefined) return found;
  const nested = find(regex.block, path);
  return { trail: [...nested.trail, regex.directive], redirect: false, final: true };
}

function longestPrefix(locations: readonly Location[], path: string): Location | undefined {
  return locations
    .filter(({ kind, name }) => (kind === 'prefix' || kind === 'prefix-no-regex') && path.startsWith(name))
    .reduce<Location | undefined>(
      (longest, location) => (longest === undefined || location.name.length > longest.name.length ? location : longest),
      undefined,
    );
}

/** `location /app/ { proxy_pass …; }` makes NGINX redirect `/app` to `/app/` (`auto_redirect`). */
function redirectsTo({ kind, name, block }: Location, path: string): boolean {
  const isStatic = kind !== 'regex' && kind !== 'named';
  return isStatic && name === `${path}/` && block.some((directive) => /^\w+_pass$/.test(directive.name));
}

function locationsOf(level: readonly Directive[]): readonly Location[] {
  return named(level, 'location').map(readLocation);
}

const MODIFIERS: Readonly<Record<string, Pick<Location, 'kind' | 'ignoreCase'>>> = {
  '=': { kind: 'exact', ignoreCase: false },
  '^~': { kind: 'prefix-no-regex', ignoreCase: false },
  '~': { kind: 'regex', ignoreCase: false },
  '~*': { kind: 'regex', ignoreCase: true },
};

/** The modifier may stand as a word of its own or right before the name (`ngx_http_core_location`). */
function readLocation(directive: Directive): Location {
  const [first = '', second] = directive.args;
  const modifier = second === undefined ? (/^(?:=|\^~|~\*|~)/.exec(first)?.[0] ?? '') : first;
  const name = second ?? first.slice(modifier.length);
  const plain = { kind: name.startsWith('@') ? 'named' : 'prefix', ignoreCase: false } as const;
  return { ...(MODIFIERS[modifier] ?? plain), name, directive, block: directive.block ?? [] };
}

function regexMatches({ name, ignoreCase }: Location, path: string): boolean {
  return perlRegex(name, ignoreCase)?.test(path) ?? false;
}

/** A PCRE expression as JavaScript's; null: it uses something that JavaScript does not have. */
export function perlRegex(source: string, ignoreCase: boolean): RegExp | null {
  const inline = source.startsWith('(?i)');
  const body = (inline ? source.slice(4) : source).replaceAll('(?P<', '(?<');
  try {
    return new RegExp(body, ignoreCase || inline ? 'i' : '');
  } catch {
    return null;
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
