import type { Replica } from '../../cluster/cluster-types';
import type { ContainerFile } from '../../cluster/engine';
import { markDown } from '../../cluster/nginx/drain';
import type { RolloutFailure } from '../evidence';
import { complaint, reloadNginx } from '../faults/reload';
import type { ScenarioContext } from '../scenario';
import { gone, replaced, workersOf } from './workers';

/** What came of telling NGINX to spare a replica. */
export type Drain =
  | {
      readonly kind: 'drained';
      readonly serversLeft: number;
      readonly drainAt: number;
      /** null: old workers were still there at the deadline. */
      readonly drainedAt: number | null;
    }
  /** The configuration has no line that could be marked, or nobody else to serve. */
  | { readonly kind: 'impossible'; readonly why: string }
  | ReloadFailure;

/** NGINX did not take a configuration over. */
export interface ReloadFailure extends Pick<RolloutFailure, 'why' | 'nginxEnded'> {
  readonly kind: 'reload-failed';
}

const NGINX_ENDED: ReloadFailure = {
  kind: 'reload-failed',
  why: 'NGINX ended instead of reloading',
  nginxEnded: true,
};

/** From the reload's signal until new workers serve: well under a second where nothing is wrong. */
const TAKEOVER_MS = 10_000;
/** Beyond `worker_shutdown_timeout`, for the workers to end. */
const SHUTDOWN_SLACK_MS = 2_000;
/** Without that directive workers stay until their last request ends, and no client here is more patient than this. */
const LONGEST_REQUEST_MS = 75_000;

/**
 * Marks the replica `down` in the configuration that runs, reloads, and waits until the workers from before are gone: only
 * they could still send it something, on connections that clients keep. The deadline is the configuration's own
 * `worker_shutdown_timeout`, or the longest request.
 */
export async function drain(context: ScenarioContext, replica: Replica): Promise<Drain> {
  const { cluster, nginx, log } = context;
  const marking = markDown(cluster.plan.nginxFiles, nginx.route?.upstream.name ?? null, replica);
  if (marking.kind === 'impossible') return { ...marking, why: nginx.routeProblem ?? marking.why };
  log(`${replica.hostname}: marked down, ${marking.serversLeft} left to serve`);
  const reload = await reloadWith(context, marking.files);
  if (reload.kind === 'reload-failed') return reload;
  const shutdownMs = nginx.shutdownTimeoutMs.value;
  const deadlineMs = shutdownMs > 0 ? shutdownMs + SHUTDOWN_SLACK_MS : LONGEST_REQUEST_MS;
  const drainedAt = await gone(context, reload.old, deadlineMs);
  const { serversLeft } = marking;
  return { kind: 'drained', serversLeft, drainAt: reload.at, drainedAt };
}

/** Gives NGINX its own configuration back; epoch milliseconds at which it serves with it. */
export async function undrain(context: ScenarioContext): Promise<{ kind: 'reloaded'; at: number } | ReloadFailure> {
  return reloadWith(context, context.cluster.plan.nginxFiles);
}

/**
 * `nginx -s reload` checks the configuration and fails where it is bad; a HUP signal would leave NGINX with the old one
 * and tell nobody. The master reads the configuration once more and may still refuse it, hence the look at the workers.
 */
async function reloadWith(
  context: ScenarioContext,
  files: readonly ContainerFile[],
): Promise<{ readonly kind: 'reloaded'; readonly at: number; readonly old: ReadonlySet<number> } | ReloadFailure> {
  const { engine, cluster } = context;
  if (!(await isRunning(context))) return NGINX_ENDED;
  const old = new Set((await workersOf(context)).map(({ pid }) => pid));
  await engine.writeFiles(cluster.loadBalancer.containerId, files);
  const result = await reloadNginx(context);
  if (result.exitCode !== 0) return { kind: 'reload-failed', why: `\`nginx -s reload\` failed: ${complaint(result)}` };
  const at = await replaced(context, old, TAKEOVER_MS);
  if (at !== null) return { kind: 'reloaded', at, old };
  if (!(await isRunning(context))) return NGINX_ENDED;
  return { kind: 'reload-failed', why: 'NGINX kept its old workers after `nginx -s reload`' };
}

async function isRunning({ engine, cluster }: ScenarioContext): Promise<boolean> {
  return (await engine.inspectContainer(cluster.loadBalancer.containerId)).running;
}
