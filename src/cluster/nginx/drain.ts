import { parseHostPort } from './address';
import { named } from './effective';
import { parseConfig, type Directive } from './syntax';

/** A file of the configuration that NGINX runs. */
export interface ConfigFile {
  /** Absolute, in the container. */
  readonly path: string;
  readonly content: string;
}

/** A replica as `server` lines may name it. */
export interface DrainTarget {
  readonly hostname: string;
  /** IP address. */
  readonly address: string;
  readonly port: number;
}

/** A configuration that sends a replica nothing new, or why there is none. */
export type Marking =
  | {
      readonly kind: 'marked';
      /** The files that differ; none where the replica is marked already. */
      readonly files: readonly ConfigFile[];
      /** Servers of the group that still serve, backups among them; of several groups, of the smallest. */
      readonly serversLeft: number;
    }
  | { readonly kind: 'impossible'; readonly why: string };

const DOWN = 'down';

/**
 * Marks every `server` line of a replica `down` (ngx_http_upstream_module), in each `upstream` group that has another
 * server left. The rest of the text stays as it is to the character, and so every directive on its line: the mark is put
 * just before the line's `;`. Impossible where the group under test has no line for the replica, or no other server: NGINX
 * would answer 502 by itself.
 *
 * @param group name of the `upstream` under test; null: which one a request goes to is decided by the request (`proxy_pass http://$pool`),
 *   and it may be any that has a line for the replica.
 * @throws NginxSyntaxError for a file that does not parse.
 */
export function markDown(files: readonly ConfigFile[], group: string | null, target: DrainTarget): Marking {
  const groups = files.map((file) => ({ file, upstreams: upstreamsOf(file) }));
  const tested = groups.flatMap(({ upstreams }) => upstreams).filter(({ args }) => group === null || args[0] === group);
  if (tested.length === 0)
    return { kind: 'impossible', why: `there is no upstream block${group === null ? '' : ` ${group}`}` };
  const listing = tested.filter((upstream) => linesOf(upstream, target).length > 0);
  if (listing.length === 0) {
    const why = group === null ? 'no upstream block has a' : `upstream ${group} has no`;
    return { kind: 'impossible', why: `${why} server line for ${target.hostname}` };
  }
  const serversLeft = Math.min(...listing.map((upstream) => othersLeft(upstream, target)).filter((left) => left > 0));
  if (serversLeft === Infinity) {
    const why =
      group === null ? `no upstream block with ${target.hostname} has another` : `upstream ${group} has no other`;
    return { kind: 'impossible', why: `${why} server that could serve meanwhile` };
  }
  const marked = groups.flatMap(({ file, upstreams }) => {
    const lines = upstreams
      .filter((upstream) => othersLeft(upstream, target) > 0)
      .flatMap((upstream) => linesOf(upstream, target).filter((line) => !isDown(line)));
    return lines.length === 0 ? [] : [{ path: file.path, content: withMarks(file.content, lines) }];
  });
  return { kind: 'marked', files: marked, serversLeft };
}

/** A server configuration has its groups on the top level, a whole one in `http`; those of `stream` are no business of ours. */
function upstreamsOf({ path, content }: ConfigFile): readonly Directive[] {
  const top = parseConfig(content, path);
  return [top, ...named(top, 'http').map(({ block }) => block ?? [])].flatMap((level) => named(level, 'upstream'));
}

function linesOf(upstream: Directive, target: DrainTarget): readonly Directive[] {
  return named(upstream.block ?? [], 'server').filter((line) => reaches(line, target));
}

function othersLeft(upstream: Directive, target: DrainTarget): number {
  return named(upstream.block ?? [], 'server').filter((line) => !reaches(line, target) && !isDown(line)).length;
}

/** A server without a port has port 80 (`ngx_http_upstream_server`, `u.default_port`). */
function reaches({ args }: Directive, { hostname, address, port }: DrainTarget): boolean {
  const server = parseHostPort(args[0] ?? '', 80);
  const isHost = server.host.toLowerCase() === hostname.toLowerCase() || server.host === address;
  return isHost && server.port === port;
}

function isDown({ args }: Directive): boolean {
  return args.includes(DOWN);
}

function withMarks(text: string, lines: readonly Directive[]): string {
  // From the last on, so that the offsets of the others stay true.
  const ends = lines.map(({ end }) => end - 1).toSorted((left, right) => right - left);
  return ends.reduce((marked, end) => `${marked.slice(0, end)} ${DOWN}${marked.slice(end)}`, text);
}
