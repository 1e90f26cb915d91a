import { isAddress, parseHostPort } from './address';
import { inForce, named, type Levels } from './effective';
import { spotOf } from './spot';
import type { Directive } from './syntax';
import { implicitUpstream, type UpstreamContext, type UpstreamModel } from './upstream';

/** Where a `proxy_pass` sends requests, or why that cannot be told. */
export type ProxyTarget =
  | { readonly kind: 'upstream'; readonly upstream: UpstreamModel; readonly scheme: 'http' | 'https' }
  | { readonly kind: 'unknown'; readonly problem: string };

const MAX_SUBSTITUTIONS = 10;

/** Scheme and authority; the authority ends at a slash, or at a variable whose value starts with one. */
const URL_START = /^(https?):\/\/(.*?)(?=[/?]|\$\{?(?:request_uri|uri|document_uri)\b|$)/is;

/**
 * Finds the upstream group of a `proxy_pass`. Variables with a plain `set` are filled in. A URL with variables is
 * resolved for each request: a group's name is looked up first, then an address is taken as it is, and for a name a
 * `resolver` is needed, or the answer is 502 (`ngx_http_upstream_init_request` in NGINX's src/http/ngx_http_upstream.c).
 * `levels`: the blocks around the `proxy_pass`, innermost first.
 */
export function proxyTarget(
  proxyPass: Directive,
  levels: Levels,
  upstreams: readonly UpstreamModel[],
  context: UpstreamContext,
): ProxyTarget {
  const written = proxyPass.args[0] ?? '';
  const url = substituted(written, levels);
  const match = URL_START.exec(url);
  const authority = match?.[2] ?? '';
  const unknown = (problem: string): ProxyTarget => ({ kind: 'unknown', problem });
  if (match === null || authority.includes('$')) {
    return unknown(`\`proxy_pass ${written}\` takes its target from a variable that only a request decides`);
  }
  if (authority.startsWith('unix:')) return unknown(`\`proxy_pass ${written}\` goes to a Unix socket`);

  const scheme = match[1]?.toLowerCase() === 'https' ? 'https' : 'http';
  const defaultPort = scheme === 'https' ? 443 : 80;
  const { host, explicitPort } = parseHostPort(authority, defaultPort);
  const group = explicitPort ? undefined : upstreams.find(({ name }) => name.toLowerCase() === host.toLowerCase());
  if (group !== undefined) return { kind: 'upstream', upstream: group, scheme };

  const atRunTime = written.includes('$') && !isAddress(host);
  if (atRunTime && inForce(levels, 'resolver').length === 0) {
    return unknown(
      `\`proxy_pass ${written}\` needs a \`resolver\` to find "${host}" for each request, and none is configured: ` +
        'NGINX answers 502',
    );
  }
  const upstream = implicitUpstream(authority, defaultPort, spotOf(proxyPass), atRunTime, context);
  return { kind: 'upstream', upstream, scheme };
}

/**
 * `set` runs in the location that answers and, before it, in its server; it is not inherited from an outer location
 * (`ngx_http_rewrite_merge_loc_conf`).
 */
function substituted(text: string, levels: Levels): string {
  const location = levels[0] ?? [];
  const server = levels.at(-2) ?? [];
  let result = text;
  for (let round = 0; round < MAX_SUBSTITUTIONS && result.includes('$'); round += 1) {
    const next = result.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced: string | undefined, bare?: string) => {
      const name = `$${braced ?? bare ?? ''}`;
      const setting = [location, server]
        .map((level) => named(level, 'set').findLast(({ args }) => args[0] === name))
        .find((directive) => directive !== undefined);
      return setting?.args[1] ?? whole;
    });
    if (next.length > 4096) break;
    result = next;
  }
  return result;
}
