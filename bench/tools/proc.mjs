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

/** The same of a process and of its children that run a script of this name: the memory is the sum of what each held at its most. */
export function familyNow(pid, script) {
  const all = [processNow(pid), ...childrenOf(pid, script).map(processNow)].filter((one) => one !== null);
  if (all.length === 0) return null;
  const sum = (key) => all.reduce((total, one) => total + one[key], 0);
  return { peakMiB: sum('peakMiB'), cpuSeconds: sum('cpuSeconds') };
}

function childrenOf(pid, script) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.filter((child) =>
      readFileSync(`/proc/${child}/cmdline`, 'utf8')
        .split('\0')
        .some((word) => word.endsWith(script)),
    );
  } catch {
    return [];
  }
}
