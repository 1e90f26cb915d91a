import type { ScenarioEvidence } from '../../checks/evidence';
import { clientError } from '../../traffic/attribution';
import { attemptsOf, requestsOf, type SeenAttempt } from './calm';
import type { Case } from './diagnosis';

/** A replica's time in a scenario from when it was ready until somebody broke or replaced it. */
export interface Stay {
  readonly replica: string;
  /** Epoch milliseconds. */
  readonly from: number;
  /** The attempts on it in that time. */
  readonly attempts: readonly SeenAttempt[];
  /** When it had given its first good answer, and when the last request was sent that it answered well. */
  readonly firstGoodAt: number;
  readonly lastGoodSentAt: number;
}

/** Every stay of every replica that is left to itself. */
export function staysOf({ scenarios }: Case): readonly Stay[] {
  return scenarios
    .filter(({ check }) => check !== 'limits')
    .flatMap((scenario) => {
      const attempts = attemptsOf(requestsOf(scenario));
      return scenario.replicas.flatMap(({ hostname }) => {
        const own = attempts.filter(({ replica }) => replica === hostname);
        return timesOf(scenario, hostname).map(({ from, to }) => stay(hostname, from, to, own));
      });
    });
}

function timesOf(
  { fault, rollout, startedAt }: ScenarioEvidence,
  hostname: string,
): readonly { readonly from: number; readonly to: number }[] {
  if (rollout !== null) return [{ from: startedAt, to: rollout.startedAt }];
  if (fault?.victim !== hostname) return [{ from: startedAt, to: Infinity }];
  const before = { from: startedAt, to: fault.injectedAt };
  return fault.healedAt === null ? [before] : [before, { from: fault.healedAt, to: Infinity }];
}

function stay(replica: string, from: number, to: number, all: readonly SeenAttempt[]): Stay {
  const attempts = all.filter(({ sample }) => sample.sentAt >= from && sample.doneAt < to);
  const good = attempts.filter(
    ({ sample, scenario, attempt }) => attempt.headerMs !== null && clientError(sample, scenario.replicas) === null,
  );
  return {
    ...{ replica, from, attempts },
    firstGoodAt: good.reduce((first, { sample }) => Math.min(first, sample.doneAt), Infinity),
    lastGoodSentAt: good.reduce((last, { sample }) => Math.max(last, sample.sentAt), -Infinity),
  };
}
