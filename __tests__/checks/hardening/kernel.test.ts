import { describe, expect, test } from '@jest/globals';
import { kernelProbes } from '../../../src/checks/hardening/kernel';
import type { KernelFacts, KernelSight, ProcessFacts } from '../../../src/cluster/process-facts';

const SAFE: ProcessFacts = {
  ...{ name: 'gunicorn', uids: [10001, 10001, 10001, 10001], capabilities: 0n },
  ...{ noNewPrivileges: true, catchesSigterm: true, catchesSigint: true, argv: [] },
};
const MOUNTS = [
  { root: '/', point: '/', readOnly: true },
  { root: '/', point: '/tmp', readOnly: false },
];

function seen(changes: Partial<KernelFacts> = {}): KernelSight {
  const limits = { cpus: 0.5, memoryBytes: 2 ** 28, pids: 128 };
  return { visible: true, facts: { processes: [SAFE, SAFE], mounts: MOUNTS, limits, ...changes } };
}

const HIDDEN: KernelSight = { visible: false, why: 'not from here' };

function holds(...sights: readonly KernelSight[]): Readonly<Record<string, boolean | null>> {
  const probes = kernelProbes(sights.map((sight, index) => ({ hostname: `app${index + 1}`, sight })));
  return Object.fromEntries(probes.map((probe) => [probe.id, probe.holds]));
}

const ALL = ['non-root', 'read-only-root', 'no-capabilities', 'no-new-privileges', 'no-engine-socket'];
const all = (value: boolean | null): Readonly<Record<string, boolean | null>> =>
  Object.fromEntries(ALL.map((id) => [id, value]));

describe('held against what the kernel says', () => {
  test('replicas that keep every rule', () => {
    expect(holds(seen(), seen())).toEqual(all(true));
  });

  test.each<{ what: string; facts: Partial<KernelFacts>; broken: readonly string[] }>([
    {
      what: 'one process of root among others',
      facts: { processes: [SAFE, { ...SAFE, uids: [0, 0, 0, 0] }] },
      broken: ['non-root'],
    },
    {
      what: 'root put aside',
      facts: { processes: [{ ...SAFE, uids: [10001, 10001, 0, 10001] }] },
      broken: ['non-root'],
    },
    {
      what: 'a capability that can be got',
      facts: { processes: [{ ...SAFE, capabilities: 1n << 40n }] },
      broken: ['no-capabilities'],
    },
    {
      what: 'new privileges',
      facts: { processes: [SAFE, { ...SAFE, noNewPrivileges: false }] },
      broken: ['no-new-privileges'],
    },
    {
      what: 'a root that can be written',
      facts: { mounts: [{ root: '/', point: '/', readOnly: false }] },
      broken: ['read-only-root'],
    },
    {
      what: 'only another mount is read-only',
      facts: { mounts: [{ root: '/', point: '/etc', readOnly: true }] },
      broken: ['read-only-root'],
    },
    {
      what: 'Docker’s socket',
      facts: { mounts: [...MOUNTS, { root: '/docker.sock', point: '/run/docker.sock', readOnly: true }] },
      broken: ['no-engine-socket'],
    },
    {
      what: 'under another name',
      facts: { mounts: [...MOUNTS, { root: '/podman/podman.sock', point: '/x', readOnly: true }] },
      broken: ['no-engine-socket'],
    },
    {
      what: 'not a file of that name',
      facts: { mounts: [...MOUNTS, { root: '/', point: '/docker.sock.d', readOnly: true }] },
      broken: [],
    },
  ])('$what: $broken', ({ facts, broken }) => {
    expect(holds(seen(), seen(facts))).toEqual({
      ...all(true),
      ...Object.fromEntries(broken.map((id) => [id, false])),
    });
  });

  test('who breaks a rule is named, and only they', () => {
    const root = seen({
      processes: [
        { ...SAFE, name: 'sh', uids: [0, 0, 0, 0] },
        { ...SAFE, name: 'sh', uids: [0, 0, 0, 0] },
      ],
    });
    const probes = kernelProbes([
      { hostname: 'app1', sight: root },
      { hostname: 'app2', sight: seen() },
      { hostname: 'app3', sight: root },
    ]);
    expect(probes[0]).toMatchObject({ id: 'non-root', subject: 'app1, app3', seen: 'sh runs with user id 0' });
  });
});

describe('what cannot be seen is never held', () => {
  test.each([
    { what: 'all hidden', sights: [HIDDEN, HIDDEN] },
    { what: 'one hidden', sights: [seen(), HIDDEN] },
    { what: 'one without a process', sights: [seen(), seen({ processes: [] })] },
  ])('$what', ({ sights }) => {
    expect(holds(...sights)).toEqual(all(null));
  });

  test('and hides no rule that is broken where it can be seen', () => {
    const root = seen({ processes: [{ ...SAFE, uids: [0, 0, 0, 0] }] });
    expect(holds(HIDDEN, root)).toEqual({ ...all(null), 'non-root': false });
  });
});
