import { parseCount } from './values';

/** Host and port as NGINX reads them; `port` null: a Unix socket, or no valid port. */
export interface HostPort {
  readonly host: string;
  readonly port: number | null;
  /** The port was written, not taken from the default. */
  readonly explicitPort: boolean;
}

/** `host`, `host:port`, `[ipv6]:port` or `unix:path` (`ngx_parse_url` in NGINX's src/core/ngx_inet.c). */
export function parseHostPort(text: string, defaultPort: number): HostPort {
  if (text.startsWith('unix:')) return { host: text, port: null, explicitPort: false };
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text);
  const host = match?.[1] ?? text;
  const port = match?.[2];
  if (port === undefined) return { host, port: defaultPort, explicitPort: false };
  return { host, port: validPort(port), explicitPort: true };
}

/** What stands behind the scheme of a URL, if it has one: `http://shop/cart` → `shop/cart`. */
export function withoutScheme(url: string): string {
  return url.replace(/^\w+:\/\//, '');
}

/** A port from 1 to 65535, or null. */
export function validPort(text: string): number | null {
  const port = parseCount(text);
  return port !== null && port >= 1 && port <= 65_535 ? port : null;
}

/** Whether a host is an address, not a name that must be resolved. */
export function isAddress(host: string): boolean {
  return host.startsWith('[') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host);
}
