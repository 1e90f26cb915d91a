import { readdir, readFile } from 'node:fs/promises';

/**
 * Kills every process of this machine that has exactly this among its arguments, such as the `docker build` with a run's
 * label, and the plugin that it starts. A command that only mentions the label (`--filter label=…`) is left alone, and so
 * is what this user may not signal. Never throws.
 *
 * @returns how many were killed.
 */
export async function killProcessesNamed(argument: string): Promise<number> {
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
  const killed = await Promise.all(pids.map((pid) => killIfNamed(pid, argument)));
  return killed.filter(Boolean).length;
}

async function killIfNamed(pid: number, argument: string): Promise<boolean> {
  if (pid === process.pid) return false;
  try {
    // Arguments end with a zero byte each (proc(5), /proc/pid/cmdline).
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    if (!argv.includes(argument)) return false;
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    // It ended meanwhile, or belongs to somebody else.
    return false;
  }
}
