import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the kernel of this machine says about a container that runs. */
export interface KernelFacts {
  /** Every process of the container, the first one (its PID 1) first. */
  readonly processes: readonly ProcessFacts[];
  readonly mounts: readonly MountFacts[];
  readonly limits: KernelLimits;
}

/** One process, from /proc/<pid>/status (proc_pid_status(5)). */
export interface ProcessFacts {
  /** The program's name, as the kernel keeps it: 15 characters at most. */
  readonly name: string;
  /** The words of its command line (/proc/<pid>/cmdline): of a script its interpreter goes first. Empty: it has none any more. */
  readonly argv: readonly string[];
  /** Real, effective, saved and file-system user id, as this machine counts them. */
  readonly uids: readonly number[];
  /** Every capability in any of its sets (effective, permitted, inheritable, bounding, ambient), as a bit mask. */
  readonly capabilities: bigint;
  readonly noNewPrivileges: boolean;
  /** Whether it has a handler for SIGTERM; without one, a container's first process is not ended by it (pid_namespaces(7)). */
  readonly catchesSigterm: boolean;
  /** The same of SIGINT, which programs that are made to run in a terminal often have a handler for, and none for SIGTERM. */
  readonly catchesSigint: boolean;
}

/** One mount that the container sees, from /proc/<pid>/mountinfo (proc_pid_mountinfo(5)). */
export interface MountFacts {
  /** What of the file system is mounted: `/docker.sock`. */
  readonly root: string;
  /** Where: `/run/docker.sock`. */
  readonly point: string;
  readonly readOnly: boolean;
}

/** Limits in force for the container's control group; null: the kernel's file could not be read. */
export interface KernelLimits {
  /** CPUs; Infinity: as many as there are. */
  readonly cpus: number | null;
  /** Bytes; Infinity: no limit. */
  readonly memoryBytes: number | null;
  /** Processes and threads; Infinity: no limit. */
  readonly pids: number | null;
}

/** The facts, or why there are none here. */
export type KernelSight =
  { readonly visible: true; readonly facts: KernelFacts } | { readonly visible: false; readonly why: string };

/** Where the kernel tells them; another place for tests. */
export interface KernelFolders {
  readonly proc: string;
  readonly cgroup: string;
}

/** Signals number 15 and 2, in a mask whose lowest bit is number 1. */
const SIGTERM_BIT = 1n << 14n;
const SIGINT_BIT = 1n << 1n;

const FOLDERS: KernelFolders = { proc: '/proc', cgroup: '/sys/fs/cgroup' };

/**
 * Reads what the kernel knows about a container: from its own files, not from what the engine was told. Not visible where
 * {@link ofContainer} says so.
 */
export async function kernelFacts(
  container: { readonly id: string; readonly pid: number },
  folders: KernelFolders = FOLDERS,
): Promise<KernelSight> {
  if (container.pid === 0) return { visible: false, why: 'the container does not run' };
  const folder = join(folders.proc, String(container.pid));
  const hidden = { visible: false, why: 'its processes are not visible from where this step runs' } as const;
  try {
    const groups = await ofContainer(container, folder);
    if (groups === null) return hidden;
    const mounts = parseMounts(await readFile(join(folder, 'mountinfo'), 'utf8'));
    const pids = await processIds(container.pid, groups, folders);
    const processes = await Promise.all(pids.map((pid) => readProcess(pid, folders)));
    return {
      visible: true,
      facts: { mounts, processes: processes.filter((one) => one !== null), limits: await readLimits(groups, folders) },
    };
  } catch {
    return hidden;
  }
}

/**
 * The control groups of a process, where it is this container's; null: it is not. Where this process has another process table than
 * the engine (a job that runs in a container), a process id of the engine may be that of a stranger, so the control group must carry
 * the container's id. Rejects where the process is gone.
 *
 * @param folder the process's in /proc.
 */
export async function ofContainer({ id }: { readonly id: string }, folder: string): Promise<Groups | null> {
  const groups = parseGroups(await readFile(join(folder, 'cgroup'), 'utf8'));
  return Object.values(groups).some((path) => path.includes(id)) ? groups : null;
}

/** Controller → control group, from /proc/<pid>/cgroup (cgroups(7)); the empty name is version 2's one hierarchy. */
export type Groups = Readonly<Record<string, string>>;

/** Reads lines such as `4:cpu,cpuacct:/docker/1d2f…` and `0::/system.slice/docker-1d2f….scope`. */
export function parseGroups(text: string): Groups {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  return Object.fromEntries(
    lines.flatMap((line) => (line?.[1] ?? '').split(',').map((name) => [name, line?.[2] ?? ''])).filter(([, p]) => p),
  ) as Groups;
}

/** Reads `36 35 98:0 /root /point rw,noatime …`; a blank in a path is written \040. */
export function parseMounts(text: string): readonly MountFacts[] {
  return text.split('\n').flatMap((line) => {
    const [, , , root, point, options] = line.split(' ');
    if (root === undefined || point === undefined || options === undefined) return [];
    return [{ root: unescaped(root), point: unescaped(point), readOnly: options.split(',').includes('ro') }];
  });
}

/** Reads one /proc/<pid>/status; null where it is none. */
export function parseStatus(text: string): Omit<ProcessFacts, 'argv'> | null {
  const field = (name: string): string | undefined => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(text)?.[1];
  const uids = field('Uid')?.trim().split(/\s+/).map(Number);
  if (uids === undefined) return null;
  const caught = BigInt(`0x${field('SigCgt') ?? '0'}`);
  const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => BigInt(`0x${field(name) ?? '0'}`));
  return {
    name: field('Name') ?? '',
    uids,
    capabilities: sets.reduce((all, one) => all | one, 0n),
    noNewPrivileges: field('NoNewPrivs') === '1',
    catchesSigterm: (caught & SIGTERM_BIT) !== 0n,
    catchesSigint: (caught & SIGINT_BIT) !== 0n,
  };
}

function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** Version 1 has a folder for each controller, version 2 one for all; a machine that has both uses the former. */
function groupFolder(controller: string, groups: Groups, { cgroup }: KernelFolders): string {
  const own = groups[controller];
  return own === undefined ? join(cgroup, groups[''] ?? '/') : join(cgroup, controller, own);
}

async function processIds(first: number, groups: Groups, folders: KernelFolders): Promise<readonly number[]> {
  const text = await readFile(join(groupFolder('pids', groups, folders), 'cgroup.procs'), 'utf8').catch(() => '');
  const all = text.split('\n').filter(Boolean).map(Number);
  return [first, ...all.filter((pid) => pid !== first)];
}

/** null: it has ended meanwhile. */
async function readProcess(pid: number, { proc }: KernelFolders): Promise<ProcessFacts | null> {
  const [status, words] = await Promise.all(
    ['status', 'cmdline'].map((file) => readFile(join(proc, String(pid), file), 'utf8').catch(() => '')),
  );
  const facts = parseStatus(status ?? '');
  // Each word ends with a zero byte.
  return facts === null ? null : { ...facts, argv: (words ?? '').split('\0').slice(0, -1) };
}

async function readLimits(groups: Groups, folders: KernelFolders): Promise<KernelLimits> {
  const read = async (controller: string, file: string): Promise<string | null> => {
    try {
      return (await readFile(join(groupFolder(controller, groups, folders), file), 'utf8')).trim();
    } catch {
      return null;
    }
  };
  const first = async (controller: string, ...files: readonly string[]): Promise<string | null> => {
    const texts = await Promise.all(files.map((file) => read(controller, file)));
    return texts.find((text) => text !== null) ?? null;
  };
  const quotas = [await read('cpu', 'cpu.cfs_quota_us'), await read('cpu', 'cpu.cfs_period_us')];
  return {
    cpus: cpusOf((await read('cpu', 'cpu.max')) ?? (quotas.includes(null) ? null : quotas.join(' '))),
    memoryBytes: limitOf(await first('memory', 'memory.max', 'memory.limit_in_bytes')),
    pids: limitOf(await read('pids', 'pids.max')),
  };
}

/** `50000 100000` (microseconds of each period), with `max` (version 2) or -1 (version 1) for no limit. */
function cpusOf(text: string | null): number | null {
  const [quota, period] = text?.split(' ') ?? [];
  if (quota === undefined || period === undefined) return null;
  return quota === 'max' || quota === '-1' ? Infinity : Number(quota) / Number(period);
}

/** Version 1 writes "no limit" as the greatest multiple of a page that 63 bits hold. */
const NO_LIMIT_BYTES = 2 ** 62;

function limitOf(text: string | null): number | null {
  if (text === null) return null;
  const number = text === 'max' ? Infinity : Number(text);
  return number > NO_LIMIT_BYTES ? Infinity : number;
}
