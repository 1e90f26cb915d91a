import { readFile, readlink } from 'node:fs/promises';

/**
 * Names this process so that another one on the same machine can tell whether it still lives:
 * `<boot id>/<pid namespace>/<pid>/<start>`, from /proc/sys/kernel/random/boot_id, /proc/self/ns/pid and field 22 of
 * /proc/<pid>/stat (proc(5)). A process id alone is used again, and means nothing in another container.
 */
export async function ownerOfThisProcess(): Promise<string> {
  const [boot, space, start] = await Promise.all([bootId(), pidNamespace(), processStart(process.pid)]);
  return [boot, space, String(process.pid), start].map((part) => part ?? 'unknown').join('/');
}

/** True only when the machine has surely been started anew since that process. */
export async function isOfEarlierBoot(owner: string): Promise<boolean> {
  const [boot] = owner.split('/');
  const current = await bootId();
  return boot !== undefined && boot !== 'unknown' && current !== null && current !== boot;
}

/** True only when that process is surely gone; false where it lives or nothing can be told. */
export async function hasOwnerEnded(owner: string): Promise<boolean> {
  const [boot, space, pid, start] = owner.split('/');
  if (pid === undefined || start === undefined || !/^\d+$/.test(pid)) return false;
  if ([boot, space, start].includes('unknown')) return false;
  const current = await bootId();
  if (current === null) return false;
  // Of an earlier boot only remains are left; in another container's process table nothing can be looked up.
  if (current !== boot) return true;
  if ((await pidNamespace()) !== space) return false;
  return (await processStart(Number(pid))) !== start;
}

async function pidNamespace(): Promise<string | null> {
  try {
    return await readlink('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

async function bootId(): Promise<string | null> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return null;
  }
}

async function processStart(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in brackets and may itself hold blanks and brackets: count from the last one.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
