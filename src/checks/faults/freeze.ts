import type { Fault } from './fault';
import { pauseVictim } from './pausing';

/**
 * The replica's processes get no processor any more, as on a machine that hangs. The kernel goes on taking connections for
 * them, so that a request is sent and never answered.
 */
export const freeze: Fault = {
  target: 'replica',
  window: 'hang',
  describe: (victim) => `freeze of ${victim} (its processes are paused)`,

  inject: async (scene) => {
    const { engine, victim } = scene;
    const effectiveAt = await pauseVictim(scene);
    const { paused } = await engine.inspectContainer(victim.containerId);
    return {
      kind: 'caused',
      effectiveAt,
      proof: () => ({ took: paused, seen: paused ? 'paused' : 'not paused' }),
      heal: () => engine.unpauseContainer(victim.containerId),
    };
  },
};
