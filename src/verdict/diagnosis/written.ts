import { inForce, type Levels } from '../../cluster/nginx/effective';
import type { Spot } from '../../cluster/nginx/spot';
import { flattened, NginxSyntaxError, parseConfig, type Directive } from '../../cluster/nginx/syntax';
import type { Case } from './diagnosis';
import type { Change } from './diff';

/** Blocks whose directives hold for a request that is inside them. */
const SURROUNDINGS = new Set(['http', 'server', 'location']);

/** Every directive of the file under test, in the order in which they are written, blocks before what is in them. */
export function writtenDirectives({ config }: Case): readonly Directive[] {
  return flattened(parsed(config.text, config.containerPath));
}

/**
 * The directives of this name that hold where requests for the probed path are answered; empty: none, or they are written in
 * another file than the one under test.
 */
export function inForceOnRoute(situation: Case, name: string): readonly Directive[] {
  return inForce(levelsAtRoute(situation), name);
}

/** The text of a directive's first line. */
export function lineTextOf({ config }: Case, line: number): string {
  return config.text.split('\n')[line - 1] ?? '';
}

/** What a `server` line of a group is found by. */
interface ServerPlace {
  readonly address: string;
  readonly spot: Spot;
}

/**
 * Changes of `server` lines of groups, each by a change of its text from the name to the `;`; what else their lines say stays. Several may
 * stand on one line; of those that say the same it is the last. Null: one is not in the file under test, or what is asked for changes nothing
 * about it.
 */
export function serversRewritten<T extends ServerPlace>(
  situation: Case,
  servers: readonly T[],
  change: (text: string, server: T) => string,
): readonly Change[] | null {
  const { text } = situation.config;
  const written = writtenDirectives(situation).filter(({ name, block }) => name === 'server' && block === null);
  const changes = servers.map((server) => {
    const { address, spot } = server;
    const here = written.filter(
      ({ file, line, args }) => file === spot.file && line === spot.line && args[0] === address,
    );
    const changed = here.flatMap((one) => {
      const was = text.slice(one.start, one.end);
      const becomes = change(was, server);
      return becomes === was ? [] : [replacedBy(one, becomes)];
    });
    return changed.at(-1);
  });
  const made = changes.filter((one) => one !== undefined);
  return made.length === changes.length ? made : null;
}

/** The text of a simple directive with another first argument; null: without it, and so nothing. */
export function withFirst(text: string, first: string | null): string {
  return first === null ? '' : text.replace(/^(\w+\s+)(?:"[^"]*"|'[^']*'|[^\s;]+)/, (_, name: string) => name + first);
}

/** The change that puts a text, or nothing, in the place of a directive; what else its line says stays. */
export function replacedBy({ line, start, end }: Directive, text: string): Change {
  return { kind: 'replace', line, of: { start, end }, lines: text === '' ? [] : [text] };
}

/** The blocks around the place where the probed path is answered, innermost first. */
export function levelsAtRoute({ nginx, config }: Case): Levels {
  const spot = nginx.route?.location ?? nginx.routeProblemSpot;
  if (spot?.file !== config.containerPath) return [];
  const levels: (readonly Directive[])[] = [];
  let level = parsed(config.text, config.containerPath);
  for (;;) {
    levels.unshift(level);
    const inner = level.find(
      (directive) => SURROUNDINGS.has(directive.name) && spans(directive, spot.line, config.text),
    );
    if (inner?.block == null) return levels;
    level = inner.block;
  }
}

function parsed(text: string, file: string): readonly Directive[] {
  try {
    return parseConfig(text, file);
  } catch (error) {
    if (error instanceof NginxSyntaxError) return [];
    throw error;
  }
}

function spans({ line, end }: Directive, at: number, text: string): boolean {
  return line <= at && at <= text.slice(0, end).split('\n').length;
}
