/** Processor time and memory as the kernel tells them: proc(5). */
import { readFileSync } from 'node:fs';

/** Ticks a second of the times in /proc (USER_HZ), the same on every Linux that GitHub has runners for. */
const TICKS = 100;

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
