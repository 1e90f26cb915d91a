import type { Fault } from './fault';
import { joinFabric, leaveFabric } from './fabric';

/** The replica runs on, and its network is gone: packets to it vanish, without an answer. */
export const partition: Fault = {
  target: 'replica',
  window: 'fail-timeout',
  describe: (victim) => `partition of ${victim} (disconnected from the network)`,

  inject: async (scene) => {
    const { engine, clock, cluster, victim } = scene;
    await leaveFabric(scene, victim.containerId);
    const effectiveAt = clock.now();
    const { running, addresses } = await engine.inspectContainer(victim.containerId);
    const cutOff = addresses[cluster.fabricId] === undefined;
    return {
      kind: 'caused',
      effectiveAt,
      proof: () => ({
        took: running && cutOff,
        seen: `${running ? 'running' : 'not running'}, ${cutOff ? 'without an address in the network' : 'still connected'}`,
      }),
      heal: () => joinFabric(scene, victim.containerId, victim.address, [victim.hostname]),
    };
  },
};
