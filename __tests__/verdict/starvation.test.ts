import { describe, expect, test } from '@jest/globals';
import type { ProcessorWait, ScenarioEvidence } from '../../src/checks/evidence';
import { parseGates } from '../../src/settings/gate-language';
import { judgeGates } from '../../src/verdict/judgement';
import { measureAll } from '../../src/verdict/measure';
import { starvation, waitMeterOf } from '../../src/verdict/starvation';
import {
  attempt,
  calmCrash,
  CRASH,
  crashEvidence,
  modelOf,
  rotationEvidence,
  sample,
  START,
  steady,
  unanswered,
  unconnected,
} from '../support/evidence';

const MODEL = modelOf(`upstream app { zone app 64k; server app1:5000; server app2:5000; server app3:5000; }
  server { listen 80; location / { proxy_pass http://app; } }`);

/** Waits from one moment to another, in milliseconds after START. */
function wait(who: string | null, from: number, to: number, waitedMs: number): ProcessorWait {
  return { who, from: START + from, to: START + to, waitedMs };
}

function judged(evidence: ScenarioEvidence, text: string, model = MODEL): string {
  const parsed = parseGates(text);
  if (!parsed.ok) throw new Error('no gate');
  const [result] = judgeGates(parsed.value, measureAll([evidence], model, parsed.value));
  return result?.outcome ?? 'none';
}

/** A request that waited for 2.4 s on a replica that nobody broke. */
const LATE = sample({ at: 5_000, waited: 2_400, attempts: [attempt('app1', { headerMs: 2_390, responseMs: 2_390 })] });
/** One that NGINX gave up on there. */
const LOST_TERMS = { waited: 1_000, attempts: [unanswered('app1', 1_000), unanswered('app3', 1_000)] };
const LOST = sample({ ...LOST_TERMS, at: 5_000 });

describe('a gate on the longest wait', () => {
  const gate = 'failover.crash.stall < 2s';
  test.each([
    { what: 'is broken on a machine that has processors', waits: [], outcome: 'fail' },
    {
      what: 'is not decided where NGINX waited for one for as long as it is missed by',
      waits: [wait(null, 5_000, 5_500, 450)],
      outcome: 'inconclusive',
    },
    {
      what: 'nor where NGINX and a replica did together',
      waits: [wait(null, 5_000, 5_500, 250), wait('app1', 6_000, 6_500, 200)],
      outcome: 'inconclusive',
    },
    { what: 'is broken where it was for less', waits: [wait(null, 5_000, 5_500, 300)], outcome: 'fail' },
    { what: 'or at another time', waits: [wait(null, 3_000, 3_500, 450)], outcome: 'fail' },
    { what: 'or only the broken replica did', waits: [wait('app2', 5_000, 5_500, 450)], outcome: 'fail' },
    {
      what: 'or three replicas did at the same time, of which a request needs one',
      waits: [wait('app1', 5_000, 5_500, 250), wait('app3', 5_000, 5_500, 250)],
      outcome: 'fail',
    },
  ])('$what', ({ waits, outcome }) => {
    expect(judged(crashEvidence([...calmCrash(), LATE], { processorWaits: waits }), gate)).toBe(outcome);
  });
});

test('a wait that the configuration asks for is one on any machine', () => {
  const model = modelOf(`upstream app { zone app 64k; server app1:5000; server app2:5000; server app3:5000; }
    server { listen 80; proxy_read_timeout 2500ms; location / { proxy_pass http://app; } }`);
  const hung = sample({ at: 5_000, waited: 3_500, attempts: [unanswered('app2', 2_900), attempt('app1')] });
  const evidence = crashEvidence([...calmCrash(), hung], { processorWaits: [wait(null, 4_000, 9_000, 4_900)] });
  expect(judged(evidence, 'failover.crash.stall < 2s', model)).toBe('fail');
  expect(judged(evidence, 'failover.crash.stall < 3s', model)).toBe('inconclusive');
});

describe('a gate on failed requests', () => {
  const gate = 'failover.crash.errors == 0';
  test.each([
    { what: 'is broken on a machine that has processors', waits: [], outcome: 'fail' },
    {
      what: 'is not decided where those that failed had none',
      waits: [wait('app1', 4_500, 6_000, 1_300)],
      outcome: 'inconclusive',
    },
    { what: 'is broken where it was long before', waits: [wait('app1', 2_000, 3_500, 1_400)], outcome: 'fail' },
    { what: 'or for moments', waits: [wait('app1', 4_500, 6_000, 900)], outcome: 'fail' },
  ])('$what', ({ waits, outcome }) => {
    expect(judged(crashEvidence([...calmCrash(), LOST], { processorWaits: waits }), gate)).toBe(outcome);
  });

  // NGINX logs the group's name where no server of it is left.
  const nobody = (at: number) => sample({ at, attempts: [unconnected('app', 0)] });
  test.each([
    {
      what: 'is not decided where NGINX had set aside those that had none',
      fails: [5_000],
      at: 12_000,
      outcome: 'inconclusive',
    },
    { what: 'is broken where it had set them aside long before', fails: [5_000], at: 19_000, outcome: 'fail' },
    { what: 'or for what they did with a processor', fails: [5_000, 8_000], at: 12_000, outcome: 'fail' },
  ])('$what', ({ fails, at, outcome }) => {
    const lost = fails.map((when) => sample({ ...LOST_TERMS, at: when }));
    const evidence = crashEvidence([...calmCrash(), ...lost, nobody(at)], {
      processorWaits: [wait('app1', 4_500, 6_000, 1_300)],
    });
    expect(judged(evidence, gate)).toBe(outcome);
  });

  // Answered by a page of its own, so that no excuse holds.
  test.each([
    { what: 'is broken by POSTs that were sent to the broken replica', replica: 'app2', outcome: 'fail' },
    { what: 'is not decided where they were sent to another', replica: 'app1', outcome: 'inconclusive' },
  ])('$what', ({ replica, outcome }) => {
    const redirected = { kind: 'answered', status: 302 } as const;
    const attempts = [unanswered(replica, 1_000)];
    const lost = sample({ method: 'POST', at: 5_000, waited: 1_000, attempts, outcome: redirected });
    const evidence = crashEvidence([...calmCrash(), lost], { processorWaits: [wait(null, 4_500, 6_000, 1_300)] });
    expect(judged(evidence, 'failover.crash.unsafe-errors == 0')).toBe(outcome);
  });

  test('is broken where one failed for another reason', () => {
    const other = sample({ at: 8_000, attempts: [attempt('app1', { status: 500 })] });
    const evidence = crashEvidence([...calmCrash(), LOST, other], {
      processorWaits: [wait(null, 4_500, 6_000, 1_300)],
    });
    expect(judged(evidence, gate)).toBe('fail');
  });

  test('while nothing is broken yet', () => {
    const early = sample({ at: 500, attempts: [unanswered('app1', 6)] });
    const evidence = crashEvidence([...calmCrash(), early]);
    expect(judged(evidence, 'baseline.errors == 0')).toBe('fail');
    const starved = { ...evidence, processorWaits: [wait(null, -500, 500, 800)] };
    expect(judged(starved, 'baseline.errors == 0')).toBe('inconclusive');
  });
});

describe('a gate on the time until a mended replica serves again', () => {
  // Nobody came back.
  const lost = [
    ...calmCrash().filter(({ scheduledAt }) => scheduledAt < START + CRASH.healed),
    ...steady(CRASH.healed, 300, ['app1', 'app3']),
  ];
  test.each([
    { what: 'is broken on a machine that has processors', waits: [], outcome: 'fail' },
    {
      what: 'is not decided where the replica had none',
      waits: [wait('app2', 9_500, 12_000, 2_000)],
      outcome: 'inconclusive',
    },
    { what: 'is broken where it had one soon', waits: [wait('app2', 9_500, 10_500, 1_000)], outcome: 'fail' },
    { what: 'or had none only while it was broken', waits: [wait('app2', 3_000, 9_000, 6_000)], outcome: 'fail' },
  ])('$what', ({ waits, outcome }) => {
    expect(judged(crashEvidence(lost, { processorWaits: waits }), 'failover.crash.recover < 2s')).toBe(outcome);
  });
});

describe('a whole scenario', () => {
  const length = CRASH.end;
  test.each([
    {
      what: 'is in doubt where NGINX waited a good part of it',
      waits: [wait(null, 0, length, 0.6 * length)],
      doubt: true,
    },
    { what: 'is not where it was less', waits: [wait(null, 0, length, 0.4 * length)], doubt: false },
    { what: 'or the broken replica', waits: [wait('app2', 2_500, 9_000, 6_000)], doubt: false },
  ])('$what', ({ waits, doubt }) => {
    expect(starvation(crashEvidence(calmCrash(), { processorWaits: waits })) !== null).toBe(doubt);
  });

  test('is not where a neighbour is meant to take processors away', () => {
    const evidence = rotationEvidence(calmCrash(), { check: 'limits', processorWaits: [wait(null, 0, 10_000, 9_000)] });
    expect(starvation(evidence)).toBeNull();
  });
});

test('no time is counted twice, and a part of a wait counts as a part', () => {
  const meter = waitMeterOf({
    fault: null,
    processorWaits: [wait('app1', 0, 1_000, 800), wait('app1', 500, 1_500, 1_000)],
  });
  expect(meter(START, START + 1_500)).toBe(1_300);
  expect(meter(START, START + 500)).toBe(400);
  expect(meter(START + 1_250, START + 9_000)).toBe(250);
  expect(meter(START + 2_000, START + 9_000)).toBe(0);
});
