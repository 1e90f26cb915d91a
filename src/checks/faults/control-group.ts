import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerDescription, Engine } from '../../cluster/engine';
import { parseGroups } from '../../cluster/process-facts';

const MOUNT = '/sys/fs/cgroup';

/** A container's control group for one controller, as this machine's kernel shows it to everybody. */
export interface ControlGroup {
  /** Below the kernel's cgroup mount. */
  readonly path: string;
  /** The same as a folder of this machine. */
  readonly folder: string;
  /** Text of one of its files, trimmed; null: there is none of that name. */
  readonly read: (file: string) => Promise<string | null>;
}

/** One number of a file that names each, such as cpu.stat; null: it is not there (Linux, Documentation/admin-guide/cgroup-v2.rst, "flat keyed"). */
export function numberIn(text: string | null | undefined, name: string): number | null {
  const digits = new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The control group of a container, by its id, for processor time; null: it does not run, or cannot be seen from where this process runs. */
export type CpuGroups = (containerId: string) => Promise<ControlGroup | null>;

/** Asks the engine once for each container: one that is started again is in the group of the same name. */
export function createCpuGroups(engine: Pick<Engine, 'inspectContainer'>): CpuGroups {
  const known = new Map<string, ControlGroup>();
  return async (containerId) => {
    const before = known.get(containerId);
    if (before !== undefined) return before;
    const container = await engine.inspectContainer(containerId).catch(() => null);
    const group = container === null ? null : await controlGroup(container, 'cpu');
    if (group !== null) known.set(containerId, group);
    return group;
  };
}

/** null: it cannot be seen from where this process runs. Version 1 has one hierarchy a controller, version 2 one for all. */
export async function controlGroup(
  { id, pid }: Pick<ContainerDescription, 'id' | 'pid'>,
  controller: 'cpu' | 'cpuacct' | 'memory',
): Promise<ControlGroup | null> {
  const text = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  const groups = parseGroups(text);
  const path = groups[controller] ?? groups[''];
  // A process of that number may be a stranger's, where this process has another process table than the engine.
  if (path?.includes(id) !== true) return null;
  const folder = join(MOUNT, groups[controller] === undefined ? '' : controller, path);
  return {
    path,
    folder,
    read: async (file) => {
      const content = await readFile(join(folder, file), 'utf8').catch(() => null);
      return content?.trim() ?? null;
    },
  };
}
