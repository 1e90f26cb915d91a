import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Sample } from '../../src/traffic/sample';
import { excusedErrors } from '../../src/verdict/excused';
import {
  calmCrash,
  CRASH,
  crashEvidence,
  modelOf,
  rotationEvidence,
  sample,
  steady,
  unanswered,
  unconnected,
} from '../support/evidence';
import { factsOf, failover } from '../report/examples';

const NGINX = modelOf(readFileSync('fixtures/nginx/good-server.conf', 'utf8'));
const SCENE = { replicas: 3, rate: 100, config: 'good', lasts: 13 } as const;

/** A request that the crash found under way on its victim. */
function lost(method: 'GET' | 'POST', attempts = [unanswered('app2', 50, 502)]): Sample {
  return sample({ at: CRASH.injected - 10, method, waited: 60, attempts });
}

describe('errors that no gate counts', () => {
  test.each([
    ['none where nothing failed', [], 0],
    ['a POST in flight on the victim', [lost('POST')], 1],
    ['not a GET: it could have been repeated', [lost('GET')], 0],
    ['not a POST that the victim never saw', [lost('POST', [unconnected('app2', 1), unconnected('app3', 1)])], 0],
  ])('%s', (_, failed, count) => {
    expect(excusedErrors(crashEvidence([...calmCrash(), ...failed]), NGINX)).toBe(count);
  });

  test('none where nothing was broken', () => {
    expect(excusedErrors(rotationEvidence([...steady(0, 300), lost('POST')]), NGINX)).toBe(0);
  });

  test('are told by scenario, and the gates say the same number', () => {
    const { excused, standings } = factsOf(SCENE, [failover({ ...SCENE, rate: 50, replicas: 16 }, 'freeze')]);
    const unsafe = standings['failover.freeze']?.find(({ metric }) => metric === 'failover.unsafe-errors');
    expect(excused['failover.freeze']).toBeGreaterThan(0);
    expect(unsafe?.reason).toContain(`beside ${excused['failover.freeze']} in flight on app2`);
  });
});
