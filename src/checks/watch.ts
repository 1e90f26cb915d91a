import { waitUntil } from '../clock';
import type { FaultName } from '../settings/settings';
import { clientError, isIdempotent, replicaAt } from '../traffic/attribution';
import type { Method } from '../traffic/sample';
import type { Fault, Scene } from './faults/fault';
import { untilBacklogIsKnown } from './backlog';
import { observationMs, stallBoundMs } from './observation';
import { replicaPlacesOf } from './scenario';
import { slowDelayMs } from './slow-part';
import { counted } from '../settings/wording';

const POLL_MS = 25;
/** Windows at the most in which NGINX may try the victim again with a GET. */
const MOST_WINDOWS = 3;
/** And at the most where it must be a POST as well: half of the requests are POSTs then, and one window in a hundred and more has none of one of them. */
const MOST_WINDOWS_OF_BOTH = 8;
/** A longer window is not repeated: nobody waits that long for a pull request. */
const LONGEST_REPEATED_MS = 20_000;
/** How far past its bound a wait must be for the gate to be beyond hope: a slow machine adds something to every wait. */
const HOPELESS_MS = 2_000;

/**
 * Keeps a fault up past the victim's `fail_timeout`, so that it tries the victim again, and then until every request
 * that was due by then has come to an end: healing while one of them hangs would rescue it, and hide the wait. NGINX sends
 * one request a window to a victim that it has set aside: where only POSTs had that luck, and were lost, the windows go on; and where
 * POSTs go by a location of their own, until each has met it.
 *
 * Ends early once a request has waited so long that the gate on the longest wait cannot be met any more, and then tells why; null: it
 * went on to its end.
 */
export async function watch(
  scene: Scene,
  name: FaultName,
  effectiveAt: number,
  window: Fault['window'],
): Promise<string | null> {
  const { clock, nginx, traffic, log, settings, signal } = scene;
  const ms = observationMs(nginx, window, scene.victim.hostname);
  const boundMs = stallBoundMs(settings.gates, name);
  const longestMs = boundMs + HOPELESS_MS + slowDelayMs(nginx);
  // Counting what waits costs something, and nothing that this fault holds up can have waited so long before.
  const isHopeless = (): boolean =>
    clock.now() >= effectiveAt + longestMs && traffic.outstandingBefore(clock.now() - longestMs) > 0;
  const until = async (isOver: () => boolean): Promise<boolean> => {
    const poll = (): 'over' | 'hopeless' | null => (isHopeless() ? 'hopeless' : isOver() ? 'over' : null);
    // Each request has its own patience, so this comes to an end.
    return (await waitUntil({ poll, timeoutMs: Infinity, intervalMs: POLL_MS, clock, signal })) === 'over';
  };

  log(`observing for ${ms / 1000} s`);
  for (let windows = 1; ; windows += 1) {
    const end = effectiveAt + windows * ms;
    const pause = (instant: number): Promise<boolean> => until(() => clock.now() >= instant);
    const wentOn =
      (await pause(end)) &&
      (window === 'brief' || boundMs === Infinity || (await untilBacklogIsKnown(scene, pause))) &&
      (await allEnded(scene, until));
    if (!wentOn) {
      const why = `a client had waited for more than ${(boundMs + HOPELESS_MS) / 1000} s`;
      log(`ended early: ${why}, so the gate on the longest wait is lost`);
      return why;
    }
    const untold = window === 'brief' || ms > LONGEST_REPEATED_MS ? null : untoldOf(scene, name, effectiveAt);
    if (untold === null || windows >= (nginx.route?.postRoute == null ? MOST_WINDOWS : MOST_WINDOWS_OF_BOTH))
      return null;
    log(`no request has met the victim yet that tells what a ${untold} suffers there: observing on`);
  }
}

async function allEnded(
  { clock, traffic, log }: Scene,
  until: (isOver: () => boolean) => Promise<boolean>,
): Promise<boolean> {
  const dueBy = clock.now();
  const waiting = traffic.outstandingBefore(dueBy);
  if (waiting > 0)
    log(`still waiting for an answer: ${counted(waiting, 'request')}; the fault stays until there is one`);
  return until(() => traffic.outstandingBefore(dueBy) === 0);
}

/**
 * The method of which nobody knows yet what it suffers on the victim. A POST that met it and was none the worse tells of GETs as well, where
 * they go by the same location: what NGINX repeats for a POST, it repeats for a GET.
 */
function untoldOf({ victim, cluster, nginx, traffic }: Scene, name: FaultName, since: number): Method | null {
  const places = replicaPlacesOf(cluster);
  const met = traffic.samples().filter(({ sentAt, proxy }) => {
    const first = proxy?.attempts[0];
    // A connection that was kept from before breaks, and tells nothing of a victim that answers.
    const isMeant = name !== 'error' || first?.headerMs != null;
    return sentAt >= since && isMeant && replicaAt(first?.address ?? '', places) === victim.hostname;
  });
  const gets = met.filter(isIdempotent);
  const posts = met.filter((sample) => !isIdempotent(sample));
  if (nginx.route?.postRoute != null) return gets.length === 0 ? 'GET' : posts.length === 0 ? 'POST' : null;
  return gets.length > 0 || posts.some((sample) => clientError(sample, places) === null) ? null : 'GET';
}
