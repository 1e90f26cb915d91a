import { faultRun } from './not-run';
import type { ReportInterval, ReportScenario } from './schema';

/** A stretch of a scenario in which the same went on. */
export interface Stretch extends ReportInterval {
  readonly kind: 'stretch';
  /** Milliseconds since the start of the scenario, as `from`. */
  readonly to: number;
}

/** Something that was done to the cluster, or that it did. */
export interface Moment {
  readonly kind: 'moment';
  readonly at: number;
  readonly what: string;
}

/** Requests that waited less than this are nothing to look at, in milliseconds. */
const SLOW_MS = 1_000;
/** More rows than this nobody reads. */
const MOST_STRETCHES = 24;

/**
 * A scenario's timeline with quiet stretches drawn together, and with the moments in between: what a reader has to see of it,
 * in the order of time. Where too much goes on, intervals are drawn together in twos, fours and so on.
 */
export function timelineOf(scenario: ReportScenario): readonly (Stretch | Moment)[] {
  const moments = momentsOf(scenario);
  let stretches = scenario.timeline.map((interval, index) => stretchOf(interval, scenario, index));
  for (let quiet = merged(stretches, moments, isQuiet); ; quiet = merged(stretches, moments, isQuiet)) {
    if (quiet.length <= MOST_STRETCHES || stretches.length <= 1) return inOrder(quiet, moments);
    stretches = inTwos(stretches);
  }
}

function momentsOf(scenario: ReportScenario): readonly Moment[] {
  const { rollout } = scenario;
  const fault = faultRun(scenario);
  const moment = (at: number, what: string): Moment => ({ kind: 'moment', at, what });
  if (rollout !== null) {
    return [
      ...rollout.steps.flatMap(({ replica, stopAt, readyAt }) => [
        ...(stopAt === null ? [] : [moment(stopAt, `${replica} is told to end`)]),
        ...(readyAt === null ? [] : [moment(readyAt, `${replica} is ready again`)]),
      ]),
      moment(rollout.endedAt, rollout.failure === null ? 'the update is over' : 'the update is given up'),
    ];
  }
  if (fault === null) return [];
  return [
    moment(fault.injectedAt, `${fault.name} of ${fault.victim}`),
    moment(fault.healStartedAt, `mending of ${fault.victim} begins`),
    ...(fault.healedAt === null ? [] : [moment(fault.healedAt, `${fault.victim} is ready again`)]),
  ];
}

function stretchOf(interval: ReportInterval, { interval: length, duration }: ReportScenario, index: number): Stretch {
  return { kind: 'stretch', ...interval, to: Math.min(duration, (index + 1) * length) };
}

function isQuiet({ errors, retried, slowest }: Stretch): boolean {
  return errors === 0 && retried === 0 && slowest < SLOW_MS;
}

/** Draws neighbours together when both are quiet, and no moment lies in the second. */
function merged(
  stretches: readonly Stretch[],
  moments: readonly Moment[],
  quiet: (stretch: Stretch) => boolean,
): readonly Stretch[] {
  const startsAnew = ({ from, to }: Stretch): boolean => moments.some(({ at }) => at >= from && at < to);
  return stretches.reduce<Stretch[]>((done, next) => {
    const last = done.at(-1);
    if (last !== undefined && quiet(last) && quiet(next) && !startsAnew(next)) {
      done[done.length - 1] = joined(last, next);
    } else {
      done.push(next);
    }
    return done;
  }, []);
}

function inTwos(stretches: readonly Stretch[]): Stretch[] {
  return stretches.flatMap((stretch, index) => {
    if (index % 2 === 1) return [];
    const next = stretches[index + 1];
    return [next === undefined ? stretch : joined(stretch, next)];
  });
}

function joined(a: Stretch, b: Stretch): Stretch {
  return {
    kind: 'stretch',
    from: a.from,
    to: b.to,
    due: a.due + b.due,
    errors: a.errors + b.errors,
    retried: a.retried + b.retried,
    slowest: Math.max(a.slowest, b.slowest),
  };
}

/** A moment stands before the stretch in which it lies. */
function inOrder(stretches: readonly Stretch[], moments: readonly Moment[]): readonly (Stretch | Moment)[] {
  const within = ({ from, to }: Stretch): readonly Moment[] => moments.filter(({ at }) => at >= from && at < to);
  const placed = stretches.flatMap((stretch) => [...within(stretch), stretch]);
  return [...placed, ...moments.filter((moment) => !placed.includes(moment))];
}
