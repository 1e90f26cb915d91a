import { replicaAt, type ReplicaPlace } from './attribution';
import type { Sample } from './sample';

/** A replica's end on purpose; instants are epoch milliseconds. */
export interface Ending {
  readonly replica: string;
  /** From when on it was told to end, or was ended. */
  readonly from: number;
  /** Nothing of it was left then, and nothing else in its place yet. */
  readonly to: number;
  /** Answers that had ended by then tell how long whole ones are; absent: all of the scenario do. */
  readonly alikeUntil?: number;
}

/** Fewer answers do not tell how long all of them are. */
const LEAST_ALIKE = 30;
/** Bodies whose lengths differ by more than this part of the longest have no length of their own. */
const MOST_DIFFERENCE = 0.1;
/** A process ends at one instant, and with it all its connections; so much later NGINX has surely seen it, in milliseconds. */
const INSTANT_MS = 300;
/** The only status of which the body is sure to be what was asked for. */
const OK = 200;

/** An answer that nothing but the end of the connection ended. */
interface OpenEnded {
  readonly sample: Sample;
  readonly replica: string;
  readonly bytes: number;
  readonly endedAt: number;
}

/**
 * The samples, with those marked whose answer a replica's end cut off, though NGINX and the client took it for whole. Where neither a length
 * nor a last chunk tells the end of a body, it ends with the connection (RFC 9112, section 6.3), and the kernel closes those of a process that
 * ends as it closes all others. Such a body is shorter than every whole one of its kind, and ended at the instant at which its replica did. Where
 * whole ones differ in length, or too few were seen, or the replica gave short ones before its last instant as well, nothing is marked.
 */
export function withCutOffs(
  samples: readonly Sample[],
  replicas: readonly ReplicaPlace[],
  endings: readonly Ending[],
): readonly Sample[] {
  const all = samples.flatMap((sample) => openEnded(sample, replicas));
  if (all.length === 0) return samples;
  const kinds = [...Map.groupBy(all, ({ sample }) => `${sample.method} ${sample.path} ${sample.delayMs > 0}`).values()];
  const marked = new Map(endings.flatMap((ending) => kinds.flatMap((kind) => cutOffs(kind, ending))));
  if (marked.size === 0) return samples;
  return samples.map((sample) => {
    const wholeBytes = marked.get(sample);
    return wholeBytes === undefined ? sample : { ...sample, wholeBytes };
  });
}

function openEnded(sample: Sample, replicas: readonly ReplicaPlace[]): readonly OpenEnded[] {
  const { outcome, proxy } = sample;
  const bytes = proxy?.openEndedBytes;
  if (proxy === null || bytes === undefined || outcome.kind !== 'answered' || outcome.status !== OK) return [];
  const last = proxy.attempts.at(-1);
  const replica = last?.status === OK ? replicaAt(last.address, replicas) : null;
  return replica === null ? [] : [{ sample, replica, bytes, endedAt: proxy.loggedAt }];
}

/** Those of one kind that one ending cut off, each with the bytes that whole ones have. */
function cutOffs(kind: readonly OpenEnded[], ending: Ending): readonly (readonly [Sample, number])[] {
  const { replica, from, to, alikeUntil = Infinity } = ending;
  const isLate = (one: OpenEnded): boolean => one.replica === replica && one.endedAt >= from && one.endedAt <= to;
  const late = kind.filter(isLate);
  const lengths = kind.filter((one) => !isLate(one) && one.endedAt <= alikeUntil).map(({ bytes }) => bytes);
  if (late.length === 0 || lengths.length < LEAST_ALIKE) return [];
  const longest = lengths.reduce((most, bytes) => Math.max(most, bytes), 0);
  const shortest = lengths.reduce((least, bytes) => Math.min(least, bytes), longest);
  const difference = longest - shortest;
  if (difference > MOST_DIFFERENCE * longest) return [];
  const short = late.filter(({ bytes }) => bytes < shortest - difference);
  const lastAt = late.reduce((last, { endedAt }) => Math.max(last, endedAt), from);
  // One that answers otherwise while it ends, as with a word that it does, has cut nothing off.
  if (short.some(({ endedAt }) => endedAt < lastAt - INSTANT_MS)) return [];
  return short.map(({ sample }) => [sample, shortest] as const);
}
