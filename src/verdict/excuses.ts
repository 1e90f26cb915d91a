import type { FaultEvidence, ScenarioEvidence } from '../checks/evidence';
import { WHOLE_SECOND_MS } from '../checks/observation';
import { groupsAsked, type NginxModel, type UpstreamServer } from '../cluster/nginx/model';
import { MOST_FAILS } from '../cluster/nginx/upstream';
import { isVersionAtLeast, KEEPALIVE_MIN_TIMEOUT_SINCE } from '../cluster/nginx/values';
import type { FaultName } from '../settings/settings';
import { clientError, isIdempotent, replicaAt } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';
import type { VictimAttempt } from './victim-attempts';
import { attemptsBeforeFault, attemptsOnVictim, attemptsWhileMended } from './victim-attempts';

/** Why a failed request is nobody's fault: no configuration could have saved it. */
export type Excuse =
  /** Not idempotent, and sent to the victim before NGINX could know: nobody may repeat it (RFC 9110, section 9.2.2). */
  | 'in-flight'
  /** The victim had sent the head of its answer and died before the rest: NGINX had passed it on, and cannot begin anew. */
  | 'cut-short'
  /** Under way in the worker process that was killed. */
  | 'lost-worker'
  /** On a kept connection that a reload closed; NGINX cannot be told to spare these before 1.27.4. */
  | 'closed-at-reload';

/** Between a failure and the moment from which NGINX's other workers surely act on it, in milliseconds. */
const HEARSAY_MS = 250;
/** Beyond what it had begun: what reaches an app just when it ends, on a machine that is slow, in milliseconds. */
const LAST_ONES_MS = 1_000;
/** Faults in which something else has the victim's address; to give it back breaks what is in flight there. */
const STOOD_IN_FOR: ReadonlySet<FaultName> = new Set(['dns', 'error']);
/** Faults that give the victim no time to finish what it has begun. */
const ABRUPT: ReadonlySet<FaultName> = new Set(['crash', 'oom', 'freeze', 'partition', ...STOOD_IN_FOR]);

/** The failed requests of a scenario that are excused, each with the reason. */
export function excusesOf(evidence: ScenarioEvidence, nginx: NginxModel): ReadonlyMap<Sample, Excuse> {
  const { fault, replicas, samples } = evidence;
  if (fault?.notRun !== null) return new Map();
  const failed = samples.filter(
    (sample) => sample.doneAt >= fault.injectedAt && clientError(sample, replicas) !== null,
  );
  // Where one request has two, the later one of these is told.
  return new Map([
    ...lossesOfNginx(failed, fault, nginx),
    ...lossesOnVictim(evidence, fault, nginx),
    ...lossesWhileMended(evidence, fault),
  ]);
}

type Excused = readonly (readonly [Sample, Excuse])[];

/** What a fault of NGINX itself took along; `dns` is about a replica's name, and reloads NGINX as well. */
function lossesOfNginx(failed: readonly Sample[], fault: FaultEvidence, nginx: NginxModel): Excused {
  if (fault.victim !== null && fault.name !== 'dns') return [];
  return failed.flatMap((sample): Excused => {
    const excuse = ofLoadBalancer(sample, fault, nginx);
    return excuse === null ? [] : [[sample, excuse]];
  });
}

/** What the broken replica took along. */
function lossesOnVictim(
  evidence: ScenarioEvidence,
  { victim, name, effectiveAt }: FaultEvidence,
  nginx: NginxModel,
): Excused {
  // A replica that is only late would have answered: whatever was cut off there was cut off by NGINX.
  if (victim === null || name === 'slow') return [];
  const onVictim = attemptsOnVictim(evidence);
  const deafFrom = deafSince(evidence);
  const entries = entriesOf(victim, nginx);
  const failed = onVictim.filter(({ sample, last }) => last && clientError(sample, evidence.replicas) !== null);
  return failed
    .filter(({ sample }) => !isToldOtherwise(sample))
    .flatMap((attempt): Excused => {
      const { sample, sent, beganAt } = attempt;
      const lost = sent && !isIdempotent(sample) && beganAt < deafFrom;
      if (lost && !wasKnown(attempt, onVictim, entries, nginx)) return [[sample, 'in-flight']];
      return ABRUPT.has(name) && wasCutShort(attempt, effectiveAt) ? [[sample, 'cut-short']] : [];
    });
}

/** What was in flight on a container that had the victim's address when the victim got it back. */
function lossesWhileMended(evidence: ScenarioEvidence, { victim, name, healedAt }: FaultEvidence): Excused {
  if (victim === null || !STOOD_IN_FOR.has(name)) return [];
  const failed = attemptsWhileMended(evidence).filter(
    ({ sample, last }) => last && clientError(sample, evidence.replicas) !== null,
  );
  return failed.flatMap((attempt): Excused => {
    const { sample, sent } = attempt;
    if (sent && !isIdempotent(sample)) return [[sample, 'in-flight']];
    return wasCutShort(attempt, healedAt ?? Infinity) ? [[sample, 'cut-short']] : [];
  });
}

/** A client that is told of success does not know what it lost: whatever lost it, NGINX need not have said so (`error_page 502 =200 …`). */
export function isToldOtherwise({ outcome }: Sample): boolean {
  return outcome.kind === 'answered' && outcome.status < 400;
}

/**
 * From when on a replica that is told to end took no request any more, though it still took connections (epoch milliseconds; Infinity: it
 * never did so): the kernel takes them for as long as the socket is open, whether or not anybody ever reads them. An app that ends leaves
 * unanswered at the most what it had begun, which is no older than its longest answer.
 */
export function deafSince(evidence: ScenarioEvidence): number {
  const { fault } = evidence;
  if (fault?.name !== 'stop') return Infinity;
  const longestMs = Math.max(0, ...attemptsBeforeFault(evidence).map(({ beganAt, endedAt }) => endedAt - beganAt));
  const taken = attemptsOnVictim(evidence).filter(({ headerMs }) => headerMs !== null);
  return Math.max(fault.injectedAt, ...taken.map(({ beganAt }) => beganAt)) + longestMs + LAST_ONES_MS;
}

/**
 * An answer of which the head had come from the victim by an instant, and of which the body never ended. NGINX
 * asks no other replica once it has sent something to the client (`u->header_sent` in
 * `ngx_http_upstream_finalize_request`).
 */
function wasCutShort({ sample, headerMs, beganAt }: VictimAttempt, by: number): boolean {
  const { outcome } = sample;
  const broken = outcome.kind === 'transport' || outcome.kind === 'timeout';
  return broken && headerMs !== null && beganAt + headerMs <= by;
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
  return version !== null && isVersionAtLeast(version, KEEPALIVE_MIN_TIMEOUT_SINCE);
}

/**
 * Whether NGINX had reason to leave the victim alone when it began an attempt. It has, where at least `max_fails` attempts on the victim had
 * failed since the last one that succeeded, none of them longer ago than `fail_timeout` (`ngx_http_upstream_get_round_robin_peer`). With
 * `fail_timeout=0` that is the rest of a second, and with 1 s hardly more: what meets the victim then, NGINX had a right to try.
 * Workers that share a zone count together, others each for itself.
 *
 * A configuration gets no excuse for terms under which NGINX hardly ever leaves a replica alone:
 * - with `max_fails=0`, which turns that off, a single failure is reason enough, however long ago it was;
 * - thirty failures are reason enough, however many more `max_fails` allows;
 * - a server error that a GET got counts as a failure also where `proxy_next_upstream` does not name its status, for it could.
 *
 * Where `proxy_next_upstream` does name it, an error may be handed to the client all the same: a POST must not be repeated, or no try is left.
 * To NGINX that is a success, after which it trusts the victim again (`ngx_http_upstream_test_next`).
 */
function wasKnown(
  attempt: VictimAttempt,
  all: readonly VictimAttempt[],
  entries: readonly Entry[],
  nginx: NginxModel,
): boolean {
  const words = nginx.way?.nextUpstream.value ?? [];
  const isUnnamed = ({ status }: VictimAttempt): boolean =>
    (status ?? 0) >= 500 && !words.includes(`http_${status ?? ''}`);
  const byEntry = ({ server, shared }: Entry): boolean => {
    // In whole seconds, so that a server may be tried again that much earlier than it says, too.
    const asideMs = server.maxFails === 0 ? Infinity : server.failTimeoutMs - WHOLE_SECOND_MS;
    const recent = all.filter(
      (other) =>
        (shared || other.worker === attempt.worker) &&
        // Of several groups each knows its own failures alone; those of one method are in one group, if any are.
        (entries.length === 1 || other.sample.method === attempt.sample.method) &&
        other.endedAt <= attempt.beganAt - HEARSAY_MS &&
        other.endedAt >= attempt.beganAt - asideMs,
    );
    const telling = recent.filter((other) => other.failed || isIdempotent(other.sample) || !isUnnamed(other));
    const isFailure = (other: VictimAttempt): boolean => other.failed || isUnnamed(other);
    const lastGoodAt = Math.max(
      -Infinity,
      ...telling.filter((other) => !isFailure(other)).map(({ endedAt }) => endedAt),
    );
    const failures = telling.filter((other) => isFailure(other) && other.endedAt > lastGoodAt).length;
    return failures >= Math.min(MOST_FAILS, Math.max(1, server.maxFails));
  };
  // Which of several groups it was asked in is not known: by none of them it may have been left alone.
  return entries.length > 0 && entries.every(byEntry);
}

/** A replica in a group, and whether all workers share what they know of it. */
interface Entry {
  readonly server: UpstreamServer;
  readonly shared: boolean;
}

function entriesOf(hostname: string, nginx: NginxModel): readonly Entry[] {
  return groupsAsked(nginx).flatMap(({ servers, zone }) =>
    servers
      .filter(({ replica }) => replica === hostname)
      .slice(0, 1)
      .map((server) => ({ server, shared: zone.value })),
  );
}

/** The replica that an attempt's address belongs to is the fault's victim. */
export function isOnVictim(address: string | undefined, { fault, replicas }: ScenarioEvidence): boolean {
  if (address === undefined || typeof fault?.victim !== 'string') return false;
  return replicaAt(address, replicas) === fault.victim;
}
