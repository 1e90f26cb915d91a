import { waitUntil } from '../../clock';
import type { ControlGroup } from './control-group';
import { controlGroup } from './control-group';
import type { Fault } from './fault';

/** A fiftieth of a processor: far less than a service needs that answers dozens of requests a second. */
const SQUEEZED_CPUS = 0.02;
const PATIENCE_MS = 5_000;
const POLL_MS = 50;

/** The replica gets next to no processor time, as beside a noisy neighbour; it goes on, far too slowly. */
export const throttle: Fault = {
  target: 'replica',
  window: 'fail-timeout',
  describe: (victim) => `throttling of ${victim} (to ${SQUEEZED_CPUS} CPUs)`,

  inject: async ({ engine, clock, signal, cluster, victim }) => {
    const group = await controlGroup(await engine.inspectContainer(victim.containerId), 'cpu');
    const before = await timesThrottled(group);
    await engine.updateLimits(victim.containerId, { cpus: SQUEEZED_CPUS });
    const effectiveAt = clock.now();
    const heal = (): Promise<void> => engine.updateLimits(victim.containerId, { cpus: cluster.plan.limits.cpus });
    if (group === null || before === null) {
      return { kind: 'caused', effectiveAt, heal, proof: () => ({ took: true, seen: 'limited, as the engine says' }) };
    }
    const times = await waitUntil({
      poll: async () => {
        const now = (await timesThrottled(group)) ?? 0;
        return now > before ? now - before : null;
      },
      timeoutMs: PATIENCE_MS,
      intervalMs: POLL_MS,
      clock,
      signal,
    });
    const quota = (await group.read('cpu.max')) ?? `${(await group.read('cpu.cfs_quota_us')) ?? '?'} µs`;
    return {
      kind: 'caused',
      effectiveAt,
      heal,
      proof: () => ({
        took: times !== null,
        seen:
          times === null
            ? `never short of processor time with ${SQUEEZED_CPUS} CPUs: it needs less`
            : `held back by the kernel (quota ${quota} of each period)`,
      }),
    };
  },
};

/** How often the kernel has held the group back so far (`nr_throttled` of cpu.stat, in both versions); null: unknown. */
async function timesThrottled(group: ControlGroup | null): Promise<number | null> {
  const text = await group?.read('cpu.stat');
  const times = /^nr_throttled (\d+)$/m.exec(text ?? '')?.[1];
  return times === undefined ? null : Number(times);
}
