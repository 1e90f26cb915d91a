import { describe, expect, test } from '@jest/globals';
import type { RolloutEvidence, ScenarioEvidence } from '../../src/checks/evidence';
import type { Sample } from '../../src/traffic/sample';
import { paceMeasurements, paceOf } from '../../src/verdict/pace';
import { configOf, diagnosed } from '../support/diagnosed';
import { attempt, sample, START } from '../support/evidence';
import { ROLL, rolloutEvidence, step } from '../support/rollout-evidence';

/** GETs 10 ms apart, going round the replicas, that each take so long. */
function gets(
  from: number,
  count: number,
  replicas: readonly string[],
  tookMs: (replica: string, at: number) => number,
): Sample[] {
  return Array.from({ length: count }, (_, index) => {
    const replica = replicas[index % replicas.length] ?? '';
    const at = from + index * 10;
    const took = tookMs(replica, at);
    return sample({ at, waited: took, attempts: [attempt(replica, { headerMs: took, responseMs: took })] });
  });
}

interface Times {
  readonly before?: number;
  /** While some replicas were replaced. */
  readonly oldBeside?: number;
  readonly newBeside?: number;
  readonly after?: (at: number) => number;
}

/** app1 is back 1.6 s after the update began, app3 is spared 4 s after it. */
function updated(
  { before = 2, oldBeside = 2, newBeside = 1_500, after = () => 1_500 }: Times,
  rollout: Partial<RolloutEvidence> = {},
): ScenarioEvidence {
  return rolloutEvidence(
    [
      ...gets(0, 150, ['app1', 'app2', 'app3'], () => before),
      ...gets(ROLL.begun + 1_700, 100, ['app1', 'app3'], (replica) => (replica === 'app1' ? newBeside : oldBeside)),
      ...gets(ROLL.done, 150, ['app1', 'app2', 'app3'], (_replica, at) => after(at - ROLL.done)),
    ],
    rollout,
  );
}

const observed = (evidence: ScenarioEvidence): unknown => paceMeasurements(evidence).map((one) => one.observed)[0];

describe('a new version that takes many times as long', () => {
  test('is told, with both times', () => {
    const remark = 'median answer 1500 ms, before the update 2 ms';
    expect(observed(updated({}))).toEqual({ kind: 'value', value: 1_498, remark });
  });

  test('is a warning of the profile, and why', () => {
    const [first] = diagnosed(configOf(), [updated({})]).filter(({ id }) => id === 'new-version-slow');
    expect(first).toMatchObject({ id: 'new-version-slow', gates: ['rollout.slower'] });
    expect(first?.evidence).toMatch(/^Half of 75 GETs took 1\.5 s or longer after the update, and 2 ms before it; /);
  });

  test.each<{ readonly what: string; readonly times: Times }>([
    { what: 'less than five times as long', times: { before: 400, oldBeside: 400 } },
    { what: 'while both served, the old one took as long', times: { oldBeside: 1_400 } },
    { what: 'while both served, the new one was as fast', times: { newBeside: 3 } },
    { what: 'only until it had warmed up', times: { after: (at) => (at < 700 ? 1_500 : 3) } },
  ])('and it is none: $what', ({ times }) => {
    expect(observed(updated(times))).toEqual({ kind: 'value', value: 0, remark: null });
  });
});

describe('versions that cannot be compared', () => {
  test.each<{ readonly what: string; readonly evidence: ScenarioEvidence }>([
    { what: 'it is the same image', evidence: updated({}, { sameImage: true, promisedBy: null }) },
    {
      what: 'the update was stopped',
      evidence: updated(
        {},
        { failure: { kind: 'reload', replica: 'app3', why: 'x', details: [], rollbackProblem: null } },
      ),
    },
    {
      what: 'they hardly served at the same time',
      evidence: updated({}, { steps: [step(1), step(2), step(3, { drainAt: START + ROLL.begun + 1_750 })] }),
    },
    { what: 'too few answers came before', evidence: rolloutEvidence(gets(ROLL.done, 150, ['app1'], () => 1_500)) },
  ])('$what', ({ evidence }) => {
    expect(paceOf(evidence)).toBeNull();
    expect(paceMeasurements(evidence)).toEqual([]);
  });
});
