import { waitUntil } from '../../clock';
import type { Replica } from '../../cluster/cluster-types';
import type { ImageStart } from '../../cluster/engine';
import { replicaReady } from '../../cluster/cluster-ready';
import type { KernelSight, ProcessFacts } from '../../cluster/process-facts';
import { AT_ONCE_MS, GRACE_SECONDS, SIGKILLED } from '../container-stop';
import type { Probe, Start } from '../evidence';
import type { ScenarioContext } from '../scenario';
import type { SightedReplica } from '../sight';

/** What a replica is given on a machine that may only be slow. */
const LONG_GRACE_SECONDS = 30;
const POLL_MS = 50;

/**
 * Stops one replica as a deployment does, and sees whether it ends by itself. One that was killed although it has a handler
 * may only have been slow, as all is on a busy machine: another one then gets more time, and only if that is killed too is the app to
 * blame.
 *
 * @param image how it says that replicas are started; null: it is gone.
 */
export async function stopProbe(
  first: SightedReplica,
  second: SightedReplica,
  image: ImageStart | null,
  context: ScenarioContext,
): Promise<Probe> {
  const probe = {
    id: 'ends-on-sigterm',
    subject: first.replica.hostname,
    claim: `it ends by itself within ${GRACE_SECONDS} s when it is told to stop`,
  };
  const who = firstProcess(first.sight);
  const start = { first: who.facts === null ? null : { name: who.facts.name, argv: who.facts.argv }, image };
  const end = await stop(first.replica, GRACE_SECONDS, context);
  if (!end.killed) return { ...probe, seen: `${end.text}${who.text}`, holds: true };
  if (end.atOnce) return { ...probe, start, seen: `${end.text}${who.text}`, holds: false };
  const deaf = { ...probe, holds: false } as const;
  const mayTry = who.facts?.catchesSigint === true && (image?.stopSignal ?? null) === null;
  if (who.facts?.catchesSigterm === false) {
    const said = mayTry ? await interrupt(second.replica, context) : {};
    return { ...deaf, start: { ...start, ...said }, seen: `${end.text}; it has no handler${who.text}` };
  }
  context.log(`${first.replica.hostname} was killed; ${second.replica.hostname} gets ${LONG_GRACE_SECONDS} s`);
  const later = await stop(second.replica, LONG_GRACE_SECONDS, context);
  const seen = `${end.text}, and with more time, ${second.replica.hostname}: ${later.text}${who.text}`;
  if (!later.killed) return { ...probe, start, seen, holds: null };
  if (!mayTry) return { ...deaf, start, seen };
  if (!context.cluster.plan.ownership.kept) await startAnew(second.replica, context);
  return { ...deaf, start: { ...start, ...(await interrupt(second.replica, context)) }, seen };
}

/**
 * Whether a replica that does not end on SIGTERM does on SIGINT, as on Ctrl+C: Python's own default raises KeyboardInterrupt then (signal, "General
 * rules"), and PHP's server has a handler for it alone. Its image can then say so (STOPSIGNAL). Empty: it does not, or not in time.
 */
async function interrupt(replica: Replica, context: ScenarioContext): Promise<Pick<Start, 'onSigint'>> {
  const { engine, clock, cluster, signal } = context;
  const { hostname, containerId } = replica;
  const from = clock.now();
  await engine.killContainer(containerId, 'SIGINT');
  const state = await waitUntil({
    poll: async () => {
      const seen = await engine.inspectContainer(containerId);
      return seen.running ? null : seen;
    },
    ...{ timeoutMs: GRACE_SECONDS * 1000, intervalMs: POLL_MS, clock, signal },
  });
  const seconds = ((clock.now() - from) / 1000).toFixed(1);
  if (state === null) return {};
  if (cluster.plan.ownership.kept) await startAnew(replica, context);
  return { onSigint: `${hostname} ended ${seconds} s after SIGINT with exit code ${state.exitCode}` };
}

async function startAnew(replica: Replica, context: ScenarioContext): Promise<void> {
  const { engine, cluster } = context;
  await engine.startContainer(replica.containerId);
  await replicaReady(cluster.plan, replica, cluster.plan.startupTimeoutMs, context);
}

async function stop(
  replica: Replica,
  graceSeconds: number,
  context: ScenarioContext,
): Promise<{ readonly killed: boolean; readonly atOnce: boolean; readonly text: string }> {
  const { engine, clock, cluster } = context;
  const from = clock.now();
  await engine.stopContainer(replica.containerId, graceSeconds);
  const seconds = (clock.now() - from) / 1000;
  const { exitCode } = await engine.inspectContainer(replica.containerId);
  // Whoever keeps the cluster wants all of it.
  if (cluster.plan.ownership.kept) await startAnew(replica, context);
  if (exitCode !== SIGKILLED) {
    // The engine gave it no more time than that; the rest is what it took itself, on a machine that is busy.
    const when = seconds <= graceSeconds ? `after ${seconds.toFixed(1)} s` : 'in time';
    return { killed: false, atOnce: false, text: `it ended ${when} with exit code ${exitCode}` };
  }
  return seconds * 1000 < AT_ONCE_MS
    ? {
        killed: true,
        atOnce: true,
        text: 'it was killed at once: the signal by which its image wants it stopped (STOPSIGNAL) is SIGKILL',
      }
    : { killed: true, atOnce: false, text: `it did not end and was killed after ${graceSeconds} s` };
}

/** `facts` null: not visible here. */
function firstProcess(sight: KernelSight): { readonly facts: ProcessFacts | null; readonly text: string } {
  const first = sight.visible ? sight.facts.processes[0] : undefined;
  return first === undefined ? { facts: null, text: '' } : { facts: first, text: ` (its PID 1 is ${first.name})` };
}
