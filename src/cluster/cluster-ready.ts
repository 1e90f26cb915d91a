import { capitalized } from '../settings/wording';
import type { ClusterPlan, ClusterTools, LoadBalancer, Replica } from './cluster-types';
import type { Engine } from './engine';
import { listeningOf, listensElsewhere, NOTHING_LISTENS } from './listening';
import {
  describeAnswer,
  pastNginx,
  probe,
  speaksTls,
  throughNginx,
  waitReady,
  type ProbeAnswer,
  type Readiness,
} from './readiness';
import { LOG_FOLLOWS, NO_LOG, SetupError } from './setup-error';
import { adviceFor } from './start-complaints';
import { adviceForAnswer } from './unready-answer';

/** Whether, and when, the replica answers 2xx on the health path within this time; its own address, past NGINX. */
export function awaitReplica(
  plan: ClusterPlan,
  replica: Replica,
  timeoutMs: number,
  { engine, clock, signal }: ClusterTools,
): Promise<Readiness> {
  return waitReady(pastNginx(plan, replica, plan.healthPath), {
    ...{ timeoutMs, clock, signal },
    accept: (status) => status >= 200 && status < 300,
    stillRunning: async () => (await engine.inspectContainer(replica.containerId)).running,
  });
}

/** Waits until the replica answers 2xx on the health path; its own address, past NGINX. Epoch milliseconds. */
export async function replicaReady(
  plan: ClusterPlan,
  replica: Replica,
  timeoutMs: number,
  tools: ClusterTools,
): Promise<number> {
  return (await replicaStarted(plan, replica, timeoutMs, tools)).at;
}

/** The same, and for how long it took connections before, on which it said nothing. */
export async function replicaStarted(
  plan: ClusterPlan,
  replica: Replica,
  timeoutMs: number,
  tools: ClusterTools,
): Promise<Extract<Readiness, { readonly ready: true }>> {
  const readiness = await awaitReplica(plan, replica, timeoutMs, tools);
  if (readiness.ready) return readiness;
  const seconds = timeoutMs / 1000;
  const why = readiness.stopped
    ? await exitReason(replica.containerId, tools.engine)
    : `not within ${seconds} s (input startup-timeout): ${describeAnswer(readiness.last)}`;
  const written = await lastLines(replica.containerId, tools.engine, LINES_READ);
  const unreached = readiness.stopped ? null : await whyNotReached(plan, replica, readiness.last, tools);
  const known = unreached === null || unreached === NOTHING_LISTENS ? adviceFor(written, plan.hardened) : null;
  const advice = [unreached, known].filter((one) => one !== null).join('; ');
  throw new SetupError(
    `Replica ${replica.hostname} did not become ready on port ${replica.port}, path ${plan.healthPath} ` +
      `(inputs app-port, health-path): ${why}.${advice === '' ? '' : ` ${capitalized(advice)}.`}${logWords(written)}`,
    written.slice(-LAST_LINES),
  );
}

/** What is in the way of a replica that runs; null: nothing that shows. */
async function whyNotReached(
  plan: ClusterPlan,
  replica: Replica,
  last: ProbeAnswer,
  { engine, signal }: ClusterTools,
): Promise<string | null> {
  const target = pastNginx(plan, replica, plan.healthPath);
  if (await speaksTls(target)) return TLS_ADVICE;
  if (!isRefused(last)) return adviceForAnswer(last);
  const places = await listeningOf(await engine.inspectContainer(replica.containerId));
  // It may have begun to listen just now.
  if (places === null || !isRefused(await probe(target, signal))) return null;
  return listensElsewhere(places, replica.port);
}

function isRefused(answer: ProbeAnswer): boolean {
  return answer.kind === 'none' && answer.why.includes('ECONNREFUSED');
}

const TLS_ADVICE =
  'it speaks TLS there; let it serve plain HTTP in this network (input app-env), and NGINX TLS towards the clients';

async function exitReason(containerId: string, engine: Engine): Promise<string> {
  const state = await engine.inspectContainer(containerId);
  return `it exited with code ${state.exitCode}${state.oomKilled ? ', killed for using more memory than allowed (input memory)' : ''}`;
}

/** Waits until NGINX takes a request. What it answers, and when, is for the verdict: the app may be slow, or hang. */
export async function loadBalancerReady(
  plan: ClusterPlan,
  { containerId, address }: Pick<LoadBalancer, 'containerId' | 'address'>,
  tools: ClusterTools,
): Promise<LoadBalancer> {
  const { engine } = tools;
  const hostPort = (await engine.inspectContainer(containerId)).hostPorts[plan.nginxPort];
  if (hostPort !== undefined) {
    const readiness = await waitReady(throughNginx(plan, hostPort), {
      accept: () => true,
      acceptsSilence: true,
      timeoutMs: plan.startupTimeoutMs,
      clock: tools.clock,
      signal: tools.signal,
      stillRunning: async () => (await engine.inspectContainer(containerId)).running,
    });
    if (readiness.ready) {
      return { containerId, address, port: plan.nginxPort, hostPort, url: `http://127.0.0.1:${hostPort}` };
    }
  }
  const state = await engine.inspectContainer(containerId);
  const lines = await lastLines(containerId, engine);
  throw new SetupError(
    state.running
      ? `NGINX runs, but does not answer ${hostAdvice(plan)}.${logWords(lines)}`
      : `NGINX exited with code ${state.exitCode} before it served.${logWords(lines)}`,
    lines,
  );
}

function hostAdvice({ otherHosts: [first], host, nginxPort }: ClusterPlan): string {
  const whom = `requests for ${host ?? 'its address'} on port ${nginxPort}`;
  if (first !== undefined) {
    return `${whom}. Those for ${first} it would hand on to the replicas: give that name (input \`host: ${first}\`)`;
  }
  return host === null
    ? `${whom}. Where it closes the connections of whoever asks for no name of its own (\`return 444\`), give one (input host)`
    : whom;
}

/**
 * A probe path that the app itself does not know would make every answer meaningless. NGINX may ask the app for another path than its
 * clients ask for: one that comes through it is known.
 */
export async function appKnowsProbePath(
  plan: ClusterPlan,
  replica: Replica | undefined,
  loadBalancer: Pick<LoadBalancer, 'hostPort'>,
  signal: AbortSignal,
): Promise<void> {
  if (replica === undefined) return;
  const answer = await probe(pastNginx(plan, replica, plan.probePath), signal);
  if (answer.kind !== 'status' || !isRefusal(answer.status)) return;
  const through = await probe(throughNginx(plan, loadBalancer.hostPort), signal);
  if (through.kind === 'status' && through.status < 400) return;
  throw new SetupError(
    `Input \`probe-path\`: the app answers ${answer.status} to GET ${plan.probePath}; give a path that it serves.`,
  );
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500;
}

const LAST_LINES = 20;
/** A cause may stand further up, in an app that tells all that was being called. */
const LINES_READ = 200;

async function lastLines(containerId: string, engine: Engine, most = LAST_LINES): Promise<readonly string[]> {
  return (await engine.readLogs(containerId, most)).map((line) => line.text);
}

/** What a message says of the lines that follow it. */
function logWords(lines: readonly string[]): string {
  return lines.length === 0 ? NO_LOG : LOG_FOLLOWS;
}
