import { groupsAsked, type NginxModel, type UpstreamServer } from '../cluster/nginx/model';
import { isNeverSetAside } from '../cluster/nginx/upstream';
import type { Gate } from '../settings/gates';
import type { FaultName } from '../settings/settings';
import type { Fault } from './faults/fault';

/** NGINX counts `fail_timeout` in whole seconds (`ngx_time()`), so a server is back up to one second later. */
export const WHOLE_SECOND_MS = 1_000;
/** After a server is eligible again: time for traffic to reach it. */
const PROBE_MS = 1_500;
/** Long enough to see what a fault does at once. */
const BRIEF_MS = WHOLE_SECOND_MS + PROBE_MS;
/** A configuration may put a failed server aside for hours; longer than this nobody waits for a pull request. */
const MOST_MS = 60_000;
const DEFAULT_RECOVERY_MS = 15_000;
/** NGINX's default `fail_timeout`. */
const USUAL_ASIDE_MS = 10_000;

/**
 * The `fail_timeout` of a replica's own lines, in milliseconds: how long NGINX leaves others alone is nothing to it. The longest of all where it
 * has none, or (null) none in particular is meant.
 */
export function failTimeoutMs(nginx: NginxModel, victim: string | null): number {
  return Math.max(0, ...linesOf(nginx, victim).map((line) => line.failTimeoutMs));
}

function linesOf(nginx: NginxModel, victim: string | null): readonly UpstreamServer[] {
  const all = groupsAsked(nginx).flatMap(({ servers }) => servers);
  const own = all.filter(({ replica }) => replica !== null && replica === victim);
  return own.length > 0 ? own : all;
}

/**
 * How long a fault is kept up, in milliseconds, before the requests that hang are waited for.
 * - Usually past the victim's own `fail_timeout`: only then does NGINX send the next request to the broken replica, and a verdict
 *   before that is blind to what this request suffers.
 * - On a victim that hangs, the first requests wait for `proxy_read_timeout` anyway, and that time counts.
 * - A victim that is never set aside is watched until requests have been sent to it after the first ones failed there.
 * - A fault that leaves nothing broken behind, such as a reload, is watched briefly.
 * - So is one after which NGINX asks the victim again later than anybody would wait. Mending the victim soon then shows best how long
 *   NGINX leaves it alone.
 */
export function observationMs(nginx: NginxModel, window: Fault['window'], victim: string): number {
  if (window === 'brief' || asideForTooLong(nginx, victim)) return BRIEF_MS;
  const hangMs = window === 'hang' ? (nginx.way?.readTimeoutMs.value ?? 0) : 0;
  const isNever = linesOf(nginx, victim).some(isNeverSetAside);
  const afterFailureMs = isNever ? hangMs + BRIEF_MS : 0;
  return Math.min(MOST_MS, Math.max(BRIEF_MS, failTimeoutMs(nginx, victim) + BRIEF_MS - hangMs, afterFailureMs));
}

/** Whether NGINX leaves a failed replica alone for longer than a fault is kept up, so that nobody sees what becomes of the next request to it. */
export function asideForTooLong(nginx: NginxModel, victim: string): boolean {
  return failTimeoutMs(nginx, victim) + BRIEF_MS > MOST_MS;
}

/**
 * How long after a rolling update's errors, in milliseconds, NGINX has asked those again that it set aside for them; whoever has a longer
 * `fail_timeout` than usual is told what was seen by then.
 */
export function asideMs(nginx: NginxModel): number {
  return Math.min(failTimeoutMs(nginx, null), USUAL_ASIDE_MS) + BRIEF_MS;
}

/** The tightest bound on the longest wait under a fault that a failing gate sets, in milliseconds; Infinity: there is none. */
export function stallBoundMs(gates: readonly Gate[], fault: FaultName): number {
  const bounds = gates.filter(
    ({ metric, operator, severity }) =>
      severity === 'fail' &&
      operator.startsWith('<') &&
      (metric === 'failover.stall' || metric === `failover.${fault}.stall`),
  );
  return Math.min(Infinity, ...bounds.map(({ allowed }) => allowed));
}

/**
 * How long a mended replica may take to serve again before the scenario gives up: past the gate, so that it can fail, and no longer, for
 * then it is lost. Where no gate fails for it, past the `fail_timeout`, so that it can be told.
 *
 * @param victim null: NGINX was.
 */
export function recoveryMs(nginx: NginxModel, gates: readonly Gate[], victim: string | null): number {
  const bounds = gates.filter((gate) => gate.metric.endsWith('.recover') && gate.operator.startsWith('<'));
  const longest = Math.max(DEFAULT_RECOVERY_MS, ...bounds.map((gate) => gate.allowed));
  const isGated = bounds.some(({ severity }) => severity === 'fail');
  const toldMs = isGated ? 0 : Math.min(MOST_MS, failTimeoutMs(nginx, victim));
  return Math.max(longest, toldMs) + BRIEF_MS;
}
