import { describe, expect, test } from '@jest/globals';
import { planStages } from '../../src/scenarios/plan';
import { CHECK_NAMES, FAULT_NAMES, type CheckName, type FaultName } from '../../src/settings/settings';

function clusters(checks: readonly CheckName[], faults: readonly FaultName[] = ['crash']): readonly string[] {
  return planStages({ checks, faults }).map(
    ({ cluster, scenarios }) => `${cluster}: ${scenarios.map(({ name, index }) => `${index} ${name}`).join(', ')}`,
  );
}

describe('clusters of a run', () => {
  test('what only looks shares one, what breaks something has its own, and what lasts long comes first', () => {
    expect(clusters(CHECK_NAMES, ['crash', 'stop', 'freeze', 'partition'])).toEqual([
      'freeze: 3 failover.freeze',
      'rollout: 5 rollout',
      'stop: 2 failover.stop',
      'crash: 1 failover.crash',
      'partition: 4 failover.partition',
      'calm: 0 rotation, 6 isolation, 7 hardening',
      'limits: 8 limits',
    ]);
  });

  test('whatever the order in which faults are listed, those that last long come first', () => {
    const order = planStages({ checks: ['failover'], faults: ['crash', 'lb-reload', 'error', 'throttle', 'stop'] });
    expect(order.map(({ cluster }) => cluster)).toEqual(['throttle', 'error', 'stop', 'crash', 'lb-reload']);
  });

  test.each<{ readonly what: string; readonly checks: readonly CheckName[]; readonly planned: readonly string[] }>([
    { what: 'one check', checks: ['hardening'], planned: ['calm: 0 hardening'] },
    {
      what: 'rotation comes first in its cluster however they are listed',
      checks: ['hardening', 'rotation'],
      planned: ['calm: 0 rotation, 1 hardening'],
    },
  ])('$what', ({ checks, planned }) => {
    expect(clusters(checks)).toEqual(planned);
  });

  test('every check and fault has its scenario once, and each scenario its own place', () => {
    const scenarios = planStages({ checks: CHECK_NAMES, faults: FAULT_NAMES }).flatMap((stage) => stage.scenarios);
    const names = scenarios.toSorted((a, b) => a.index - b.index).map(({ name }) => name);
    expect(names).toEqual([
      'rotation',
      ...FAULT_NAMES.map((fault) => `failover.${fault}`),
      ...['rollout', 'isolation', 'hardening', 'limits'],
    ]);
    expect(scenarios.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(names.map((_, index) => index));
  });

  test('only isolation begins beside a wait: it sends nothing through NGINX', () => {
    const scenarios = planStages({ checks: CHECK_NAMES, faults: FAULT_NAMES }).flatMap((stage) => stage.scenarios);
    expect(scenarios.filter((one) => one.beginsWhenQuiet).map(({ name }) => name)).toEqual(['isolation']);
  });

  test('only the noise is alone, and only the rolling update starts from the baseline', () => {
    const stages = planStages({ checks: CHECK_NAMES, faults: FAULT_NAMES });
    expect(stages.filter(({ alone }) => alone).map(({ cluster }) => cluster)).toEqual(['limits']);
    expect(stages.filter((stage) => stage.startsFromBaseline).map(({ cluster }) => cluster)).toEqual(['rollout']);
  });
});
