import type { Route } from './route';
import type { Spot } from './spot';

const UPSTREAM_DIRECTIVES = new Set(['zone', 'keepalive', 'keepalive_timeout', 'least_conn', 'server']);

/**
 * The line after which a directive that is missing belongs: in the `upstream` block, or in the `location` that
 * answers. null: it belongs in an `upstream` block that does not exist yet.
 */
export function placeFor(directive: string, route: Route): Spot | null {
  if (!UPSTREAM_DIRECTIVES.has(directive)) return route.location;
  return route.upstream.implicit ? null : route.upstream.spot;
}
