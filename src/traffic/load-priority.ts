import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** As nice(2) has it, from 19 to -20; on Linux the calling thread's own (setpriority(2), "C library/kernel differences"). */
const NICENESS = -10;
/** The lowest of the real-time priorities goes before everything that has none (sched(7)). */
const REAL_TIME = ['--rr', '--pid', '1'] as const;
const PATIENCE_MS = 2_000;

/**
 * Lets the calling thread go before the replicas, NGINX and whatever else the machine is busy with: a generator that has to wait for a
 * processor is late, and then nothing is proven. It takes so little time that nobody has to wait long for it. Where the machine does not
 * allow that, lateness is measured and judged all the same. Real-time, because niceness counts among the processes of one session
 * alone ("The autogroup feature" in sched(7)), and those that start and stop containers are in others.
 */
export function goFirst(): void {
  try {
    // `<process>/task/<thread>` (proc_thread-self(5)).
    const thread = readlinkSync('/proc/thread-self').split('/').at(-1) ?? '';
    if (changeScheduling([...REAL_TIME, thread])) return;
    if (process.geteuid?.() === 0) setPriority(NICENESS);
  } catch {
    // No Linux, or no right to: as good as it gets.
  }
}

/** Whether the machine lets threads of this process {@link goFirst}. */
export function mayGoFirst(): boolean {
  return changeScheduling(['--rr', '1', 'true']);
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
