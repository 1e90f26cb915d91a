import { describe, expect, test } from '@jest/globals';
import { SESSION_PROBE, type Probe } from '../../../src/checks/evidence';
import { configOf, diagnosed } from '../../support/diagnosed';
import { attempt, rotationEvidence, sample } from '../../support/evidence';

const served = Array.from({ length: 300 }, (_, index) =>
  sample({ at: index * 10, attempts: [attempt(`app${(index % 3) + 1}`)] }),
);
const asked = (holds: boolean | null): Probe => ({
  ...{ id: SESSION_PROBE, subject: 'app1', claim: 'its cookie session is taken by the other replicas' },
  ...{ holds, seen: 'app2: another in place of session, each time; app1: never' },
});

describe('a session that one replica alone knows', () => {
  test('is told with who knows it', () => {
    const diagnoses = diagnosed(configOf(), [rotationEvidence(served, { probes: [asked(false)] })]);
    expect(diagnoses).toMatchObject([
      {
        ...{ id: 'session-in-replica', gates: ['rotation.sessions'], file: null, diff: null },
        evidence: 'With a cookie that app1 had set: app2: another in place of session, each time; app1: never.',
      },
    ]);
  });

  test.each([true, null])('nothing is told where it is %s that others take it', (holds) => {
    expect(diagnosed(configOf(), [rotationEvidence(served, { probes: [asked(holds)] })])).toEqual([]);
  });
});
