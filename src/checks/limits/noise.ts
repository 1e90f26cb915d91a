import type { ReplicaPlace } from '../../traffic/attribution';
import { clientError, latenessMs, waitedMs } from '../../traffic/attribution';
import { percentile } from '../../traffic/percentile';
import type { Sample } from '../../traffic/sample';
import type { Phase, Probe } from '../evidence';
import { counted } from '../../settings/wording';

/** A stretch of time, in epoch milliseconds. */
export type Stretch = Pick<Phase, 'from' | 'to'>;

/** How the traffic of a stretch fared. */
export interface Fare {
  readonly samples: number;
  readonly errors: number;
  /** Milliseconds; of the waits, and of how late the generator itself was. */
  readonly waitP99Ms: number;
  readonly latenessP99Ms: number;
}

/** Fewer samples than this have no 99th percentile worth the name, and without an error show nothing. */
const LEAST_SAMPLES = 50;
/** A wait below this is nobody's trouble, however short waits were before. */
const HARMLESS_MS = 250;
const TIMES_BASELINE = 10;
/** Later than this and the generator speaks of itself. */
const LATE_MS = 50;

/** How the requests that were due in a stretch, and could be sent, fared. */
export function fareOf({ from, to }: Stretch, samples: readonly Sample[], replicas: readonly ReplicaPlace[]): Fare {
  const due = samples.filter(
    ({ scheduledAt, outcome }) => scheduledAt >= from && scheduledAt < to && outcome.kind !== 'not-sent',
  );
  return {
    samples: due.length,
    errors: due.filter((sample) => clientError(sample, replicas) !== null).length,
    waitP99Ms: percentile(due.map(waitedMs), 0.99),
    latenessP99Ms: percentile(due.map(latenessMs), 0.99),
  };
}

/**
 * The 99th percentile that a neighbour may cause, in milliseconds: from the same run's own baseline, unless other scenarios at the same time
 * have made that worse than the replicas themselves would.
 */
export function waitBoundMs(baseline: Fare, shared = false): number {
  return shared ? HARMLESS_MS : Math.max(HARMLESS_MS, TIMES_BASELINE * baseline.waitP99Ms);
}

/** Whether a stretch was worse than a neighbour may make it; null: it cannot be told. */
export function isSlow(noisy: Fare, baseline: Fare, boundMs = waitBoundMs(baseline)): boolean | null {
  if (tooLittle(noisy, baseline) !== null) return null;
  return noisy.waitP99Ms > boundMs;
}

/** Whether a stretch was bad enough to look again. */
export function looksBad(noisy: Fare, baseline: Fare): boolean {
  return noisy.errors > 0 || isSlow(noisy, baseline) === true;
}

/**
 * Whether the replicas’ clients saw errors because of a neighbour: in every one of several rounds with it, and in no calm
 * stretch, while the load generator itself was on time.
 */
export function errorProbe(neighbour: string, rounds: readonly Fare[], calm: readonly Fare[], baseline: Fare): Probe {
  const probe = {
    id: `${neighbour}-errors`,
    subject: neighbour,
    claim: 'the replicas’ clients see no error while it misbehaves',
  };
  const [samples, errors] = [sum(rounds.map((one) => one.samples)), sum(rounds.map((one) => one.errors))];
  const seen = `${counted(errors, 'error')} in ${counted(samples, 'request')}`;
  if (samples === 0) return { ...probe, seen: 'no request was due meanwhile', holds: null };
  if (errors === 0 && samples < LEAST_SAMPLES) {
    return { ...probe, seen: `only ${counted(samples, 'request')} to tell from (raise the input rate)`, holds: null };
  }
  if (errors === 0) return { ...probe, seen, holds: true };
  if ([baseline, ...calm].some((stretch) => stretch.errors > 0)) {
    return { ...probe, seen: `${seen}, and errors without it too`, holds: null };
  }
  if (rounds.length === 1 || rounds.some((round) => round.errors === 0)) {
    return { ...probe, seen: `${seen}, but not every time`, holds: null };
  }
  const late = Math.max(...rounds.map((round) => round.latenessP99Ms));
  if (late > LATE_MS) {
    return { ...probe, seen: `${seen}, but the machine was late itself: p99 ${Math.round(late)} ms`, holds: null };
  }
  return { ...probe, seen, holds: false };
}

/**
 * Whether a neighbour slows the replicas down. It is blamed only when it did so in every one of several rounds, with a calm
 * stretch between that was not slow: a machine that is short of processors is slow in the calm too.
 *
 * @param rounds with the neighbour, in order; at least one.
 * @param calm stretches between the rounds.
 * @param shared other scenarios ran at the same time.
 */
export function waitProbe(
  neighbour: string,
  rounds: readonly Fare[],
  calm: readonly Fare[],
  baseline: Fare,
  shared = false,
): Probe {
  const bound = Math.round(waitBoundMs(baseline, shared));
  const probe = {
    id: `${neighbour}-wait`,
    subject: neighbour,
    claim: `99 of 100 requests wait no longer than ${bound} ms while it misbehaves`,
  };
  const little = rounds.map((round) => tooLittle(round, baseline)).find((why) => why !== null);
  if (little !== undefined) return { ...probe, seen: little, holds: null };
  const p99s = rounds.map(({ waitP99Ms }) => `${Math.round(waitP99Ms)} ms`).join(', then ');
  const seen = `p99 ${p99s}; ${Math.round(baseline.waitP99Ms)} ms before`;
  if (rounds.some((round) => isSlow(round, baseline, bound) === false)) return { ...probe, seen, holds: true };
  if (rounds.length < 2 || calm.some((stretch) => isSlow(stretch, baseline, bound) !== false)) {
    return { ...probe, seen: `${seen}, but the machine was as slow without it`, holds: null };
  }
  return { ...probe, seen, holds: false };
}

/** Whether a probe says that the replicas suffered from a neighbour, or that this could not be told. */
export function isHarm({ id, holds }: Probe): boolean {
  return holds !== true && (id.endsWith('-errors') || id.endsWith('-wait'));
}

function tooLittle(noisy: Fare, baseline: Fare): string | null {
  const fewest = Math.min(noisy.samples, baseline.samples);
  if (fewest < LEAST_SAMPLES) return `only ${counted(fewest, 'request')} to tell from (raise the input rate)`;
  const late = Math.max(noisy.latenessP99Ms, baseline.latenessP99Ms);
  return late > LATE_MS ? `the load generator itself was late: p99 ${Math.round(late)} ms` : null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
