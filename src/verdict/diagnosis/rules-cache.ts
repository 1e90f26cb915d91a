import { allRequests, longestWait } from './calm';
import type { Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { heldUpText, isHeldUp } from './rules-refusal';
import { inForceOnRoute, replacedBy } from './written';

/**
 * Requests wait for one before them to fill the cache, and it fills nothing: with `proxy_cache_lock` all others that ask for the same wait until
 * there is an answer in the cache, or for `proxy_cache_lock_timeout` (`ngx_http_file_cache_lock_wait_handler`).
 */
export const cacheLock: Rule = (situation) => {
  const { route } = situation.nginx;
  const lock = inForceOnRoute(situation, 'proxy_cache_lock').at(-1);
  const gates = brokenGates(situation, 'stall');
  const all = allRequests(situation);
  const heldUp = all.filter(isHeldUp);
  const worst = longestWait(all);
  if (route?.proxyCache.value !== true || lock?.args[0] !== 'on' || gates.length === 0 || worst === null) return null;
  // The longest wait is what breaks the gate.
  if (!isHeldUp(worst)) return null;
  const line = 'proxy_cache_lock off;';
  return {
    id: 'cache-lock',
    gates: metricsOf(gates),
    cause:
      `${placeName(situation, lock)} says proxy_cache_lock, so of the requests for one address one is sent to a replica, and the others wait for ` +
      'its answer to be in the cache. It takes as long as that replica does, which may hang; and an answer that may not be kept (no ' +
      'proxy_cache_valid, Set-Cookie, Cache-Control) never gets there, so that they wait in vain.',
    evidence: heldUpText(heldUp).join(' '),
    ...placed(situation, lock, replacedBy(lock, line)),
    fix:
      `Use it only where answers are kept (\`${line}\` elsewhere), and together with a proxy_read_timeout and a proxy_cache_lock_timeout ` +
      'that are together below what the gate allows.',
  };
};
