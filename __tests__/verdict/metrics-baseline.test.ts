import { describe, expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../src/checks/evidence';
import type { Gate } from '../../src/settings/gates';
import { profileGates } from '../../src/settings/profiles';
import type { Sample } from '../../src/traffic/sample';
import { judgeGates, verdictOf } from '../../src/verdict/judgement';
import { measureAll } from '../../src/verdict/measure';
import {
  attempt,
  calmCrash,
  CRASH,
  crashEvidence,
  modelOf,
  rotationEvidence,
  sample,
  steady,
  unconnected,
} from '../support/evidence';
import { measurementOf, valueOf } from '../support/measured';
import { calmRollout, ROLL, rolloutEvidence } from '../support/rollout-evidence';

const failed = (at: number, waited = 6): Sample => sample({ at, waited, attempts: [unconnected('app1', 1)] });

describe('baseline.errors', () => {
  test.each<{ what: string; evidence: ScenarioEvidence; errors: number }>([
    { what: 'none', evidence: rotationEvidence(steady(0, 300)), errors: 0 },
    { what: 'all of a rotation', evidence: rotationEvidence([...steady(0, 300), failed(5_000)]), errors: 1 },
    {
      what: 'POSTs as well as GETs',
      evidence: rotationEvidence(steady(0, 300).map((one) => ({ ...one, outcome: { kind: 'answered', status: 500 } }))),
      errors: 300,
    },
    { what: 'before a fault', evidence: crashEvidence([...calmCrash(), failed(100)]), errors: 1 },
    {
      what: 'under way when it struck: none',
      evidence: crashEvidence([...calmCrash(), failed(CRASH.injected - 5)]),
      errors: 0,
    },
    { what: 'since a fault: none', evidence: crashEvidence([...calmCrash(), failed(CRASH.injected)]), errors: 0 },
    { what: 'before an update', evidence: rolloutEvidence([...calmRollout(), failed(100)]), errors: 1 },
    { what: 'since an update: none', evidence: rolloutEvidence([...calmRollout(), failed(ROLL.begun)]), errors: 0 },
    {
      what: 'an answer of nobody',
      evidence: rotationEvidence([...steady(0, 300), sample({ at: 3_000, attempts: [] })]),
      errors: 1,
    },
    {
      what: 'a GET that a replica refuses, which it did not when it was asked past NGINX',
      evidence: rotationEvidence([
        ...steady(0, 300),
        sample({ at: 3_000, attempts: [attempt('app1', { status: 404 })] }),
      ]),
      errors: 1,
    },
  ])('$what', ({ evidence, errors }) => {
    expect(valueOf(evidence, 'baseline.errors')).toBe(errors);
  });

  test('the samples are those of the baseline alone', () => {
    expect(measurementOf(crashEvidence(calmCrash()), 'baseline.errors').samples).toBe(200);
  });

  test('too few of them are no evidence, however many came later', () => {
    expect(valueOf(crashEvidence([...steady(0, 29), ...steady(CRASH.injected, 900)]), 'baseline.errors')).toBe(
      'inconclusive: only 29 requests before anything was broken; at least 30 are needed (raise the input rate)',
    );
  });
});

describe('load.lag', () => {
  const late = (lagP99Ms: number, sent = 300): ScenarioEvidence =>
    rotationEvidence(steady(0, 300), { load: { sent, notSent: 0, lagP99Ms, lagMaxMs: lagP99Ms, clientRetries: 0 } });

  test.each([{ lag: 0 }, { lag: 49.5 }, { lag: 700 }])('$lag ms is told as it is', ({ lag }) => {
    expect(valueOf(late(lag), 'load.lag')).toBe(lag);
  });

  test('nothing sent was not on time', () => {
    expect(measurementOf(late(0, 0), 'load.lag')).toMatchObject({ samples: 0, observed: { kind: 'inconclusive' } });
  });

  test('past its bound the whole run is inconclusive, and never a failure', () => {
    const broken = { ...late(60), samples: [...steady(0, 300), failed(3_100)] };
    const gates = profileGates('standard', ['rotation']);
    const results = judgeGates(gates, measureAll([broken], modelOf(''), gates));
    // Questions that are put beside the traffic do not depend on it.
    const byTraffic = results.filter(({ metric }) => metric !== 'rotation.sessions' && metric !== 'rotation.closed');
    expect(byTraffic.map(({ outcome }) => outcome)).toEqual(byTraffic.map(() => 'inconclusive'));
    expect(verdictOf(results)).toBe('inconclusive');
  });

  test('with a bound of the user’s own, what lies below it counts', () => {
    const own: Gate = { metric: 'load.lag', operator: '<', allowed: 100, unit: 'ms', severity: 'fail', line: 1 };
    const broken = { ...late(60), samples: [...steady(0, 300), failed(3_100)] };
    expect(measurementOf(broken, 'baseline.errors', modelOf(''), [own]).observed).toMatchObject({ value: 1 });
  });
});
