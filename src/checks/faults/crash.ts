import type { Fault } from './fault';
import { endedProof, whenEnded } from './ending';

/** Exit code of a process ended by SIGKILL: 128 + 9. */
const KILLED = 137;

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
      proof: () => endedProof(ended, (state) => state.exitCode === KILLED),
      heal: () => engine.startContainer(victim.containerId),
    };
  },
};
