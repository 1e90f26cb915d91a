import { expandIncludes, matchesInclude } from './include';
import { parseConfig, type Directive } from './syntax';

/** Every file of a configuration, as `nginx -T` prints them. */
export interface ConfigDump {
  /** Path in the container of the file that NGINX started from. */
  readonly main: string;
  /** Path in the container → text, in the order in which NGINX first opened them. */
  readonly files: ReadonlyMap<string, string>;
}

/** The whole configuration as NGINX sees it: includes expanded in place, each directive keeping its own file and line. */
export interface ConfigTree extends ConfigDump {
  readonly directives: readonly Directive[];
}

const SECTION = /^# configuration file (\/.*):$/gm;
const INCLUDE = /\binclude\s+(?:"([^"]+)"|'([^']+)'|([^\s;"']+))\s*;/g;

/**
 * Splits the output of `nginx -T`. Lines before the first section (an entrypoint's own chatter) are dropped. A comment
 * inside a file may look like the head of a section; it is taken for one only if its path is new and was asked for by
 * an `include` before it, which is all that the output allows to tell. NGINX prints a line end after each file
 * (src/core/nginx.c, `main`); it is taken off again. null: there is no section at all.
 */
export function splitDump(output: string): ConfigDump | null {
  const includes = [...output.matchAll(INCLUDE)];
  const heads: { readonly path: string; readonly start: number; readonly textStart: number }[] = [];
  for (const match of output.matchAll(SECTION)) {
    const path = match[1] ?? '';
    const main = heads[0];
    const expected = main === undefined || includes.some((include) => asksFor(include, match.index, path, main));
    if (!expected || heads.some((head) => head.path === path)) continue;
    heads.push({ path, start: match.index, textStart: match.index + match[0].length + 1 });
  }
  const main = heads[0];
  if (main === undefined) return null;
  const files = heads.map(({ path, textStart }, index): [string, string] => {
    const text = output.slice(textStart, heads[index + 1]?.start);
    return [path, text.endsWith('\n') ? text.slice(0, -1) : text];
  });
  return { main: main.path, files: new Map(files) };
}

/**
 * One tree from a configuration's files. Throws `NginxSyntaxError` where a file does not parse, and where files include
 * each other in a circle.
 */
export function buildTree(dump: ConfigDump): ConfigTree {
  const parsed = new Map<string, readonly Directive[]>();
  const directivesOf = (path: string): readonly Directive[] => {
    const known = parsed.get(path);
    if (known !== undefined) return known;
    const directives = parseConfig(dump.files.get(path) ?? '', path);
    parsed.set(path, directives);
    return directives;
  };
  const directives = expandIncludes(directivesOf(dump.main), {
    main: dump.main,
    paths: [...dump.files.keys()],
    directivesOf,
    trail: [dump.main],
  });
  return { ...dump, directives };
}

function asksFor(
  include: RegExpExecArray,
  end: number,
  path: string,
  main: { readonly path: string; readonly start: number },
): boolean {
  const pattern = include[1] ?? include[2] ?? include[3] ?? '';
  return include.index > main.start && include.index < end && matchesInclude(path, pattern, main.path);
}
