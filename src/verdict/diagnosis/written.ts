import { inForce, type Levels } from '../../cluster/nginx/effective';
import { NginxSyntaxError, parseConfig, type Directive } from '../../cluster/nginx/syntax';
import type { Case } from './diagnosis';

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

/** Whether a directive has a line to itself, so that the line can be replaced. */
export function isAlone(situation: Case, { name, args, line }: Directive): boolean {
  return lineTextOf(situation, line).trim() === `${[name, ...args].join(' ')};`;
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
