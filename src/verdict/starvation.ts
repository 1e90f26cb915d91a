import type { ProcessorWait, ScenarioEvidence } from '../checks/evidence';
import { failTimeoutMs, WHOLE_SECOND_MS } from '../checks/observation';
import { groupsAsked, type NginxModel } from '../cluster/nginx/model';
import { nobodyLeftIn } from '../cluster/nginx/upstream';
import { isIdempotent, replicaAt } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';
import type { Measurement } from './measurement';
import { doubted } from './measurement';

/** How long, between two instants (epoch milliseconds), NGINX and the replica that waited most had to wait for a processor, in milliseconds. */
export type WaitMeter = (from: number, to: number) => number;

/** What makes a request fail may have come over NGINX or a replica a moment before, in milliseconds. */
const BEFORE_MS = 1_000;

/** Waiting longer than this for a turn is more than what starting and stopping containers cost a thread, in milliseconds. */
const STARVED_MS = 200;
/**
 * Whoever waits for a smaller part of a time is held up for moments; who waits for more is behind, and falls back further with each request that
 * comes.
 */
const STARVED_PART = 0.5;

type Known = Pick<ScenarioEvidence, 'processorWaits' | 'fault'>;

/**
 * How long a request may have waited for nothing but a processor of this machine: it needs NGINX, and a replica that nobody broke. What
 * the broken one waits for while it is broken is nobody's trouble.
 */
export function waitMeterOf(evidence: Known): WaitMeter {
  const meters = metersOf(evidence);
  return (from, to) => {
    const most = (some: typeof meters): number => Math.max(0, ...some.map(({ of }) => of(from, to)));
    const sum = most(meters.filter(({ who }) => who === null)) + most(meters.filter(({ who }) => who !== null));
    return Math.min(sum, Math.max(0, to - from));
  };
}

/**
 * Why what goes wrong for clients may be this machine's own doing, or null: replicas and NGINX had to wait for a processor, by what any other
 * process waited, or by what the kernel says of them. That nothing went wrong is worth the same all the more.
 */
export function starvation(evidence: ScenarioEvidence): string | null {
  const { check, load, startedAt, endedAt } = evidence;
  const { turnDelayP99Ms = 0 } = load;
  if (turnDelayP99Ms > STARVED_MS) {
    return `this machine was short of processors: whoever wanted one waited up to ${Math.round(turnDelayP99Ms)} ms for it (p99)`;
  }
  // There a neighbour is meant to take processors away.
  if (check === 'limits') return null;
  const waits = metersOf(evidence).map(({ who, of }) => ({ who, ms: of(startedAt, endedAt) }));
  const most = waits.reduce((a, b) => (b.ms > a.ms ? b : a), { who: null, ms: 0 });
  if (most.ms <= STARVED_PART * (endedAt - startedAt)) return null;
  return (
    `this machine was short of processors: ${most.who ?? 'NGINX'} was ready to run and waited for one in ` +
    `${seconds(most.ms)} of ${seconds(endedAt - startedAt)} s`
  );
}

/**
 * A count of failed requests, in doubt where some of them failed while NGINX or a replica that nobody broke had to wait for a processor.
 *
 * @param failed the samples that it counts.
 */
export function inDoubtIfStarved(
  measurement: Measurement,
  failed: readonly Sample[],
  evidence: Known & Pick<ScenarioEvidence, 'samples' | 'replicas'>,
  nginx: NginxModel,
): Measurement {
  const sure = notStarved(failed, evidence, nginx).length;
  if (sure === failed.length) return measurement;
  const why =
    `${failed.length - sure} of ${failed.length} failed while NGINX or a replica that nobody broke was ready to run and waited for a processor, ` +
    'or since NGINX had set replicas aside for that: this machine was short of them';
  return doubted(measurement, { value: sure, why });
}

/** A time that something took, in doubt where NGINX or a replica that nobody broke had no processor for most of a stretch (epoch milliseconds). */
export function inDoubtIfStarvedFor(
  measurement: Measurement,
  { from, to }: { readonly from: number; readonly to: number },
  evidence: Known,
): Measurement {
  const most = mostStarved(from, to, evidence);
  if (most === null) return measurement;
  const why = `meanwhile ${most} was ready to run and waited for a processor for most of the time: this machine was short of them`;
  return doubted(measurement, { value: 0, why });
}

/** Who had no processor for most of that time: a hostname or NGINX; null: nobody. */
function mostStarved(from: number, to: number, evidence: Known): string | null {
  const found = starvedIn(from, to, metersOf(evidence));
  return found === undefined ? null : (found.who ?? 'NGINX');
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

/**
 * The samples that did not fail for want of a processor, as far as can be told: NGINX and the replicas had one meanwhile. Nor had NGINX set
 * aside for that, until then, those of whom it had nobody left to ask.
 */
function notStarved(
  failed: readonly Sample[],
  evidence: Known & Pick<ScenarioEvidence, 'samples' | 'replicas'>,
  nginx: NginxModel,
): readonly Sample[] {
  if ((evidence.processorWaits ?? []).length === 0) return failed;
  const meters = metersOf(evidence);
  const isStarved = (sample: Sample): boolean =>
    !isLostWithBroken(sample, evidence) &&
    starvedIn(sample.scheduledAt - BEFORE_MS, sample.doneAt, meters) !== undefined;
  const nobody = new Set(groupsAsked(nginx).map(nobodyLeftIn));
  const hadNobody = ({ proxy }: Sample): boolean => nobody.has(proxy?.attempts.at(-1)?.address ?? '');
  const setAside = failed.some(hadNobody)
    ? evidence.samples.filter((sample) => failedUnbroken(sample, evidence) && isStarved(sample))
    : [];
  const asideMs = failTimeoutMs(nginx, null) + WHOLE_SECOND_MS;
  const isAftermath = (one: Sample): boolean =>
    hadNobody(one) && setAside.some(({ sentAt, doneAt }) => sentAt < one.doneAt && doneAt > one.sentAt - asideMs);
  return failed.filter((sample) => !isStarved(sample) && !isAftermath(sample));
}

/** What was sent to the broken replica, and must not be sent again, is lost whoever has a processor. */
function isLostWithBroken(sample: Sample, { replicas, fault }: Pick<ScenarioEvidence, 'replicas' | 'fault'>): boolean {
  const last = sample.proxy?.attempts.at(-1);
  if (last === undefined || last.bytesSent === 0 || isIdempotent(sample)) return false;
  return isOfBroken({ who: replicaAt(last.address, replicas), from: sample.sentAt, to: sample.doneAt }, fault);
}

/** Whether an attempt on a replica that nobody broke failed. */
function failedUnbroken({ proxy }: Sample, { replicas, fault }: Pick<ScenarioEvidence, 'replicas' | 'fault'>): boolean {
  return (proxy?.attempts ?? []).some(({ address, headerMs }) => {
    const hostname = replicaAt(address, replicas);
    return headerMs === null && hostname !== null && hostname !== fault?.victim;
  });
}

function starvedIn(from: number, to: number, meters: ReturnType<typeof metersOf>): (typeof meters)[number] | undefined {
  return meters.find(({ of }) => of(from, to) > STARVED_PART * (to - from));
}

/** Of each of those who waited and were not broken then. */
function metersOf({
  processorWaits = [],
  fault,
}: Known): readonly { readonly who: string | null; readonly of: WaitMeter }[] {
  const waits = processorWaits.filter((wait) => !isOfBroken(wait, fault));
  return [...Map.groupBy(waits, ({ who }) => who)].map(([who, own]) => ({ who, of: sumOver(own) }));
}

/** What a replica did or suffered between two instants, while it was broken. */
function isOfBroken({ who, from, to }: Omit<ProcessorWait, 'waitedMs'>, fault: Known['fault']): boolean {
  if (fault === null || who === null || who !== fault.victim) return false;
  return to > fault.injectedAt && from < (fault.healedAt ?? Infinity);
}

/** Waits of one container, which may be long: found by halving, since there may be hundreds of thousands of requests. */
function sumOver(waits: readonly ProcessorWait[]): WaitMeter {
  const parts: { readonly from: number; readonly to: number; readonly before: number; readonly waitedMs: number }[] =
    [];
  for (const { from, to, waitedMs } of waits.toSorted((a, b) => a.to - b.to)) {
    const last = parts.at(-1);
    // One that began before the last one ended was another thread's: no time is counted twice.
    const start = Math.max(from, last?.to ?? -Infinity);
    const before = last === undefined ? 0 : last.before + last.waitedMs;
    if (to > start) parts.push({ from: start, to, before, waitedMs: Math.min(waitedMs, to - start) });
  }
  const until = (instant: number): number => {
    let [low, high] = [0, parts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((parts[middle]?.from ?? Infinity) < instant) low = middle + 1;
      else high = middle;
    }
    const part = parts[low - 1];
    if (part === undefined) return 0;
    return part.before + part.waitedMs * Math.min(1, (instant - part.from) / (part.to - part.from));
  };
  return (from, to) => Math.max(0, until(to) - until(from));
}
