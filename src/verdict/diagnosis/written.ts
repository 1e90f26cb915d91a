import { inForce, type Levels } from '../../cluster/nginx/effective';
import type { Spot } from '../../cluster/nginx/spot';
import { NginxSyntaxError, parseConfig, type Directive } from '../../cluster/nginx/syntax';
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

/**
 * Changes of `server` lines of groups, each by a change of its text from the name to the `;`; what else their lines say stays. Null: one is not
 * in the file under test, or what is asked for changes nothing about it.
 */
export function serversRewritten(
  situation: Case,
  servers: readonly { readonly address: string; readonly spot: Spot }[],
  change: (text: string) => string,
): readonly Change[] | null {
  const changes = servers.map((server) => serverRewritten(situation, server, change));
  return changes.some((one) => one === null) ? null : changes.flatMap((one) => one ?? []);
}

/** Several may stand on one line; of those that say the same it is the last. */
function serverRewritten(
  situation: Case,
  { address, spot }: { readonly address: string; readonly spot: Spot },
  change: (text: string) => string,
): Change | null {
  const { containerPath, text } = situation.config;
  if (spot.file !== containerPath) return null;
  const changes = writtenDirectives(situation)
    .filter(
      ({ name, block, line, args }) => name === 'server' && block === null && line === spot.line && args[0] === address,
    )
    .flatMap((one) => {
      const was = text.slice(one.start, one.end);
      const becomes = change(was);
      return becomes === was ? [] : [replacedBy(one, becomes)];
    });
  return changes.at(-1) ?? null;
}

/** The text of a simple directive with another first argument. */
export function withFirst(text: string, first: string): string {
  return text.replace(/^(\w+\s+)(?:"[^"]*"|'[^']*'|[^\s;]+)/, (_, name: string) => name + first);
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

function flattened(directives: readonly Directive[]): readonly Directive[] {
  return directives.flatMap((directive) => [directive, ...flattened(directive.block ?? [])]);
}

function spans({ line, end }: Directive, at: number, text: string): boolean {
  return line <= at && at <= text.slice(0, end).split('\n').length;
}
