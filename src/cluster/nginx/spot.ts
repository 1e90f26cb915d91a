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
