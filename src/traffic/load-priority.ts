import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** As nice(2) has it, from 19 to -20. */
const NICENESS = -10;
/** The lowest of the real-time priorities goes before everything that has none (sched(7)). */
const REAL_TIME = ['--rr', '--pid', '1'] as const;
const PATIENCE_MS = 2_000;

/**
 * Lets the calling thread go before the replicas, NGINX and whatever else the machine is busy with: a generator that has to wait for a
 * processor is late, and then nothing is proven. It takes so little time that nobody has to wait long for it. Only a privileged user may
 * ask for that; everybody else's lateness is measured and judged all the same. Real-time, because niceness counts among the
 * processes of one session alone ("The autogroup feature" in sched(7)), and those that start and stop containers are in others.
 */
export function goFirst(): void {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return;
  try {
    // `<process>/task/<thread>` (proc_thread-self(5)).
    const thread = readlinkSync('/proc/thread-self').split('/').at(-1) ?? '';
    execFileSync('chrt', [...REAL_TIME, thread], { stdio: 'ignore', timeout: PATIENCE_MS });
  } catch {
    niceThread();
  }
}

/** On Linux the niceness is the calling thread's own (setpriority(2), "C library/kernel differences"). */
function niceThread(): void {
  try {
    setPriority(NICENESS);
  } catch {
    // As good as it gets.
  }
}
