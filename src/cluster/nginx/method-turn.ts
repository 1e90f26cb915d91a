import { named } from './effective';
import { errorPage, type Trail } from './journey';
import { locate, namedLocation, perlRegex } from './location';
import { rewritten } from './rewrite';
import type { Directive } from './syntax';

/** `if ($request_method = POST)`, cut into words as NGINX does. */
const CONDITION = /^\(\s*\$\{?request_method\}?\s*(=|!=|!?~\*?)\s*(.*?)\s*\)$/s;

/**
 * The location to which an `if` on the method sends requests of this method, and those around it; null: none does, or none that can be
 * followed. Three ways lead there: a `proxy_pass` of its own, a `rewrite` to another path, which is looked up anew (`ngx_http_core_post_rewrite_phase` in NGINX's
 * src/http/ngx_http_core_module.c), and a `return` whose status an `error_page` hands to a named location. One that hands it to a path makes
 * a GET of the request (`ngx_http_send_error_page` in src/http/ngx_http_special_response.c), and is not followed.
 *
 * @param trail the location that the path leads to, then those around it.
 */
export function turnedTo(server: readonly Directive[], trail: Trail, path: string, method: string): Trail | null {
  // What stands in the server comes before any location is looked for, what stands in a location is not inherited.
  const levels = [[...server], trail[0]?.block ?? []];
  const turns = levels.flatMap((level) => named(level, 'if')).filter((turn) => isFor(turn, method));
  const [turn] = turns
    .flatMap(({ block }) => block ?? [])
    .filter(({ name }) => name === 'return' || name === 'rewrite');
  if (turn === undefined) {
    // An `if` is a location of its own, with a handler of its own (`ngx_http_rewrite_if`).
    const handling = turns.findLast(({ block }) => named(block ?? [], 'proxy_pass').length > 0);
    return handling === undefined ? null : [handling, ...trail];
  }
  if (turn.name === 'return') return handedOn(turn, server, trail);
  const made = rewritten(turn, path);
  const found = made?.kind === 'path' && made.flag !== 'break' ? locate(server, made.path) : null;
  return found === null || found.redirect || found.trail[0] === undefined ? null : found.trail;
}

function isFor({ args }: Directive, method: string): boolean {
  const [, operator = '', written = ''] = CONDITION.exec(args.join(' ')) ?? [];
  if (operator === '=') return written === method;
  if (operator === '!=') return written !== method;
  const expression = operator === '' ? null : perlRegex(written, operator.endsWith('*'));
  return expression !== null && expression.test(method) !== operator.startsWith('!');
}

function handedOn({ args: [status = ''] }: Directive, server: readonly Directive[], trail: Trail): Trail | null {
  const levels = [...trail.map(({ block }) => block ?? []), [...server]];
  const target = errorPage(levels, status);
  const location = target.startsWith('@') ? namedLocation(server, target) : null;
  return location === null ? null : [location];
}
