import { describe, expect, test } from '@jest/globals';
import { limitProbes } from '../../../src/checks/limits/kernel';
import type { KernelLimits } from '../../../src/cluster/process-facts';

const WANTED = { cpus: 0.5, memoryBytes: 256 * 2 ** 20, pids: 128 };

function probes(limits: Partial<KernelLimits>): ReturnType<typeof limitProbes> {
  const facts = { processes: [], mounts: [], limits: { ...WANTED, ...limits } };
  return limitProbes([{ hostname: 'app1', sight: { visible: true, facts } }], WANTED);
}

const held = (limits: Partial<KernelLimits>): readonly (boolean | null)[] => probes(limits).map(({ holds }) => holds);

describe('limits in the kernel', () => {
  test.each<{ what: string; limits: Partial<KernelLimits>; holds: readonly (boolean | null)[] }>([
    { what: 'as wanted', limits: {}, holds: [true, true, true] },
    {
      what: 'rounded down to a page of 64 KiB',
      limits: { memoryBytes: WANTED.memoryBytes - 65_536 },
      holds: [true, true, true],
    },
    { what: 'less than that', limits: { memoryBytes: WANTED.memoryBytes - 65_537 }, holds: [true, false, true] },
    {
      what: 'more memory than wanted',
      limits: { memoryBytes: WANTED.memoryBytes + 4_096 },
      holds: [true, false, true],
    },
    { what: 'a thousandth of a CPU off', limits: { cpus: 0.4995 }, holds: [true, true, true] },
    { what: 'a hundredth off', limits: { cpus: 0.51 }, holds: [false, true, true] },
    { what: 'one process more', limits: { pids: 129 }, holds: [true, true, false] },
    { what: 'one process fewer', limits: { pids: 127 }, holds: [true, true, false] },
    {
      what: 'none at all',
      limits: { cpus: Infinity, memoryBytes: Infinity, pids: Infinity },
      holds: [false, false, false],
    },
    {
      what: 'files that cannot be read',
      limits: { cpus: null, memoryBytes: null, pids: null },
      holds: [null, null, null],
    },
  ])('$what', ({ limits, holds }) => {
    expect(held(limits)).toEqual(holds);
  });

  test('tell what was wanted and what is', () => {
    const [cpu, memory] = probes({ cpus: Infinity, memoryBytes: 128 * 2 ** 20 });
    expect(cpu).toMatchObject({ claim: 'its CPU limit is in force: 0.5 CPUs', seen: 'the kernel sets no limit' });
    expect(memory).toMatchObject({ claim: 'its memory limit is in force: 256 MiB', seen: 'the kernel says 128 MiB' });
  });

  test('out of sight are never held', () => {
    const sight = { visible: false, why: 'not from here' } as const;
    const hidden = limitProbes([{ hostname: 'app1', sight }], WANTED);
    expect(hidden.map(({ holds, seen }) => [holds, seen])).toEqual(Array(3).fill([null, 'not from here']));
  });
});
