import { describe, expect, test } from '@jest/globals';
import type { FaultName } from '../../src/settings/settings';
import type { Sample } from '../../src/traffic/sample';
import { excusesOf } from '../../src/verdict/excuses';
import { attempt, calmCrash, CRASH, crashEvidence, FAULT, modelOf, sample, unanswered } from '../support/evidence';

const NGINX = modelOf(`upstream app { zone app 64k; server app1:5000; server app2:5000; server app3:5000; }
server { listen 80; location / { proxy_pass http://app; } }`);
const BROKEN = { kind: 'transport', code: 'ECONNRESET', reusedConnection: true } as const;

function excuseOf(one: Sample, name: FaultName = 'crash'): string | undefined {
  const evidence = crashEvidence([...calmCrash(), one], { fault: { ...FAULT, name } });
  return excusesOf(evidence, NGINX).get(one);
}

/** A GET that the victim began to answer 10 ms before it was gone, and whose answer broke off. */
const begun = (changes: Partial<Parameters<typeof sample>[0]> = {}): Sample =>
  sample({
    at: CRASH.injected,
    waited: 40,
    outcome: BROKEN,
    attempts: [attempt('app2', { responseMs: 40 })],
    ...changes,
  });

describe('an answer that had begun when its replica was lost', () => {
  test.each<FaultName>(['crash', 'oom', 'freeze', 'partition', 'dns', 'error'])('is nobody’s fault: %s', (name) => {
    expect(excuseOf(begun(), name)).toBe('cut-short');
  });

  const whileMended = begun({ at: CRASH.healed + 100 });
  test.each<{ readonly fault: FaultName; readonly excuse: string | undefined }>([
    { fault: 'dns', excuse: 'cut-short' },
    { fault: 'error', excuse: 'cut-short' },
    { fault: 'crash', excuse: undefined },
  ])('likewise where the victim gets its address back: $fault', ({ fault, excuse }) => {
    expect(excuseOf(whileMended, fault)).toBe(excuse);
  });

  test.each<{ readonly name: string; readonly one: Sample; readonly fault?: FaultName }>([
    { name: 'the victim may finish: it is only asked to stop', one: begun(), fault: 'stop' },
    { name: 'the replica is only slow', one: begun(), fault: 'slow' },
    { name: 'another replica broke it off', one: begun({ attempts: [attempt('app3', { responseMs: 40 })] }) },
    { name: 'no head of an answer had come', one: begun({ attempts: [unanswered('app2', 40, 502)] }) },
    {
      name: 'the head came when the fault was long in effect',
      one: begun({ at: CRASH.effective + 500, attempts: [attempt('app2', { responseMs: 40 })] }),
    },
    { name: 'the answer was whole, and an error', one: begun({ outcome: { kind: 'answered', status: 500 } }) },
    { name: 'it ended before anything was broken', one: begun({ at: CRASH.injected - 500 }) },
  ])('is no excuse where $name', ({ one, fault }) => {
    expect(excuseOf(one, fault)).not.toBe('cut-short');
  });
});
