import { readdir, readFile } from 'node:fs/promises';

/**
 * Kills every process of this machine that has an argument holding `mark`, such as a `docker build` with a label of a run
 * whose main process is gone. Only processes that this user may signal are touched; never throws.
 *
 * @returns how many were killed.
 */
export async function killProcessesNamed(mark: string): Promise<number> {
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
  const killed = await Promise.all(pids.map((pid) => killIfMarked(pid, mark)));
  return killed.filter(Boolean).length;
}

async function killIfMarked(pid: number, mark: string): Promise<boolean> {
  if (pid === process.pid) return false;
  try {
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    if (!argv.some((argument) => argument.includes(mark))) return false;
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    // It ended meanwhile, or belongs to somebody else.
    return false;
  }
}
