import type { KernelFacts, KernelSight, ProcessFacts } from '../../cluster/process-facts';
import type { Probe } from '../evidence';
import type { ReplicaSight } from '../sight';

/** A statement about every replica, and what contradicts it in one of them; null: nothing does. */
interface Statement {
  readonly id: string;
  readonly claim: string;
  readonly good: string;
  readonly contradiction: (facts: KernelFacts) => string | null;
}

/** Sockets that hand the machine to whoever can write to them. */
const ENGINE_SOCKET = /\/(docker|podman|containerd|crio)\.sock$/;

const STATEMENTS: readonly Statement[] = [
  {
    id: 'non-root',
    claim: 'no process runs as root',
    good: 'every process has a user id other than 0',
    contradiction: ({ processes }) => offenders(processes, ({ uids }) => uids.includes(0), 'runs with user id 0'),
  },
  {
    id: 'read-only-root',
    claim: 'the root file system is mounted read-only',
    good: 'the kernel has it read-only',
    contradiction: ({ mounts }) =>
      mounts.find(({ point }) => point === '/')?.readOnly === true ? null : 'the kernel has it writable',
  },
  {
    id: 'no-capabilities',
    claim: 'no process has a capability, or can get one',
    good: 'every capability set is empty',
    contradiction: ({ processes }) =>
      offenders(processes, ({ capabilities }) => capabilities !== 0n, 'holds or can get capabilities'),
  },
  {
    id: 'no-new-privileges',
    claim: 'no process can gain privileges by running another program',
    good: 'no_new_privs is set for every process',
    contradiction: ({ processes }) =>
      offenders(processes, ({ noNewPrivileges }) => !noNewPrivileges, 'may gain privileges (no_new_privs is not set)'),
  },
  {
    id: 'no-engine-socket',
    claim: 'no container engine’s socket is mounted',
    good: 'none among its mounts',
    contradiction: ({ mounts }) => {
      const socket = mounts.find(({ root, point }) => ENGINE_SOCKET.test(root) || ENGINE_SOCKET.test(point));
      return socket === undefined ? null : `${socket.point} is mounted`;
    },
  },
];

/** What should hold for every replica, held against the running processes, as the kernel tells of them. */
export function kernelProbes(replicas: readonly ReplicaSight[]): readonly Probe[] {
  return STATEMENTS.map((statement) => probeOf(statement, replicas));
}

function probeOf({ id, claim, good, contradiction }: Statement, replicas: readonly ReplicaSight[]): Probe {
  const found = replicas.flatMap(({ hostname, sight }) => {
    const text = sight.visible ? contradiction(sight.facts) : null;
    return text === null ? [] : [{ hostname, text }];
  });
  const [first] = found;
  if (first !== undefined) {
    return { id, subject: found.map(({ hostname }) => hostname).join(', '), claim, seen: first.text, holds: false };
  }
  const subject = replicas.map(({ hostname }) => hostname).join(', ');
  const blind = replicas.map(({ sight }) => blindness(sight)).find((why) => why !== null);
  return { id, subject, claim, seen: blind ?? good, holds: blind === undefined ? true : null };
}

/** Why a sight shows nothing; null: it shows something. */
function blindness(sight: KernelSight): string | null {
  if (!sight.visible) return sight.why;
  return sight.facts.processes.length === 0 ? 'no process was seen' : null;
}

function offenders(
  processes: readonly ProcessFacts[],
  offends: (one: ProcessFacts) => boolean,
  what: string,
): string | null {
  const names = [...new Set(processes.filter(offends).map(({ name }) => name))];
  return names.length === 0 ? null : `${names.join(', ')} ${what}`;
}
