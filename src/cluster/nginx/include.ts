import { NginxSyntaxError, type Directive } from './syntax';

/** What is needed to follow `include`. */
export interface IncludeContext {
  /** The file that NGINX started from; relative patterns count from its directory. */
  readonly main: string;
  /** Every file that there is. */
  readonly paths: readonly string[];
  /** The directives of one of them. */
  readonly directivesOf: (path: string) => readonly Directive[];
  /** Files being read, outermost first. */
  readonly trail: readonly string[];
}

/**
 * Puts the directives of included files in place of `include`, at every depth, in NGINX's order: by file name, as
 * glob(3) sorts in the C locale (`ngx_conf_include` in src/core/ngx_conf_file.c). An `include` of what is not there is
 * left as it is. Throws {@link NginxSyntaxError} where files include each other in a circle.
 */
export function expandIncludes(directives: readonly Directive[], context: IncludeContext): readonly Directive[] {
  return directives.flatMap((directive) => {
    if (directive.block !== null) return [{ ...directive, block: expandIncludes(directive.block, context) }];
    const pattern = directive.name === 'include' ? directive.args[0] : undefined;
    if (pattern === undefined) return [directive];
    const paths = context.paths.filter((path) => matchesInclude(path, pattern, context.main)).toSorted(byCodeUnit);
    if (paths.length === 0) return [directive];
    return paths.flatMap((path) => {
      if (context.trail.includes(path)) {
        throw new NginxSyntaxError(`"${path}" includes itself`, directive.file, directive.line);
      }
      return expandIncludes(context.directivesOf(path), { ...context, trail: [...context.trail, path] });
    });
  });
}

/** A relative pattern counts from the directory of `main` (`ngx_conf_full_name` with the configuration prefix, src/core/ngx_cycle.c). */
export function fullPattern(pattern: string, main: string): string {
  return pattern.startsWith('/') ? pattern : `${main.slice(0, main.lastIndexOf('/') + 1)}${pattern}`;
}

/** Whether `include pattern;` in a configuration that starts from the file `main` reads the file `path`. */
export function matchesInclude(path: string, pattern: string, main: string): boolean {
  const full = fullPattern(pattern, main);
  return isGlob(full) ? globMatches(full.split('/'), path.split('/')) : full === path;
}

function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/** glob(7): wildcards never match a slash, nor a dot at the start of a name. */
function globMatches(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((segment, index) => {
      const name = path[index] ?? '';
      if (name.startsWith('.') && !segment.startsWith('.')) return false;
      return segmentMatches(segment, name);
    })
  );
}

/** Walks both at once and goes back to the last `*` only, so that no pattern takes more than a product of both lengths. */
function segmentMatches(segment: string, name: string): boolean {
  const tokens = segment.match(/\[[!^]?\]?[^\]]*\]|[^]/g) ?? [];
  let token = 0;
  let char = 0;
  let star: { readonly token: number; readonly char: number } | null = null;
  while (char < name.length) {
    const current = tokens[token];
    if (current === '*') {
      star = { token, char };
      token += 1;
    } else if (current !== undefined && tokenMatches(current, name[char] ?? '')) {
      token += 1;
      char += 1;
    } else if (star !== null) {
      star = { token: star.token, char: star.char + 1 };
      token = star.token + 1;
      char = star.char;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest === '*');
}

function tokenMatches(token: string, char: string): boolean {
  if (token === '?') return true;
  if (token.length < 3 || !token.startsWith('[')) return token === char;
  const negated = token[1] === '!' || token[1] === '^';
  return setHolds(token.slice(negated ? 2 : 1, -1), char) !== negated;
}

function setHolds(set: string, char: string): boolean {
  for (let index = 0; index < set.length; index += 1) {
    const from = set[index] ?? '';
    const to = set[index + 2];
    if (set[index + 1] === '-' && to !== undefined) {
      if (from <= char && char <= to) return true;
      index += 2;
    } else if (from === char) return true;
  }
  return false;
}

function byCodeUnit(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
