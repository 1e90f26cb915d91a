import { execFileSync } from 'node:child_process';
import { setPriority } from 'node:os';

/** As nice(2) has it, from 19 to -20. */
const NICENESS = -10;
/** The lowest of the real-time priorities goes before everything that has none (sched(7)). */
const REAL_TIME = '1';
/** A machine on which starting two programs takes longer than some seconds is the one that needs it most; only what hangs is to be left. */
const PATIENCE_MS = 15_000;

/**
 * Lets this process go before the replicas, NGINX and whatever else the machine is busy with: a generator that has to wait for a
 * processor is late, and then nothing is proven. It takes so little time that nobody has to wait long for it. Where the machine does not
 * allow that, lateness is measured and judged all the same. Real-time, because niceness counts among the processes of one session
 * alone ("The autogroup feature" in sched(7)), and those that start and stop containers are in others. All threads, because a garbage
 * collection ends when the last of its helpers does.
 */
export function goFirst(): void {
  if (changeScheduling(['--rr', '--all-tasks', '--pid', REAL_TIME, String(process.pid)])) return;
  try {
    if (process.geteuid?.() === 0) setPriority(NICENESS);
  } catch {
    // As good as it gets.
  }
}

/** Whether the machine lets a process {@link goFirst}. */
export function mayGoFirst(): boolean {
  return changeScheduling(['--rr', REAL_TIME, 'true']);
}

/** Calls chrt(1), as root where that costs no question: the machines of GitHub let their user be root. False: it did not work. */
function changeScheduling(args: readonly string[]): boolean {
  const hosted = process.env['RUNNER_ENVIRONMENT'] === 'github-hosted';
  const [command, ...first] = process.geteuid?.() !== 0 && hosted ? ['sudo', '--non-interactive', 'chrt'] : ['chrt'];
  try {
    execFileSync(command, [...first, ...args], { stdio: 'ignore', timeout: PATIENCE_MS });
    return true;
  } catch {
    return false;
  }
}
