import type { KernelLimits } from '../../cluster/process-facts';
import type { ReplicaLimits } from '../../settings/settings';
import type { Probe } from '../evidence';
import type { ReplicaSight } from '../sight';
import { counted } from '../../settings/wording';

/** The kernel counts memory in pages, of 64 KiB at the most (arm64), and rounds down. */
const PAGE_BYTES = 65_536;
/** The engine hands CPUs over as microseconds of a period of 100 ms. */
const CPU_STEP = 0.001;

interface Limit {
  readonly id: string;
  readonly name: string;
  readonly inForce: (limits: KernelLimits) => number | null;
  readonly wanted: (limits: ReplicaLimits) => number;
  /** How far below the wanted value the kernel's may lie. */
  readonly rounding: number;
  readonly text: (value: number) => string;
}

const LIMITS: readonly Limit[] = [
  {
    id: 'cpu-limit',
    name: 'CPU',
    inForce: ({ cpus }) => cpus,
    wanted: ({ cpus }) => cpus,
    rounding: CPU_STEP,
    text: (value) => counted(value, 'CPU'),
  },
  {
    id: 'memory-limit',
    name: 'memory',
    inForce: ({ memoryBytes }) => memoryBytes,
    wanted: ({ memoryBytes }) => memoryBytes,
    rounding: PAGE_BYTES,
    text: (value) => `${Number((value / 2 ** 20).toFixed(1))} MiB`,
  },
  {
    id: 'pids-limit',
    name: 'process',
    inForce: ({ pids }) => pids,
    wanted: ({ pids }) => pids,
    rounding: 0,
    text: (value) => `${value} processes`,
  },
];

/** Whether each replica's limits are in force in the kernel, as the inputs say. */
export function limitProbes(replicas: readonly ReplicaSight[], wanted: ReplicaLimits): readonly Probe[] {
  return LIMITS.flatMap((limit) => replicas.map((replica) => probeOf(limit, replica, limit.wanted(wanted))));
}

function probeOf(limit: Limit, { hostname, sight }: ReplicaSight, wanted: number): Probe {
  const probe = {
    id: limit.id,
    subject: hostname,
    claim: `its ${limit.name} limit is in force: ${limit.text(wanted)}`,
  };
  if (!sight.visible) return { ...probe, seen: sight.why, holds: null };
  const value = limit.inForce(sight.facts.limits);
  if (value === null) return { ...probe, seen: 'the kernel’s file cannot be read', holds: null };
  const below = wanted - value;
  return {
    ...probe,
    seen: value === Infinity ? 'the kernel sets no limit' : `the kernel says ${limit.text(value)}`,
    holds: below >= -CPU_STEP && below <= limit.rounding,
  };
}
