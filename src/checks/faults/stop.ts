import { GRACE_SECONDS } from '../container-stop';
import { endedProof, whenEnded } from './ending';
import type { Fault } from './fault';

/** The replica is asked to stop, as by a deploy or a scale-down, with nobody telling NGINX; it is started again to heal. */
export const stop: Fault = {
  target: 'replica',
  window: 'fail-timeout',
  describe: (victim) => `stop of ${victim} (SIGTERM, ${GRACE_SECONDS} s of grace)`,

  inject: async (scene) => {
    const { engine, clock, victim } = scene;
    const asked = clock.now();
    await engine.stopContainer(victim.containerId, GRACE_SECONDS);
    const ended = await whenEnded(scene, 'SIGTERM');
    const effectiveAt = clock.now();
    return {
      kind: 'caused',
      effectiveAt,
      proof: () => {
        const { took, seen } = endedProof(ended, () => true);
        return { took, seen: `${seen}, ${((effectiveAt - asked) / 1000).toFixed(1)} s after it was asked to stop` };
      },
      heal: () => engine.startContainer(victim.containerId),
    };
  },
};
