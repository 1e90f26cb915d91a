import type { ReplicaPlace } from './attribution';
import { servedBy } from './attribution';
import type { Sample } from './sample';

/** Requests a replica that are looked at together when its share is measured. */
const WINDOW_PER_REPLICA = 10;
/** A replica serves its share again from this part of what it served before the fault. */
const SUFFICIENT_PART = 0.8;

/** A replica's share of the served requests, 0 to 1; 0 when nothing was served. */
function shareOf(hostname: string, samples: readonly Sample[], replicas: readonly ReplicaPlace[]): number {
  const served = samples.map((sample) => servedBy(sample, replicas)).filter((replica) => replica !== null);
  return served.length === 0 ? 0 : served.filter((replica) => replica === hostname).length / served.length;
}

/**
 * When the replica began to serve its usual share again: the time of its first answer in the first run of requests
 * (10 a replica, in the order in which they were due, all after `from`) of which it served at least 0.8 of its usual
 * share. NGINX raises the weight of a replica that failed only step by step (`effective_weight` in
 * ngx_http_upstream_round_robin.c), hence not the whole share. Null: not yet.
 *
 * @param samples in the order in which they were due.
 * @param from epoch milliseconds.
 * @param usualShare 0 to 1, from before the fault.
 */
function recoveredAt(
  hostname: string,
  samples: readonly Sample[],
  replicas: readonly ReplicaPlace[],
  from: number,
  usualShare: number,
): number | null {
  const size = WINDOW_PER_REPLICA * replicas.length;
  const needed = Math.max(1, Math.floor(size * usualShare * SUFFICIENT_PART));
  const served = samples
    .filter((sample) => sample.scheduledAt >= from)
    .map((sample) => ({ hostname: servedBy(sample, replicas), doneAt: sample.doneAt }))
    .filter((one) => one.hostname !== null);
  let inWindow = 0;
  for (const [index, one] of served.entries()) {
    if (one.hostname === hostname) inWindow += 1;
    if (index >= size && served[index - size]?.hostname === hostname) inWindow -= 1;
    if (index >= size - 1 && inWindow >= needed) {
      const first = served.slice(index - size + 1, index + 1).find((candidate) => candidate.hostname === hostname);
      return first?.doneAt ?? null;
    }
  }
  return null;
}

/**
 * When the last of several replicas began to serve its usual share again (as {@link recoveredAt}); null: not all do yet.
 *
 * @param before samples from before the fault, which tell the usual shares.
 */
export function allRecoveredAt(
  hostnames: readonly string[],
  before: readonly Sample[],
  samples: readonly Sample[],
  replicas: readonly ReplicaPlace[],
  from: number,
): number | null {
  const usual = hostnames.map((hostname) => ({ hostname, share: shareOf(hostname, before, replicas) }));
  // One that served nothing before has nothing to come back to: with ip_hash one client sees one replica.
  const serving = usual.some(({ share }) => share > 0) ? usual.filter(({ share }) => share > 0) : usual;
  const times = serving.map(({ hostname, share }) => recoveredAt(hostname, samples, replicas, from, share));
  return times.includes(null) ? null : Math.max(from, ...times.map((time) => time ?? from));
}
