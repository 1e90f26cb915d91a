import { replicaAt, waitedMs } from '../traffic/attribution';
import { percentile } from '../traffic/percentile';
import type { Scene } from './faults/fault';
import { CROWDED, replicaPlacesOf } from './scenario';

/** Waits that are looked at end within this time; and so long after a look comes the next one. In milliseconds. */
const LOOK_BACK_MS = 1_000;
const LOOK_EVERY_MS = 2_000;
/** Fewer requests tell nothing. */
const LEAST_REQUESTS = 10;
/** Shorter waits are no backlog, and who waits as little longer than at the last look waits as long, in milliseconds. */
const NOTICED_MS = 500;
const GROWN_MS = 100;
/** Nobody waits longer than that to see how it ends. */
const MOST_LOOKS = 20;
/** Where the kernel held a replica back in such a part of its periods, it is what the replica may have, however busy the machine is. */
const HELD_BACK = 0.5;

/**
 * Goes on as long as requests wait longer and longer for replicas that nobody broke: they do not carry what the lost one carried, and how
 * long clients come to wait for that is seen only after a while.
 *
 * @param pause until then, or until the gate on the longest wait is lost: `false`.
 * @returns false: it was lost.
 */
export async function untilBacklogIsKnown(
  scene: Scene,
  pause: (instant: number) => Promise<boolean>,
): Promise<boolean> {
  const { clock, cluster, log, victim } = scene;
  const others = cluster.replicas.filter(({ hostname }) => hostname !== victim.hostname);
  let waited = usualWaitMs(scene);
  if (waited === null || waited < NOTICED_MS) return true;
  log(`requests wait ${Math.round(waited)} ms on replicas that nobody broke: observing on, whether that grows`);
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    scene.busy();
    const heldBack = await scene.watchHeldBack(others);
    if (!(await pause(clock.now() + LOOK_EVERY_MS))) return false;
    const own = (await heldBack()).some(({ periods, throttled }) => throttled > 0 && throttled >= HELD_BACK * periods);
    const now = usualWaitMs(scene);
    if (now === null || now < waited + GROWN_MS || (scene.busy() > CROWDED && !own)) return true;
    waited = now;
  }
  return true;
}

/** The median wait of requests that have just ended and that did not meet the victim, in milliseconds; null: there are too few. */
function usualWaitMs({ clock, cluster, traffic, victim }: Scene): number | null {
  const places = replicaPlacesOf(cluster);
  const since = clock.now() - LOOK_BACK_MS;
  const waits = traffic
    .samples()
    .filter(
      ({ doneAt, proxy }) =>
        doneAt > since &&
        proxy?.attempts.every(({ address }) => replicaAt(address, places) !== victim.hostname) === true,
    )
    .map(waitedMs);
  return waits.length < LEAST_REQUESTS ? null : percentile(waits, 0.5);
}
