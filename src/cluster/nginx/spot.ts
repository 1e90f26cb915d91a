import type { Directive } from './syntax';

/** A place in a configuration: a path (in the container, or in the user's workspace) and a line, counted from 1. */
export interface Spot {
  readonly file: string;
  readonly line: number;
}

/** A value that is in force, and the directive that says so; `spot` null: NGINX's own default. */
export interface Effective<T> {
  readonly value: T;
  readonly spot: Spot | null;
}

/** Where a directive stands. */
export function spotOf({ file, line }: Directive): Spot {
  return { file, line };
}

/**
 * The same place as the user knows it. `paths`: path in the container → path in the workspace. null: the place is in a
 * file that is not the user's (the image's, or a generated one).
 */
export function workspaceSpot(spot: Spot, paths: ReadonlyMap<string, string>): Spot | null {
  const file = paths.get(spot.file);
  return file === undefined ? null : { file, line: spot.line };
}
