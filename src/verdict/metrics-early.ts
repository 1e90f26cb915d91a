import type { ScenarioEvidence } from '../checks/evidence';
import type { NginxModel } from '../cluster/nginx/model';
import type { Measurement } from './measurement';
import { measured } from './measurement';

/** What `failover.stall` allows of waiting, unless it is told otherwise, in milliseconds. */
const LONGEST_WAIT_MS = 6_000;

/**
 * For how long a replica that starts may take connections and say nothing on them: as long as NGINX waits for an answer, and would not give up
 * what it has sent there, or as a client may wait. In milliseconds.
 */
export function silenceBoundMs({ way }: Pick<NginxModel, 'way'>): number {
  return Math.min(way?.readTimeoutMs.value ?? Infinity, LONGEST_WAIT_MS);
}

/**
 * `failover.listens-early`: as the replica was seen from beside NGINX. Whether NGINX sends it a request just then is a matter of chance: it tries
 * one that it has set aside once in a `fail_timeout`.
 */
export function earlyMeasurement({ name, fault }: ScenarioEvidence, nginx: NginxModel): readonly Measurement[] {
  if (fault?.victim == null || fault.silentMs === undefined) return [];
  const isEarly = fault.silentMs > silenceBoundMs(nginx);
  const remark = isEarly
    ? `${fault.victim} took connections for ${(fault.silentMs / 1_000).toFixed(1)} s before it answered`
    : null;
  return [measured(name, 'failover.listens-early', 'count', isEarly ? 1 : 0, 1, remark)];
}
