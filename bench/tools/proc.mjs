/** Processor time and memory as the kernel tells them: proc(5). */
import { readFileSync } from 'node:fs';

/** Ticks a second of the times in /proc (USER_HZ), the same on every Linux that GitHub has runners for. */
const TICKS = 100;
const IDLE_MS = 2_000;

/** Seconds that the whole machine's processors have worked since it started: all but idle and waiting for disks. */
export function busySeconds() {
  const [user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) / TICKS;
}

/** What the machine does a second while nothing of a bench runs, in processor seconds. */
export async function idleRate() {
  const before = busySeconds();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  return (busySeconds() - before) / (IDLE_MS / 1000);
}

/** The most memory that a process has held so far, and the processor time of all its threads; null when it is gone. */
export function processNow(pid) {
  try {
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (peak === undefined) return null;
    // After the name, which may hold anything but ends with the last parenthesis.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { peakMiB: Number(peak) / 1024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS };
  } catch {
    return null;
  }
}
