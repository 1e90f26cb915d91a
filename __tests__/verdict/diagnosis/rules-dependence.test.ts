import { describe, expect, test } from '@jest/globals';
import type { FaultEvidence, HeldBack } from '../../../src/checks/evidence';
import type { Sample } from '../../../src/traffic/sample';
import { configOf, diagnosed, explained } from '../../support/diagnosed';
import {
  attempt,
  calmCrash,
  CRASH,
  crashEvidence,
  FAULT,
  REPLICAS,
  sample,
  START,
  unanswered,
  unconnected,
} from '../../support/evidence';
import { calmRollout, ROLL, rolloutEvidence, step } from '../../support/rollout-evidence';

const LATE = CRASH.effective + 500;
const many = (make: (index: number) => Sample, count = 120): readonly Sample[] =>
  Array.from({ length: count }, (_, index) => make(index));
const error = (at: number, replica: string, status = 500): Sample =>
  sample({ at, attempts: [attempt(replica, { status })] });
const hang = (at: number, replica: string): Sample =>
  sample({ at, waited: 2_000, attempts: [unanswered(replica, 2_000)] });
/** The crash's victim is app2. */
const left = (index: number): string => (index % 2 === 0 ? 'app1' : 'app3');

describe('replicas that fail with another one', () => {
  test.each([
    ['with errors', many((index) => error(LATE + 10 * index, left(index)))],
    ['without an answer', many((index) => hang(LATE + 10 * index, left(index)))],
  ])('%s, and only then, depend on it', (_how, failed) => {
    const diagnoses = diagnosed(configOf(), [crashEvidence([...calmCrash(), ...failed])]);
    expect(explained(diagnoses)).toEqual(['others-fail-too: failover.errors']);
    expect(diagnoses[0]?.evidence).toMatch(/^Under crash 120 attempts on replicas that were left/);
  });

  test.each<[what: string, failed: readonly Sample[]]>([
    ['a few errors', many((index) => error(LATE + 10 * index, left(index)), 8)],
    [
      'errors before it',
      [...many((index) => error(LATE + 10 * index, left(index))), ...many((index) => error(100 + index, 'app1'), 20)],
    ],
    [
      'errors after it',
      [
        ...many((index) => error(LATE + 10 * index, left(index))),
        ...many((index) => error(CRASH.ready + 6_100 + index, 'app1'), 20),
      ],
    ],
    [
      'requests that had waited in vain before it, and were given up after it',
      [
        ...many((index) => hang(LATE + 10 * index, left(index))),
        ...many((index) => sample({ at: index - 50, waited: 5_000, attempts: [unanswered('app1', 5_000)] }), 20),
      ],
    ],
    ['errors of the victim', many((index) => error(LATE + 10 * index, 'app2'))],
  ])('%s say nothing of it', (_what, failed) => {
    const end = CRASH.end + 6_000;
    const diagnoses = diagnosed(configOf(), [crashEvidence([...calmCrash(), ...failed, error(end, 'app1')])]);
    expect(diagnoses.map(({ id }) => id)).not.toContain('others-fail-too');
  });

  describe('and that fail on when it is back', () => {
    const from = (begun: number): readonly string[] => {
      const until = CRASH.end - 100;
      const failed = many((index) => error(begun + 10 * index, left(index)), (until - begun) / 10);
      const served = calmCrash().filter(
        ({ scheduledAt, proxy }) => scheduledAt < START + begun || proxy?.attempts[0]?.address === REPLICAS[1]?.address,
      );
      return diagnosed(configOf(), [crashEvidence([...served, ...failed])]).map(({ id }) => id);
    };

    test('fail for a reason of their own, where they began to long after it was gone', () => {
      expect(from(CRASH.effective + 4_000)).toEqual(['app-errors']);
    });

    test('may have been brought down by it, where they began to as soon as it was gone', () => {
      expect(from(CRASH.effective + 500)).toEqual(['others-fail-too']);
    });
  });

  test('also before the engine says that it is gone', () => {
    const fault = { ...FAULT, effectiveAt: START + CRASH.injected + 900 };
    const failed = many((index) => error(CRASH.injected + 20 + 20 * index, left(index)));
    const evidence = crashEvidence([...calmCrash(), ...failed], { fault });
    expect(explained(diagnosed(configOf(), [evidence]))).toEqual(['others-fail-too: failover.errors']);
  });

  test('where so few of them made NGINX set all aside', () => {
    const shut = many((index) => sample({ at: LATE + 2_100 + 10 * index, attempts: [unconnected('shop', 0)] }));
    const few = [hang(LATE, 'app1'), hang(LATE + 1, 'app3'), hang(LATE + 2, 'app1')];
    const told = (...failed: readonly Sample[]): readonly string[] =>
      explained(diagnosed(configOf(), [crashEvidence([...calmCrash(), ...failed])]));
    expect(told(...few, ...shut)).toEqual(['others-fail-too: failover.errors']);
    expect(told(...few.slice(0, 2), ...shut)).not.toContain('others-fail-too: failover.errors');
    expect(told(...few)).not.toContain('others-fail-too: failover.errors');
  });

  test('in a rolling update, where those that were not replaced yet fail', () => {
    const stopped = ROLL.begun + 250;
    const failed = many((index) => error(stopped + 10 * index, index % 2 === 0 ? 'app2' : 'app3'), 100);
    expect(explained(diagnosed(configOf(), [rolloutEvidence([...calmRollout(), ...failed])]))).toEqual([
      'others-fail-too: rollout.errors',
    ]);
  });

  test('and not where only new ones do', () => {
    const failed = many((index) => error(ROLL.begun + 2_000 + 250 + 10 * index, 'app1'), 100);
    const ids = diagnosed(configOf(), [
      rolloutEvidence([...calmRollout(), ...failed], { steps: [step(1), step(2), step(3)] }),
    ]);
    expect(ids.map(({ id }) => id)).not.toContain('others-fail-too');
  });
});

describe('a replica that answers while it ends', () => {
  /** Told to end, and not at its end yet. */
  const ENDING = CRASH.injected + 10;
  const stop: FaultEvidence = { ...FAULT, name: 'stop' };
  const stopped = (failed: readonly Sample[]): Parameters<typeof diagnosed>[1] => [
    crashEvidence([...calmCrash(), ...failed], { name: 'failover.stop', fault: stop }),
  ];
  const ids = (failed: readonly Sample[]): readonly string[] =>
    diagnosed(configOf(), stopped(failed)).map(({ id }) => id);

  test('with errors is told to close its socket', () => {
    const diagnoses = diagnosed(configOf(), stopped([error(ENDING, 'app2'), error(ENDING + 10, 'app2')]));
    expect(explained(diagnoses)).toEqual(['errors-while-ending: failover.errors']);
    expect(diagnoses[0]?.evidence).toMatch(
      /^2 requests that came after that got a server error of app2, for example GET /,
    );
  });

  test.each([
    ['with 503, which NGINX can be told of', [error(ENDING, 'app2', 503)], 'refusal-not-retried'],
    ['with errors of another replica', [error(LATE, 'app1')], 'app-errors'],
  ])('%s', (_what, failed, id) => {
    expect(ids(failed)).toEqual([id]);
  });
});

describe('a replica that is told to end and does not let go', () => {
  const stop: FaultEvidence = { ...FAULT, name: 'stop', effectiveAt: FAULT.injectedAt + 4_000 };
  const under = (failed: readonly Sample[], fault = stop): ReturnType<typeof diagnosed> =>
    diagnosed(configOf(), [crashEvidence([...calmCrash(), ...failed], { name: `failover.${fault.name}`, fault })]);
  /** A POST that is lost when app2 is gone at last. */
  const unread = (after: number): Sample =>
    sample({
      at: CRASH.injected + after,
      waited: 4_000 - after,
      method: 'POST',
      attempts: [unanswered('app2', 4_000 - after, 502)],
    });
  const broken = { kind: 'transport', code: 'ECONNRESET', reusedConnection: true } as const;
  const cut = sample({
    at: CRASH.injected + 5,
    waited: 40,
    outcome: broken,
    attempts: [attempt('app2', { responseMs: 40 })],
  });

  test('loses POSTs that nobody reads', () => {
    const diagnoses = under([unread(100), unread(2_000), unread(2_100)]);
    expect(explained(diagnoses)).toEqual(['deaf-while-ending: failover.unsafe-errors']);
    expect(diagnoses[0]?.evidence).toMatch(/^2 POSTs went to app2 .* which waited for 2 s: 502\.$/);
  });

  test.each<{ readonly what: string; readonly requests: readonly Sample[]; readonly fault?: FaultEvidence }>([
    { what: 'what was under way', requests: [unread(100), unread(900)] },
    {
      what: 'what came soon after an answer',
      requests: [sample({ at: CRASH.injected + 1_900, attempts: [attempt('app2')] }), unread(2_000)],
    },
    {
      what: 'what a slow app had begun',
      requests: [
        sample({ at: 0, waited: 1_500, attempts: [attempt('app2', { headerMs: 1_500, responseMs: 1_500 })] }),
        unread(2_000),
      ],
    },
    { what: 'what another fault left unread', requests: [unread(2_000)], fault: { ...stop, name: 'freeze' } },
  ])('and is excused for $what', ({ requests, fault = stop }) => {
    expect(explained(under(requests, fault))).toEqual([]);
  });

  test('breaks off what it has begun', () => {
    const diagnoses = under([cut]);
    expect(explained(diagnoses)).toEqual(['answers-cut-while-ending: failover.errors']);
    expect(diagnoses[0]?.evidence).toMatch(/^1 answer of app2 broke off after the header, for example that to GET /);
  });

  /** Of 900 bytes it brought 300, and its client was told of nothing. */
  const unnoticed = (method: 'GET' | 'POST' = 'GET'): Sample => {
    const one = {
      ...sample({ at: CRASH.injected + 5, waited: 40, method, attempts: [attempt('app2')] }),
      wholeBytes: 900,
    };
    return one.proxy === null ? one : { ...one, proxy: { ...one.proxy, openEndedBytes: 300 } };
  };
  const crash: FaultEvidence = { ...FAULT, name: 'crash' };

  test.each([
    { what: 'when it is told to', fault: stop, method: 'GET', gate: 'failover.errors' },
    {
      what: 'by a crash, which excuses no client that is told of success',
      fault: crash,
      method: 'GET',
      gate: 'failover.errors',
    },
    { what: 'by a crash, of a POST', fault: crash, method: 'POST', gate: 'failover.unsafe-errors' },
  ] as const)('breaks off what nobody notices: $what', ({ fault, method, gate }) => {
    const [first, ...others] = under([unnoticed(method)], fault);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ id: 'answers-end-unnoticed', gates: [gate] });
    expect(first?.evidence).toMatch(
      /^1 answer ended with app2, for example \w+ \S+ after 300 bytes, where whole ones have 900\.$/,
    );
  });

  test.each([
    ['1.0', true],
    ['1.1', false],
  ])('is told of HTTP/1.1 where NGINX asks by %s', (version, told) => {
    const config = configOf({
      location: `proxy_connect_timeout 1s; proxy_read_timeout 5s; proxy_http_version ${version};\n`,
    });
    const evidence = crashEvidence([...calmCrash(), unnoticed()]);
    const [first] = diagnosed(config, [evidence]);
    expect(first?.fix.includes('proxy_http_version 1.1;')).toBe(told);
  });

  test('is not to blame for what another one breaks off', () => {
    const other = { ...cut, proxy: sample({ at: 0, attempts: [attempt('app1')] }).proxy };
    expect(under([other]).map(({ id }) => id)).not.toContain('answers-cut-while-ending');
  });
});

describe('replicas that lack processor time', () => {
  const slow = many((index) => {
    const waited = Math.min(7_000, 100 + 60 * index);
    return sample({
      at: LATE + 10 * index,
      waited,
      attempts: [attempt(left(index), { headerMs: waited, responseMs: waited })],
    });
  });
  const heldBack = (part: number, hostname = 'app1'): readonly HeldBack[] => [
    { hostname, periods: 100, throttled: 100 * part },
  ];

  test('are told by what the kernel says', () => {
    const diagnoses = diagnosed(configOf(), [crashEvidence([...calmCrash(), ...slow], { heldBack: heldBack(0.6) })]);
    expect(explained(diagnoses)).toEqual(['overloaded: failover.stall']);
    expect(diagnoses[0]?.cause).toMatch(/^Without app2 the other replicas cannot carry/);
    expect(diagnoses[0]?.evidence).toContain('the kernel held app1 back in 60 % of the time');
  });

  test('lacked it before anything was broken', () => {
    const early = many((index) => sample({ at: 10 * index, waited: 500, attempts: [unanswered('app1', 500)] }), 20);
    const diagnoses = diagnosed(configOf(), [
      crashEvidence([...early, ...calmCrash(), ...slow], { heldBack: heldBack(0.9) }),
    ]);
    expect(diagnoses[0]?.cause).toMatch(/^The replicas cannot carry/);
  });

  test.each([
    { what: 'seldom', heldBack: heldBack(0.1) },
    { what: 'only as the victim', heldBack: heldBack(0.9, 'app2') },
    { what: 'never', heldBack: [] },
  ])('do not where they were held back $what', (changes) => {
    const diagnoses = diagnosed(configOf(), [crashEvidence([...calmCrash(), ...slow], { heldBack: changes.heldBack })]);
    expect(explained(diagnoses)).toEqual(['others-fail-too: failover.stall']);
  });
});
