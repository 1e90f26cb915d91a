import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock';
import type { Cluster, Replica } from '../cluster/cluster-types';
import type { ProcessorWait } from './evidence';
import { numberIn, type CpuGroups } from './faults/control-group';

/** How often the kernel is asked, in milliseconds. */
const TICK_MS = 500;
/**
 * On a machine that is only busy, who is ready to run waits for moments, again and again, and for less than this part of a time. Who waits for more is
 * behind with what there is to do.
 */
const PART = 0.5;
/** Of a container with more threads than this the first ones tell enough. */
const MOST_THREADS = 64;
const NS_PER_MS = 1e6;

/** What the kernel tells of one container at one moment. */
export interface Reading {
  /** In epoch milliseconds. */
  readonly at: number;
  /** Milliseconds that each of its threads has been ready to run so far, and waited for a processor. */
  readonly waitedMs: ReadonlyMap<string, number>;
  /** Milliseconds that it has been held back so far for having had all the processor time that it may have. */
  readonly heldBackMs: number;
}

/** A container whose control group this machine's kernel shows. */
interface Watched {
  /** Hostname of the replica; null: NGINX. */
  readonly who: string | null;
  readonly folder: string;
}

/** A watch on waits for a processor that has begun. */
export interface ProcessorWatch {
  /** The waits so far. */
  readonly waits: () => readonly ProcessorWait[];
  /** Watches a replica that has come in the place of another, too. */
  readonly add: (replica: Replica) => void;
}

/**
 * Begins to watch for how long NGINX and the replicas wait for a processor although they are ready to run: a machine that has none left for
 * them makes answers late whatever the configuration says, and whether or not the load generator goes first. Nothing is told of containers that
 * cannot be seen from where this process runs.
 */
export function watchProcessorWaits(
  { replicas, loadBalancer }: Pick<Cluster, 'replicas' | 'loadBalancer'>,
  { groups, clock, signal }: { readonly groups: CpuGroups; readonly clock: Clock; readonly signal: AbortSignal },
): ProcessorWatch {
  const waits: ProcessorWait[] = [];
  const watched: Watched[] = [];
  const add = async (who: string | null, id: string): Promise<void> => {
    const group = await groups(id);
    if (group !== null) watched.push({ who, folder: group.folder });
  };
  const addReplica = ({ hostname, containerId }: Replica): Promise<void> => add(hostname, containerId);
  const watch = async (): Promise<void> => {
    await Promise.all([add(null, loadBalancer.containerId), ...replicas.map(addReplica)]);
    const before = new Map<Watched, Reading>();
    while (watched.length > 0) {
      for (const one of watched) {
        const after = readingOf(one, clock.now());
        const last = before.get(one);
        const wait = last === undefined ? null : waitBetween(last, after);
        if (wait !== null) waits.push({ who: one.who, ...wait });
        before.set(one, after);
      }
      await clock.sleep(TICK_MS, signal);
    }
  };
  // It ends with the scenario, by its signal.
  watch().catch(() => undefined);
  return {
    waits: () => [...waits],
    add: (replica) => {
      addReplica(replica).catch(() => undefined);
    },
  };
}

/** Of both versions of control groups. These files are no work to read, and to hand each to a thread would be. */
function readingOf({ folder }: Watched, at: number): Reading {
  const stat = read(join(folder, 'cpu.stat'));
  const [ns, us] = [numberIn(stat, 'throttled_time'), numberIn(stat, 'throttled_usec')];
  const threads = (read(join(folder, 'tasks')) ?? read(join(folder, 'cgroup.threads')) ?? '')
    .split('\n')
    .filter(Boolean);
  const waitedMs = new Map(
    threads.slice(0, MOST_THREADS).flatMap((id) => {
      const ms = waitedIn(read(`/proc/${id}/schedstat`));
      return ms === null ? [] : [[id, ms] as const];
    }),
  );
  return { at, waitedMs, heldBackMs: ns === null ? (us ?? 0) / 1_000 : ns / NS_PER_MS };
}

/**
 * Milliseconds that a thread has spent waiting on a run queue, from its schedstat (Linux, Documentation/scheduler/sched-stats.rst,
 * "/proc/<pid>/schedstat"); null: it is gone, or the kernel does not count.
 */
export function waitedIn(text: string | null): number | null {
  const ns = /^\d+ (\d+) \d+$/.exec(text ?? '')?.[1];
  return ns === undefined ? null : Number(ns) / NS_PER_MS;
}

/**
 * The longest that one of a container's threads waited between two readings; null: not worth telling. What its own limit held it back for is no
 * lack of processors. A wait is counted when it is over, and may have begun long before.
 */
export function waitBetween(before: Reading, after: Reading): Omit<ProcessorWait, 'who'> | null {
  const waits = [...after.waitedMs].map(([id, ms]) => ms - (before.waitedMs.get(id) ?? 0));
  const waitedMs = Math.max(0, ...waits) - Math.max(0, after.heldBackMs - before.heldBackMs);
  if (waitedMs < PART * (after.at - before.at)) return null;
  return { from: Math.min(before.at, after.at - waitedMs), to: after.at, waitedMs };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
