import { describe, expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../../src/checks/evidence';
import type { Sample } from '../../../src/traffic/sample';
import { configOf, diagnosed, edits, explained, lineOf } from '../../support/diagnosed';
import { attempt, calmCrash, CRASH, crashEvidence, sample, unanswered, unconnected } from '../../support/evidence';

const ON = CRASH.effective + 100;
const serversWith = (terms: string): readonly string[] => [1, 2, 3].map((n) => `app${n}:5000 ${terms}`.trim());

/** A request that was refused by the replica that is gone, and served by another. */
const refusedAt = (at: number, worker = 7): Sample =>
  sample({ at: ON + at, attempts: [unconnected('app2', 1), attempt('app1')], waited: 7, worker });
/** The same, after a wait for a connection, or for an answer. */
const waitedAt = (at: number, ms: number, isSent = false): Sample =>
  sample({
    ...{ at: ON + at, waited: ms + 6 },
    attempts: [isSent ? unanswered('app2', ms) : unconnected('app2', ms, 504), attempt('app1')],
  });
const each = (count: number, stepMs: number, from = 0): readonly number[] =>
  Array.from({ length: count }, (_, index) => from + index * stepMs);
const crash = (samples: readonly Sample[]): ScenarioEvidence => crashEvidence([...calmCrash(), ...samples]);

interface Row {
  readonly what: string;
  readonly text: string;
  readonly samples: readonly Sample[];
  readonly gate: string;
  readonly id: string;
  /** What stands on the line that is to blame. */
  readonly at: string;
  readonly edit: readonly string[];
}

describe('a gate on retries that is broken', () => {
  test.each<Row>([
    {
      what: 'so many have to fail before the replica is left alone',
      text: configOf({ servers: serversWith('max_fails=8 fail_timeout=3s') }),
      samples: each(9, 30).map((at) => refusedAt(at)),
      gate: 'failover.retries <= 4',
      id: 'max-fails-many',
      at: 'server app2',
      edit: [1, 2, 3].flatMap((n) => [
        `- server app${n}:5000 max_fails=8 fail_timeout=3s;`,
        `+ server app${n}:5000 max_fails=2 fail_timeout=3s;`,
      ]),
    },
    {
      what: 'it is asked again each second',
      text: configOf({ servers: serversWith('fail_timeout=0') }),
      samples: each(7, 1_000).map((at) => refusedAt(at)),
      gate: 'failover.retries < 3',
      id: 'fail-timeout-short',
      at: 'server app2',
      edit: [1, 2, 3].flatMap((n) => [
        `- server app${n}:5000 fail_timeout=0;`,
        `+ server app${n}:5000 fail_timeout=10s;`,
      ]),
    },
    {
      what: 'it is asked again every other second',
      text: configOf({ servers: serversWith('fail_timeout=1s') }),
      samples: each(5, 1_500).map((at) => refusedAt(at)),
      gate: 'failover.retries < 3',
      id: 'fail-timeout-short',
      at: 'server app2',
      edit: [1, 2, 3].flatMap((n) => [
        `- server app${n}:5000 fail_timeout=1s;`,
        `+ server app${n}:5000 fail_timeout=10s;`,
      ]),
    },
    {
      what: 'it is asked again, and that by no mistake',
      text: configOf({ servers: serversWith('') }),
      samples: [0, 10_000].map((at) => refusedAt(at)).concat(refusedAt(5_000)),
      gate: 'failover.retries == 0',
      id: 'retries-unavoidable',
      at: 'server app2',
      edit: [],
    },
    {
      what: 'a first failure is all that there is',
      text: configOf({ servers: serversWith('max_fails=1') }),
      samples: [refusedAt(0)],
      gate: 'failover.retries == 0',
      id: 'retries-unavoidable',
      at: 'server app2',
      edit: [],
    },
    {
      what: 'they are on their way for a second before the first one fails',
      text: configOf({ servers: serversWith('max_fails=2 fail_timeout=3s') }),
      samples: each(30, 30).map((at) => waitedAt(at, 1_000)),
      gate: 'failover.retries <= 20',
      id: 'connect-timeout',
      at: 'proxy_connect_timeout',
      edit: ['- proxy_connect_timeout 1s;', '+ proxy_connect_timeout 450ms;'],
    },
    {
      what: 'and no time-out that makes sense is short enough',
      text: configOf({ servers: serversWith('max_fails=2 fail_timeout=3s') }),
      samples: each(30, 30).map((at) => waitedAt(at, 1_000)),
      gate: 'failover.retries <= 2',
      id: 'connect-timeout',
      at: 'proxy_connect_timeout',
      edit: [],
    },
    {
      what: 'they wait, and not for as long as NGINX would let them',
      text: configOf({ servers: serversWith('max_fails=2 fail_timeout=3s') }),
      samples: each(30, 10).map((at) => waitedAt(at, 400)),
      gate: 'failover.retries <= 2',
      id: 'retries-unavoidable',
      at: 'server app2',
      edit: [],
    },
    {
      what: 'they wait for an answer',
      text: configOf({ location: '        proxy_read_timeout 3s;\n' }),
      samples: each(30, 30).map((at) => waitedAt(at, 3_000, true)),
      gate: 'failover.retries <= 20',
      id: 'read-timeout',
      at: 'proxy_read_timeout',
      edit: ['- proxy_read_timeout 3s;', '+ proxy_read_timeout 1400ms;'],
    },
    {
      what: 'each worker finds out by itself, and the state that they do not share is told as well',
      text: configOf({ upstream: '', servers: serversWith('max_fails=3 fail_timeout=3s'), http: '' }),
      samples: each(3, 30).flatMap((at) => [7, 8].map((worker) => refusedAt(at, worker))),
      gate: 'failover.retries <= 3',
      id: 'zone-missing',
      at: 'upstream shop',
      edit: ['+ zone shop 64k;'],
    },
  ])('$what', ({ text, samples, gate, id, at, edit }) => {
    const [first] = diagnosed(text, [crash(samples)], { own: gate, nginx: { workers: id === 'zone-missing' ? 2 : 1 } });
    expect(first).toMatchObject({ id, gates: ['failover.retries'], line: lineOf(text, at) });
    expect(first === undefined ? [] : edits(first)).toEqual(edit);
  });

  test('tells what they are due to', () => {
    const samples = [...each(3, 30).map((at) => refusedAt(at)), refusedAt(4_000)];
    const text = configOf({ servers: serversWith('max_fails=3 fail_timeout=3s') });
    const [first] = diagnosed(text, [crash(samples)], { own: 'failover.retries < 2', nginx: { workers: 1 } });
    expect(first?.evidence).toBe(
      'Under crash 4 attempts on app2 failed and were made again elsewhere: 1 before NGINX knew of the loss, 2 until it left the replica ' +
        'alone, 1 when it asked it again.',
    );
  });

  test('by attempts on replicas that nobody broke is not explained by the victim’s line', () => {
    const sick = each(9, 30).map((at) =>
      sample({ at: ON + at, attempts: [unconnected('app3', 1), attempt('app1')], waited: 7 }),
    );
    const found = diagnosed(configOf(), [crash(sick)], { own: 'failover.retries < 2', nginx: { workers: 1 } });
    expect(explained(found)).toEqual(['replica-lost: failover.retries']);
  });
});
