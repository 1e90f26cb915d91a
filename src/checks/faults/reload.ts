import { waitUntil } from '../../clock';
import type { ExecResult } from '../../cluster/engine';
import type { ScenarioContext } from '../scenario';
import type { Traffic } from '../../traffic/traffic';

const PATIENCE_MS = 10_000;
const POLL_MS = 20;

/** Asks NGINX to read its configuration again, as an operator does; it checks the configuration first, and says so. */
export function reloadNginx({ engine, cluster }: ScenarioContext): Promise<ExecResult> {
  return engine.exec(cluster.loadBalancer.containerId, ['nginx', '-s', 'reload']);
}

/** Worker processes that have logged a request so far. */
export function workersSeen(traffic: Traffic): ReadonlySet<number> {
  return new Set(traffic.samples().flatMap(({ proxy }) => (proxy === null ? [] : [proxy.workerPid])));
}

/** Waits until a worker that is none of the `known` ones logs a request; its process id, or null. */
export function newWorker(
  { clock, signal }: ScenarioContext,
  traffic: Traffic,
  known: ReadonlySet<number>,
  timeoutMs = PATIENCE_MS,
): Promise<number | null> {
  return waitUntil({
    poll: () => [...workersSeen(traffic)].find((pid) => !known.has(pid)) ?? null,
    timeoutMs,
    intervalMs: POLL_MS,
    clock,
    signal,
  });
}

/** What a command complained of, shortened; NGINX's own word where there is one. */
export function complaint({ exitCode, stdout, stderr }: ExecResult): string {
  const lines = `${stderr}\n${stdout}`.split('\n').filter((line) => line.trim() !== '');
  const line = lines.find((one) => one.includes('[emerg]')) ?? lines.at(-1) ?? 'without a word';
  return `exit code ${exitCode}, ${line.slice(0, 200)}`;
}
