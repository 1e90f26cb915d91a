import type { ConfigDump } from './dump';
import { fullPattern, matchesInclude } from './include';
import type { ConfigKind } from './kind';
import { parseConfig, type Directive } from './syntax';

const SERVER_NAME = 'default.conf';

/**
 * Where NGINX reads a file of this kind, which it did not where it was put: a whole configuration in the place of the image's own main file, a server
 * configuration among those that the main file includes inside `http`. Alpine's package has `http.d` for them, others `sites-enabled`. null: nowhere.
 *
 * Throws `NginxSyntaxError` where the main file does not parse.
 */
export function readPlace({ main, files }: ConfigDump, kind: ConfigKind): string | null {
  if (kind === 'whole') return main;
  const directives = parseConfig(files.get(main) ?? '', main);
  const places = includesInHttp(directives).map((pattern) => {
    const full = fullPattern(pattern, main);
    const named = `${full.slice(0, full.lastIndexOf('/') + 1)}${SERVER_NAME}`;
    if (matchesInclude(named, full, main)) return named;
    return hasServer(files.get(full), full) ? full : null;
  });
  return places.find((place) => place !== null) ?? null;
}

function includesInHttp(directives: readonly Directive[]): readonly string[] {
  return directives
    .filter(({ name }) => name === 'http')
    .flatMap(({ block }) => block ?? [])
    .flatMap(({ name, args }) => (name === 'include' ? args.slice(0, 1) : []));
}

/** One file that is included by its name, and that holds servers, is the place of another that does. */
function hasServer(text: string | undefined, path: string): boolean {
  return text !== undefined && parseConfig(text, path).some(({ name }) => name === 'server');
}
