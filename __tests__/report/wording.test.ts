import { describe, expect, test } from '@jest/globals';
import type { Report, ReportGate } from '../../src/report/schema';
import { headline, subjects, twoSides } from '../../src/report/wording';
import { profileGates } from '../../src/settings/profiles';
import { erroneous, failing, gate, inconclusive, passing } from './reports';

function failed(...gates: readonly Partial<ReportGate>[]): Report {
  return { ...passing(), verdict: 'fail', gates: gates.map((changes) => gate({ outcome: 'fail', ...changes })) };
}

describe('the headline', () => {
  test('of a pass tells what clients do not notice', () => {
    expect(headline(passing())).toBe('Clients do not notice a crash, and every replica gets its turns');
  });

  test('of a pass claims no turns that nobody could see', () => {
    const report = passing();
    const gates = report.gates.filter((one) => one.metric !== 'rotation.excess');
    expect(headline({ ...report, gates })).toBe('Clients do not notice a crash, and every replica serves');
    expect(headline({ ...report, gates: [], scenarios: [] })).toBe('All gates are met');
  });

  test('of a pass does not hide what was only warned about', () => {
    const report = failing(profileGates('observe', ['rotation', 'failover']));
    expect(report.verdict).toBe('pass');
    expect(headline(report)).toBe('Only warned: clients would notice a crash');
  });

  test.each([
    [[{}], 'Clients would notice a crash'],
    [[{}, { metric: 'failover.errors', scenario: 'failover.freeze' }], 'Clients would notice a crash and a freeze'],
    [[{ metric: 'failover.crash.unsafe-errors' }], 'Clients would notice a crash'],
    [[{ scenario: 'failover.lb-reload' }], 'Clients would notice a reload of NGINX'],
    [[{ metric: 'rollout.errors', scenario: 'rollout' }], 'Clients would notice a rolling update'],
    [[{ metric: 'failover.duplicates' }], 'A crash makes two replicas carry out one request'],
    [[{ metric: 'failover.recover' }], 'The replica is not back in time after a crash'],
    [[{ metric: 'rotation.excess', scenario: 'rotation' }], 'Not every replica gets its turns'],
    [[{ metric: 'baseline.errors', scenario: 'rotation' }], 'Clients see errors while nothing is broken'],
    [[{ metric: 'failover.retries' }], 'Not met: failover.retries'],
    [
      [{ metric: 'rotation.coverage', scenario: 'rotation' }, {}],
      'Not every replica gets its turns; clients would notice a crash',
    ],
  ])('of a failure: %j', (gates, words) => {
    expect(headline(failed(...gates))).toBe(words);
  });

  test('of an inconclusive run says about what', () => {
    expect(headline(inconclusive())).toMatch(/^Nothing is proven about (rotation and crash|crash and rotation)$/);
    expect(headline({ ...inconclusive(), gates: [] })).toBe('Nothing is proven about this cluster');
  });

  test('of an error', () => {
    expect(headline(erroneous('no engine'))).toBe('Nothing could be judged');
  });
});

test('both sides: what clients saw, and what NGINX hid from them', () => {
  expect(twoSides(failing())).toBe(
    'Clients sent 1,501 requests and saw 0 errors; NGINX hid 1 failed attempt from them; the longest wait was 38 s.',
  );
  expect(twoSides(erroneous('no engine'))).toBeNull();
});

test('a subject stands for all gates about it', () => {
  const outcome = 'fail';
  expect(subjects(failed({ outcome }, { metric: 'failover.errors', outcome }), outcome)).toEqual(['crash']);
});
