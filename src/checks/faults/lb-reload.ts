import type { Fault } from './fault';
import { complaint, newWorker, reloadNginx, workersSeen } from './reload';

const RELOADS = 3;
/** Between two reloads, so that traffic runs on the new workers for a while. */
const PAUSE_MS = 1_000;

/** NGINX reads its configuration again, several times: new workers take over, and the old ones end. */
export const lbReload: Fault = {
  target: 'load-balancer',
  window: 'brief',
  describe: () => `${RELOADS} reloads of NGINX`,

  inject: async (scene) => {
    const { clock, signal, traffic } = scene;
    const effectiveAt = clock.now();
    const workers: (number | null)[] = [];
    for (let round = 0; round < RELOADS; round += 1) {
      if (round > 0) await clock.sleep(PAUSE_MS, signal);
      const known = workersSeen(traffic);
      const result = await reloadNginx(scene);
      if (result.exitCode !== 0) return { kind: 'not-run', why: `\`nginx -s reload\` failed: ${complaint(result)}` };
      workers.push(await newWorker(scene, traffic, known));
    }
    const replaced = workers.filter((pid) => pid !== null).length;
    return {
      kind: 'caused',
      effectiveAt,
      proof: () => ({
        took: replaced === RELOADS,
        seen: `serving with new workers after ${replaced} of ${RELOADS} reloads`,
      }),
      heal: () => Promise.resolve(),
    };
  },
};
