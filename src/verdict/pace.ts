import type { RolloutEvidence, ScenarioEvidence } from '../checks/evidence';
import { clientError, isIdempotent, servedBy } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';
import type { Measurement } from './measurement';
import { measured } from './measurement';
import { beforeFault, LEAST_SAMPLES, median } from './soundness';

/** Fewer answers side by side are too few to tell a version from the moment. */
const LEAST_BESIDE = 10;
/** Less than so many times as long is within what a busy machine does. */
const TIMES = 5;

/** How long the two versions take to answer, median, in milliseconds. */
export interface Pace {
  readonly oldMs: number;
  readonly newMs: number;
  /** By how much the new one is slower, in each comparison that there is; 0: in some it is not, or hardly. */
  readonly slowerMs: number;
  /** Answers of the new version that this rests on. */
  readonly samples: number;
}

/**
 * How the answers of GETs took in both versions; null: it cannot be compared. They are compared twice. What was before the update with
 * what was after it, of which only the second half counts: a new version may have to warm up. And, as the machine may have other things to do
 * before than after, those that both versions gave at the same time, while some replicas were replaced and others not yet.
 */
export function paceOf(evidence: ScenarioEvidence): Pace | null {
  const { rollout, samples } = evidence;
  if (rollout === null || rollout.sameImage || rollout.failure !== null) return null;
  const answers = (some: readonly Sample[]): readonly Sample[] => some.filter((one) => isPlain(one, evidence));
  const before = answers(beforeFault(evidence));
  const after = answers(samples.filter(({ sentAt }) => sentAt >= rollout.endedAt));
  const beside = besideEachOther(answers(samples), evidence, rollout);
  const isFew = Math.min(before.length, after.length) < LEAST_SAMPLES;
  if (isFew || Math.min(beside.old.length, beside.new.length) < LEAST_BESIDE) return null;
  const warm = after.slice(Math.floor(after.length / 2));
  const [oldMs, newMs] = [medianMs(before), medianMs(warm)];
  const slowerMs = Math.min(slower(oldMs, newMs), slower(medianMs(beside.old), medianMs(beside.new)));
  return { oldMs, newMs, slowerMs, samples: warm.length };
}

/** `rollout.slower`; none where the versions cannot be compared. */
export function paceMeasurements(evidence: ScenarioEvidence): readonly Measurement[] {
  const pace = paceOf(evidence);
  if (pace === null) return [];
  const { oldMs, newMs, slowerMs, samples } = pace;
  const words =
    slowerMs === 0 ? null : `median answer ${Math.round(newMs)} ms, before the update ${Math.round(oldMs)} ms`;
  return [measured(evidence.name, 'rollout.slower', 'ms', slowerMs, samples, words)];
}

/** Answers from when the first replica was back until the last one was spared, apart by what gave them. */
function besideEachOther(
  answers: readonly Sample[],
  { replicas }: ScenarioEvidence,
  { steps }: RolloutEvidence,
): { readonly old: readonly Sample[]; readonly new: readonly Sample[] } {
  const turns = new Map(steps.map((step) => [step.replica, step]));
  const from = Math.min(...steps.map(({ backAt }) => backAt ?? Infinity));
  const to = Math.max(...steps.map(({ drainAt, stopAt }) => drainAt ?? stopAt ?? -Infinity));
  const groups = Map.groupBy(answers, (sample) => {
    const turn = turns.get(servedBy(sample, replicas) ?? '');
    if (turn === undefined || sample.sentAt < from || sample.sentAt >= to) return null;
    if (sample.sentAt >= (turn.backAt ?? Infinity)) return 'new';
    return sample.doneAt < (turn.drainAt ?? turn.stopAt ?? -Infinity) ? 'old' : null;
  });
  return { old: groups.get('old') ?? [], new: groups.get('new') ?? [] };
}

/** A GET that asked for no delay, and that the first replica asked answered well. */
function isPlain(sample: Sample, { replicas }: ScenarioEvidence): boolean {
  const isOne = isIdempotent(sample) && sample.delayMs === 0 && sample.proxy?.attempts.length === 1;
  return isOne && servedBy(sample, replicas) !== null && clientError(sample, replicas) === null;
}

function slower(oldMs: number, newMs: number): number {
  return newMs >= TIMES * oldMs ? newMs - oldMs : 0;
}

function medianMs(samples: readonly Sample[]): number {
  return median(samples.map(({ proxy }) => proxy?.attempts[0]?.responseMs ?? 0));
}
