import { waitUntil } from '../../clock';
import type { ContainerDescription } from '../../cluster/engine';
import type { ControlGroup } from './control-group';
import { controlGroup, numberIn } from './control-group';
import type { Fault } from './fault';

/** What the victim is left of the processor time that it used before, within what the kernel takes as a limit (1 ms of a second). */
const PART_LEFT = 0.4;
const LEAST_CPUS = 0.001;
const MOST_CPUS = 0.02;
/** How long its use is watched before, in milliseconds. */
const WATCHED_MS = 1_000;
const PATIENCE_MS = 5_000;
const POLL_MS = 50;

/** The replica gets next to no processor time, as beside a noisy neighbour; it goes on, far too slowly. */
export const throttle: Fault = {
  target: 'replica',
  window: 'fail-timeout',
  describe: (victim) => `throttling of ${victim} (to a part of the processor time that it needs)`,

  inject: async ({ engine, clock, signal, cluster, victim }) => {
    const container = await engine.inspectContainer(victim.containerId);
    const group = await controlGroup(container, 'cpu');
    const usedBefore = await usedMs(container);
    await clock.sleep(WATCHED_MS, signal);
    const used = ((await usedMs(container)) - usedBefore) / WATCHED_MS;
    const squeezed = squeezedCpus(used);
    const before = await timesThrottled(group);
    await engine.updateLimits(victim.containerId, { cpus: squeezed });
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
    const quota = await quotaInForce(group);
    return {
      kind: 'caused',
      effectiveAt,
      heal,
      proof: () => ({
        took: times !== null,
        seen:
          times === null
            ? `never short of processor time with ${squeezed} CPUs: it needs less`
            : `held back by the kernel (${quota})`,
      }),
    };
  },
};

/** The limit for a container that used so many processors; one whose use is unknown (NaN) gets what few services can do with. */
export function squeezedCpus(used: number): number {
  if (Number.isNaN(used)) return MOST_CPUS;
  return Math.min(MOST_CPUS, Math.max(LEAST_CPUS, Math.round(1e4 * PART_LEFT * used) / 1e4));
}

/** Processor time that a container has used so far, in milliseconds (version 1 counts in nanoseconds, 2 in microseconds); NaN: unknown. */
async function usedMs(container: ContainerDescription): Promise<number> {
  const old = await (await controlGroup(container, 'cpuacct'))?.read('cpuacct.usage');
  if (old != null) return Number(old) / 1e6;
  const text = await (await controlGroup(container, 'cpu'))?.read('cpu.stat');
  return (numberIn(text, 'usage_usec') ?? NaN) / 1e3;
}

/** In words, from what the kernel itself says (`cpu.max` of version 2 holds both numbers). */
async function quotaInForce(group: ControlGroup): Promise<string> {
  const both = (await group.read('cpu.max'))?.split(' ');
  const [quota, period] = both ?? [await group.read('cpu.cfs_quota_us'), await group.read('cpu.cfs_period_us')];
  return `${quota ?? '?'} µs of each ${period ?? '?'} µs`;
}

/** How often the kernel has held the group back so far (`nr_throttled` of cpu.stat, in both versions); null: unknown. */
async function timesThrottled(group: ControlGroup | null): Promise<number | null> {
  return numberIn(await group?.read('cpu.stat'), 'nr_throttled');
}
