import type { NginxModel } from '../cluster/nginx/model';
import type { Gate } from '../settings/gates';

/** NGINX counts `fail_timeout` in whole seconds (`ngx_time()`), so a server is back up to one second later. */
const WHOLE_SECONDS_MS = 1_000;
/** After a server is eligible again: time for traffic to reach it. */
const PROBE_MS = 1_500;
/** A configuration may put a failed server aside for hours; longer than this nobody waits for a pull request. */
const MOST_MS = 60_000;
const DEFAULT_RECOVERY_MS = 15_000;

/** The longest `fail_timeout` of the servers under test, in milliseconds. */
export function failTimeoutMs(nginx: NginxModel): number {
  return Math.max(0, ...(nginx.route?.upstream.servers.map((server) => server.failTimeoutMs) ?? []));
}

/**
 * How long a fault is kept up: past the configuration's own `fail_timeout`, when NGINX sends the next request to the
 * broken replica; a verdict before that is blind to what this request suffers.
 */
export function observationMs(nginx: NginxModel): number {
  return Math.min(MOST_MS, failTimeoutMs(nginx) + WHOLE_SECONDS_MS + PROBE_MS);
}

/** How long a fault is watched that leaves nothing broken behind, such as a reload. */
export function briefMs(): number {
  return WHOLE_SECONDS_MS + PROBE_MS;
}

/** How long a mended replica may take to serve again before the scenario gives up: past the gate, so that it can fail. */
export function recoveryMs(nginx: NginxModel, gates: readonly Gate[]): number {
  const bounds = gates.filter((gate) => gate.metric.endsWith('.recover') && gate.operator.startsWith('<'));
  const longest = Math.max(DEFAULT_RECOVERY_MS, ...bounds.map((gate) => gate.allowed));
  return Math.max(longest, Math.min(MOST_MS, failTimeoutMs(nginx))) + WHOLE_SECONDS_MS + PROBE_MS;
}
