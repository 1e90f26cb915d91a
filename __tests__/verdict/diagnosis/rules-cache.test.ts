import { expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../../src/checks/evidence';
import type { Sample } from '../../../src/traffic/sample';
import { configOf, diagnosed, edits, explained } from '../../support/diagnosed';
import { attempt, calmCrash, CRASH, crashEvidence, FAULT, sample } from '../../support/evidence';

const LOCK = `        proxy_cache pages;
        proxy_cache_lock on;
        proxy_connect_timeout 1s;
        proxy_read_timeout 5s;
`;
const ON = CRASH.effective + 100;
/** Replicas took little of the time for which NGINX had it. */
const held = sample({ at: ON, waited: 10_000, attempts: [attempt('app1')] });
const served = sample({ at: ON, waited: 10_000, attempts: [attempt('app1', { headerMs: 9_990, responseMs: 9_990 })] });
const frozen = (one: Sample): ScenarioEvidence =>
  crashEvidence([...calmCrash(), one], { name: 'failover.freeze', fault: { ...FAULT, name: 'freeze' } });

test('requests that wait for a cache which is never filled', () => {
  const [found, ...others] = diagnosed(configOf({ location: LOCK }), [frozen(held)]);
  expect(others).toEqual([]);
  expect(explained(found === undefined ? [] : [found])).toEqual(['cache-lock: failover.stall']);
  expect(found === undefined ? [] : edits(found)).toEqual(['- proxy_cache_lock on;', '+ proxy_cache_lock off;']);
});

test.each([
  { what: 'a replica took that long', text: LOCK, one: served },
  { what: 'there is no lock', text: LOCK.replace('proxy_cache_lock on;', ''), one: held },
  { what: 'there is no cache', text: LOCK.replace('proxy_cache pages;', ''), one: held },
])('are not to blame where $what', ({ text, one }) => {
  const ids = diagnosed(configOf({ location: text }), [frozen(one)]).map(({ id }) => id);
  expect(ids).not.toContain('cache-lock');
  expect(ids).not.toEqual([]);
});
