import { cpus } from 'node:os';

/** How busy this machine's processors were between two calls: 0 not at all, 1 all of them; what a hypervisor took counts as busy. */
export function createBusyMeter(): () => number {
  let before = idleMs();
  let at = performance.now();
  return () => {
    const now = performance.now();
    const idle = idleMs();
    const share = (idle - before) / Math.max(1, (now - at) * cpus().length);
    before = idle;
    at = now;
    return Math.min(1, Math.max(0, 1 - share));
  };
}

function idleMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0);
}
