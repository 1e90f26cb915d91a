import { waitUntil } from '../../clock';
import { EngineError } from '../../cluster/engine';
import type { ScenarioContext } from '../scenario';

/** A worker process of NGINX, by the title that it gives itself. */
export interface Worker {
  readonly pid: number;
  /** It accepts nothing new, and ends when its last request does. */
  readonly leaving: boolean;
}

/** `ngx_worker_process_cycle` in NGINX's src/os/unix/ngx_process_cycle.c. */
const TITLE = 'nginx: worker process';
const LEAVING = `${TITLE} is shutting down`;

const POLL_MS = 50;

/** NGINX's worker processes; none where it does not run. Throws an EngineError where the engine cannot list them. */
export async function workersOf({ engine, cluster }: ScenarioContext): Promise<readonly Worker[]> {
  const processes = await engine.listProcesses(cluster.loadBalancer.containerId).catch((error: unknown) => {
    if (error instanceof EngineError && error.kind === 'conflict') return [];
    throw error;
  });
  return processes
    .filter(({ command }) => command.startsWith(TITLE))
    .map(({ pid, command }) => ({ pid, leaving: command.startsWith(LEAVING) }));
}

/**
 * Waits until other workers than `old` serve, and these serve no more clients than they have. Epoch milliseconds; null: not
 * within `timeoutMs`.
 */
export function replaced(
  context: ScenarioContext,
  old: ReadonlySet<number>,
  timeoutMs: number,
): Promise<number | null> {
  return untilWorkers(context, timeoutMs, (workers) => {
    const serving = workers.filter(({ leaving }) => !leaving);
    return serving.length > 0 && serving.every(({ pid }) => !old.has(pid));
  });
}

/** Waits until the `old` workers have ended. Epoch milliseconds; null: not within `timeoutMs`. */
export function gone(context: ScenarioContext, old: ReadonlySet<number>, timeoutMs: number): Promise<number | null> {
  return untilWorkers(context, timeoutMs, (workers) => workers.every(({ pid }) => !old.has(pid)));
}

function untilWorkers(
  context: ScenarioContext,
  timeoutMs: number,
  areSo: (workers: readonly Worker[]) => boolean,
): Promise<number | null> {
  const { clock, signal } = context;
  return waitUntil({
    poll: async () => (areSo(await workersOf(context)) ? clock.now() : null),
    timeoutMs,
    intervalMs: POLL_MS,
    clock,
    signal,
  });
}
