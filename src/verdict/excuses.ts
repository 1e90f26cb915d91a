import type { FaultEvidence, ScenarioEvidence } from '../checks/evidence';
import type { NginxModel, UpstreamServer } from '../cluster/nginx/model';
import { isVersionAtLeast } from '../cluster/nginx/values';
import { clientError, isIdempotent, replicaAt } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';
import type { VictimAttempt } from './victim-attempts';
import { attemptsOnVictim } from './victim-attempts';

/** Why a failed request is nobody's fault: no configuration could have saved it. */
export type Excuse =
  /** Not idempotent, and sent to the victim before NGINX could know: nobody may repeat it (RFC 9110, section 9.2.2). */
  | 'in-flight'
  /** Under way in the worker process that was killed. */
  | 'lost-worker'
  /** On a kept connection that a reload closed; NGINX cannot be told to spare these before 1.27.4. */
  | 'closed-at-reload';

/** Since this version `keepalive_min_timeout` makes a worker that shuts down wait for clients' next requests. */
const SPARES_CONNECTIONS = '1.27.4';
/** Between a failure and the moment from which NGINX's other workers surely act on it, in milliseconds. */
const HEARSAY_MS = 250;
/** NGINX counts `fail_timeout` in whole seconds: a server may be tried again up to this much earlier than it says. */
const WHOLE_SECOND_MS = 1_000;

/** The failed requests of a scenario that are excused, each with the reason. */
export function excusesOf(evidence: ScenarioEvidence, nginx: NginxModel): ReadonlyMap<Sample, Excuse> {
  const { fault, replicas, samples } = evidence;
  if (fault?.notRun !== null) return new Map();
  const failed = samples.filter(
    (sample) => sample.doneAt >= fault.injectedAt && clientError(sample, replicas) !== null,
  );
  const excuses = new Map<Sample, Excuse>();
  for (const sample of failed) {
    const excuse = fault.victim === null || fault.name === 'dns' ? ofLoadBalancer(sample, fault, nginx) : null;
    if (excuse !== null) excuses.set(sample, excuse);
  }
  // A replica that is only late would have answered: whatever was cut off there was cut off by NGINX.
  if (fault.victim === null || fault.name === 'slow') return excuses;
  const onVictim = attemptsOnVictim(evidence);
  for (const attempt of onVictim) {
    const { sample } = attempt;
    const lost = attempt.last && attempt.sent && !isIdempotent(sample) && clientError(sample, replicas) !== null;
    if (lost && !wasKnown(attempt, onVictim, serverOf(fault.victim, nginx), nginx)) excuses.set(sample, 'in-flight');
  }
  return excuses;
}

/** Of NGINX's own losses: `dns` breaks a replica's name, and reloads NGINX. */
function ofLoadBalancer(sample: Sample, fault: FaultEvidence, nginx: NginxModel): Excuse | null {
  const { outcome, proxy } = sample;
  // NGINX never came to log it: it was lost with the process or with the connection.
  if (outcome.kind !== 'transport' || proxy !== null) return null;
  if (fault.name === 'lb-worker-crash') return sample.sentAt <= fault.effectiveAt ? 'lost-worker' : null;
  return closedAtReload(sample) && !canSpareConnections(nginx) ? 'closed-at-reload' : null;
}

/** A request that nobody may repeat, on a kept connection that NGINX closed before it read it: reloads do so. */
export function closedAtReload(sample: Sample): boolean {
  const { outcome, proxy } = sample;
  return outcome.kind === 'transport' && outcome.reusedConnection && proxy === null && !isIdempotent(sample);
}

/** Whether this NGINX knows `keepalive_min_timeout`. */
export function canSpareConnections({ version }: NginxModel): boolean {
  return version !== null && isVersionAtLeast(version, SPARES_CONNECTIONS);
}

/**
 * Whether NGINX had reason to leave the victim alone when it began an attempt: within `fail_timeout` before, in the same state
 * (of all workers with a zone, else of this one), at least `max_fails` attempts there had failed and none had succeeded
 * (`ngx_http_upstream_get_round_robin_peer`). `max_fails=0` never leaves it alone; one failure is reason enough then. A server
 * error is a failure also where `proxy_next_upstream` does not make it one: it could.
 */
function wasKnown(
  attempt: VictimAttempt,
  all: readonly VictimAttempt[],
  server: UpstreamServer | undefined,
  nginx: NginxModel,
): boolean {
  if (server === undefined) return false;
  const shared = nginx.route?.upstream.zone.value === true;
  const recent = all.filter(
    (other) =>
      (shared || other.worker === attempt.worker) &&
      other.endedAt <= attempt.beganAt - HEARSAY_MS &&
      other.endedAt >= attempt.beganAt - (server.failTimeoutMs - WHOLE_SECOND_MS),
  );
  const failures = recent.filter(({ failed, status }) => failed || (status ?? 0) >= 500).length;
  return failures >= Math.max(1, server.maxFails) && failures === recent.length;
}

function serverOf(hostname: string, nginx: NginxModel): UpstreamServer | undefined {
  return nginx.route?.upstream.servers.find((server) => server.replica === hostname);
}

/** The replica that an attempt's address belongs to is the fault's victim. */
export function isOnVictim(address: string | undefined, { fault, replicas }: ScenarioEvidence): boolean {
  if (address === undefined || typeof fault?.victim !== 'string') return false;
  return replicaAt(address, replicas) === fault.victim;
}
