import type { NginxModel, Way } from '../../cluster/nginx/model';
import { isIdempotent } from '../../traffic/attribution';
import type { Sample } from '../../traffic/sample';

/** A way that requests are handed on, and which of them go it. */
export interface WayOfSome {
  readonly way: Way;
  readonly isFor: (sample: Sample) => boolean;
}

/** That of GETs first, then that of POSTs where it is another one. */
function waysOf({ way, route }: NginxModel): readonly WayOfSome[] {
  if (way === null) return [];
  const postRoute = route?.postRoute ?? null;
  if (postRoute === null) return [{ way, isFor: () => true }];
  return [
    { way, isFor: isIdempotent },
    { way: postRoute, isFor: (sample) => !isIdempotent(sample) },
  ];
}

/** What is found on the first of the ways on which there is anything. */
export function onSomeWay<T>(nginx: NginxModel, find: (one: WayOfSome) => T | null): T | null {
  for (const one of waysOf(nginx)) {
    const found = find(one);
    if (found !== null) return found;
  }
  return null;
}
