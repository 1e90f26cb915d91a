import { SIGKILLED } from '../container-stop';
import { endedProof, whenEnded } from './ending';
import type { Fault } from './fault';

/** The replica's process is gone at once, as after a segmentation fault or a lost machine; it is started again to heal. */
export const crash: Fault = {
  target: 'replica',
  window: 'fail-timeout',
  describe: (victim) => `crash of ${victim} (SIGKILL)`,

  inject: async (scene) => {
    const { engine, clock, victim } = scene;
    await engine.killContainer(victim.containerId, 'SIGKILL');
    const ended = await whenEnded(scene, 'SIGKILL');
    return {
      kind: 'caused',
      effectiveAt: clock.now(),
      proof: () => endedProof(ended, (state) => state.exitCode === SIGKILLED),
      heal: () => engine.startContainer(victim.containerId),
    };
  },
};
