import { inForce, named, type Levels } from './effective';
import { locate, namedLocation, type Located } from './location';
import { pathOf, rewritten } from './rewrite';
import { spotOf, type Spot } from './spot';
import type { Directive } from './syntax';

/** The location that a request has come to, then those around it. */
export type Trail = Located['trail'];

/** Where NGINX leads a request by itself, or why it hands it on to nobody. */
export type Journey =
  | { readonly kind: 'there'; readonly trail: Trail }
  | { readonly kind: 'answered'; readonly problem: string; readonly spot: Spot };

/** A server, and what is around it. */
export interface Surroundings {
  readonly server: readonly Directive[];
  readonly http: readonly Directive[];
}

/** `NGX_HTTP_MAX_URI_CHANGES` in NGINX's src/http/ngx_http_request.h. */
const MOST_HOPS = 10;
/** What a file that is not there comes to, in a location that serves files. */
const NOT_FOUND = '404';

/**
 * Follows a request from the location that its path leads to: `rewrite` looks for a location anew (`ngx_http_core_post_rewrite_phase` in NGINX's
 * src/http/ngx_http_core_module.c); a `return` whose status an `error_page` hands to a named location goes on there; where files are served, what is none goes on by the last word of `try_files`, or by an `error_page` for 404.
 * Where no location matches, the server itself is what serves files. What is followed is taken for no file: the container has none but those of
 * its image. Where the way ends with nobody who is asked, it is the first location that answers.
 */
export function followed({ server, http }: Surroundings, trail: Trail, path: string): Journey {
  let at = { trail, path };
  for (let hop = 0; hop < MOST_HOPS; hop += 1) {
    const [chosen] = at.trail;
    // What the server itself rewrites is done before a location is looked for, and once.
    const turn = turnOf(chosen?.block ?? [], at.path);
    if (turn.kind !== 'path') {
      const page = turn.kind === 'return' ? errorPage(levelsAt(at.trail, server, http), turn.by.args[0] ?? '') : '';
      const handed = page.startsWith('@') ? namedLocation(server, page) : null;
      if (handed !== null) {
        at = { trail: [handed], path: at.path };
        continue;
      }
      const does = turn.kind === 'return' ? 'answers itself' : 'sends clients elsewhere';
      return {
        kind: 'answered',
        problem: `${asWritten(chosen ?? turn.by)} ${does}: ${asWritten(turn.by)}`,
        spot: spotOf(turn.by),
      };
    }
    const handling = turn.isElsewhere ? null : handledBy(at.trail);
    if (handling !== null) return { kind: 'there', trail: handling };
    const next = turn.isElsewhere ? turn.path : whereNoFileIs(at.trail, server, http, turn.path);
    const location = next?.startsWith('@') === true ? namedLocation(server, next) : null;
    if (location !== null) at = { trail: [location], path: turn.path };
    else if (next?.startsWith('/') !== true || next === at.path) break;
    else {
      const found = locate(server, next);
      if (found.redirect) break;
      at = { trail: found.trail, path: next };
    }
  }
  return { kind: 'there', trail };
}

/** What the `rewrite`s and `return`s of one level make of a request. */
export type Turn =
  /** It is looked up anew where it is `isElsewhere`. */
  | { readonly kind: 'path'; readonly path: string; readonly isElsewhere: boolean }
  | { readonly kind: 'return' | 'redirect'; readonly by: Directive };

/**
 * What `rewrite` and `return` of a server or a location make of a path, in their order; those in an `if` are left out of account, unless it asks
 * for what is no file.
 */
export function turnOf(level: readonly Directive[], path: string): Turn {
  let current = path;
  for (const directive of level.flatMap((one) => (isForNoFile(one) ? (one.block ?? []) : [one]))) {
    if (directive.name === 'break') break;
    if (directive.name === 'return') return { kind: 'return', by: directive };
    const made = directive.name === 'rewrite' ? rewritten(directive, current) : null;
    if (made?.kind === 'redirect') return { kind: 'redirect', by: directive };
    if (made?.kind !== 'path') continue;
    if (made.flag === 'break') return { kind: 'path', path: made.path, isElsewhere: false };
    current = made.path;
    if (made.flag === 'last') break;
  }
  return { kind: 'path', path: current, isElsewhere: current !== path };
}

/**
 * Where somebody else than NGINX answers what has come to a location, and what is around it: an `if` with a handler of its own, which is a location
 * of its own (`ngx_http_rewrite_if` in src/http/modules/ngx_http_rewrite_module.c), or the location; null: nowhere.
 */
function handledBy(trail: Trail): Trail | null {
  const [chosen] = trail;
  if (chosen === undefined) return null;
  const hasHandler = ({ block }: Directive): boolean => block?.some(({ name }) => /^\w+_pass$/.test(name)) === true;
  const turn = chosen.block?.findLast((one) => isForNoFile(one) && hasHandler(one));
  if (turn !== undefined) return [turn, ...trail];
  return hasHandler(chosen) ? trail : null;
}

/** `if (!-f $request_filename)`, cut into words as NGINX does. */
const NO_FILE = /^\(\s*!-[defx]\s/;

function isForNoFile({ name, args }: Directive): boolean {
  return name === 'if' && NO_FILE.test(args.join(' '));
}

function levelsAt(trail: Trail, server: readonly Directive[], http: readonly Directive[]): Levels {
  return [...trail.map(({ block }) => block ?? []), server, http];
}

/** Where what is no file goes: a path, or a named location; null: nowhere. */
function whereNoFileIs(
  trail: Trail,
  server: readonly Directive[],
  http: readonly Directive[],
  path: string,
): string | null {
  const levels = levelsAt(trail, server, http);
  // Not inherited (src/http/modules/ngx_http_try_files_module.c merges nothing).
  const last = named(levels[0] ?? [], 'try_files')[0]?.args.at(-1) ?? `=${NOT_FOUND}`;
  const status = /^=(\d{3})$/.exec(last)?.[1];
  const target = status === undefined ? last : errorPage(levels, status);
  return target.startsWith('@') ? target : pathOf(target, path);
}

/** Where an `error_page` in force hands what came to a status, as written; empty: there is none for it. */
export function errorPage(levels: Levels, status: string): string {
  const page = inForce(levels, 'error_page').find(({ args }) => args.slice(0, -1).includes(status));
  return page?.args.at(-1) ?? '';
}

/** A directive in words. */
export function asWritten({ name, args }: Directive): string {
  return `\`${[name, ...args].join(' ').replace(/\s+/g, ' ').trim()}\``;
}
