import { waitUntil } from '../../clock';
import type { Fault } from './fault';

/** Exit code of a process ended by SIGKILL: 128 + 9. */
const KILLED = 137;

/** The replica's process is gone at once, as after a segmentation fault or a lost machine; it is started again to heal. */
export const crash: Fault = {
  describe: (victim) => `crash of ${victim} (SIGKILL)`,

  inject: async ({ engine, clock, signal }, victim) => {
    await engine.killContainer(victim.containerId, 'SIGKILL');
    const stopped = await waitUntil({
      poll: async () => {
        const state = await engine.inspectContainer(victim.containerId);
        return state.running ? null : state;
      },
      timeoutMs: 10_000,
      intervalMs: 10,
      clock,
      signal,
    });
    return {
      effectiveAt: clock.now(),
      proof:
        stopped === null
          ? { took: false, seen: 'still running 10 s after SIGKILL' }
          : { took: stopped.exitCode === KILLED, seen: `not running, exit code ${stopped.exitCode}` },
    };
  },

  heal: ({ engine }, victim) => engine.startContainer(victim.containerId),
};
