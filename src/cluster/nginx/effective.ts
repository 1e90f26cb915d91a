import { spotOf, type Effective } from './spot';
import type { Directive } from './syntax';

/** The blocks around a request, innermost first: the location, those it is nested in, `server`, `http`. */
export type Levels = readonly (readonly Directive[])[];

/** The directives of this name on one level. */
export function named(level: readonly Directive[], name: string): readonly Directive[] {
  return level.filter((directive) => directive.name === name);
}

/**
 * The directives of this name that are in force: those of the innermost level that has any. Directives that add up on
 * one level (`proxy_set_header`, `access_log`) are inherited all or none; NGINX merges each level from the one around it
 * only where it has none of its own (`merge_loc_conf` of each module).
 */
export function inForce(levels: Levels, name: string): readonly Directive[] {
  for (const level of levels) {
    const found = named(level, name);
    if (found.length > 0) return found;
  }
  return [];
}

/**
 * The value in force of a directive that stands once on a level. `read` gives null for arguments that mean nothing,
 * which counts as the default: NGINX would not have started with them.
 */
export function effective<T>(
  levels: Levels,
  name: string,
  read: (args: readonly string[]) => T | null,
  byDefault: T,
): Effective<T> {
  const directive = inForce(levels, name).at(-1);
  const value = directive === undefined ? null : read(directive.args);
  if (directive === undefined || value === null) return { value: byDefault, spot: null };
  return { value, spot: spotOf(directive) };
}
