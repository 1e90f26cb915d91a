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
      /** Servers of the group that still serve, backups among them. */
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
 * @param group name of the `upstream` under test.
 * @throws NginxSyntaxError for a file that does not parse.
 */
export function markDown(files: readonly ConfigFile[], group: string, target: DrainTarget): Marking {
  const groups = files.map((file) => ({ file, upstreams: upstreamsOf(file) }));
  const tested = groups.flatMap(({ upstreams }) => upstreams).find(({ args }) => args[0] === group);
  if (tested === undefined) return { kind: 'impossible', why: `there is no upstream block ${group}` };
  if (linesOf(tested, target).length === 0) {
    return { kind: 'impossible', why: `upstream ${group} has no server line for ${target.hostname}` };
  }
  const serversLeft = othersLeft(tested, target);
  if (serversLeft === 0) {
    return { kind: 'impossible', why: `upstream ${group} has no other server that could serve meanwhile` };
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
