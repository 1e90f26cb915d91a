import { expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../src/checks/evidence';
import { advice, undecided } from '../../src/report/undecided';
import { calmCrash, crashEvidence, FAULT, rotationEvidence, steady } from '../support/evidence';
import { inconclusive, reportOf } from './reports';

const AGAIN =
  'un the job again: that nothing failed is no proof. With the input `on-inconclusive: pass` such a job passes.';

/** A fault that had no effect, and what was seen instead. */
const vain = (name: 'oom' | 'throttle', seen: string): ScenarioEvidence =>
  crashEvidence(calmCrash(), {
    name: `failover.${name}`,
    fault: { ...FAULT, name, proof: { took: false, seen } },
  });

const report = reportOf('good-server', [
  rotationEvidence(steady(0, 300)),
  vain('oom', 'still running'),
  vain('throttle', 'never short of processor time'),
]);

test('each scenario has its own reason', () => {
  expect(undecided(report, 'inconclusive').map(({ about, why }) => [about, why])).toEqual([
    [expect.stringMatching(/^out of memory \(\d gates\)$/), 'the fault did not take effect: app2 is still running'],
    [
      expect.stringMatching(/^no processor time \(\d gates\)$/),
      'the fault did not take effect: app2 is never short of processor time',
    ],
  ]);
});

test('faults that came to nothing may be left out', () => {
  expect(advice(report)).toEqual([
    'Leave out of the input `faults` what should come to nothing again (`oom` and `throttle`): this machine cannot do it, or not to this app.',
    `Then r${AGAIN}`,
  ]);
});

test('a machine that is too busy is what can be changed', () => {
  expect(advice(inconclusive())).toEqual([expect.stringContaining('too busy'), `Then r${AGAIN}`]);
});

test('of too few requests more are sent', () => {
  const few = reportOf('good-server', [rotationEvidence(steady(0, 3))]);
  expect(few.verdict).toBe('inconclusive');
  expect(advice(few)).toEqual([
    'Raise the input `rate`: too few requests were sent in the time that is watched.',
    `Then r${AGAIN}`,
  ]);
});

test('where nothing is to be done, the job is run again', () => {
  const few = reportOf('good-server', [rotationEvidence(steady(0, 3))]);
  const gates = few.gates.map((gate) => ({ ...gate, reason: 'nothing is known' }));
  expect(advice({ ...few, gates })).toEqual([`R${AGAIN}`]);
});
