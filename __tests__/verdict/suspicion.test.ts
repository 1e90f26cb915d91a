import { describe, expect, test } from '@jest/globals';
import type { Probe, ScenarioEvidence } from '../../src/checks/evidence';
import { createConfirmations, suspicionOf } from '../../src/verdict/suspicion';
import type { Judgement } from '../../src/verdict/verdict';
import { crashEvidence, FAULT } from '../support/evidence';

const CALM = { crowded: false, lagBoundMs: 50 };
const CROWDED = { ...CALM, crowded: true };

/** A judgement with one gate that came out so, and the diagnoses of these names. */
function judgement(
  outcome: 'pass' | 'fail' | 'inconclusive',
  reason: string | null,
  ids: readonly string[],
): Judgement {
  return {
    ...{ verdict: outcome, measurements: [], standings: {}, excused: {} },
    gates: [{ metric: 'failover.errors', outcome, reason }],
    diagnoses: ids.map((id) => ({ id, cause: `cause of ${id}` })),
  } as unknown as Judgement;
}

const probe = (changes: Partial<Probe>): Probe => ({
  ...{ id: 'cpu-burner-wait', subject: 'cpu-burner', claim: 'nobody waits', holds: true, seen: 'p99 10 ms' },
  ...changes,
});

const limits = (probes: readonly Probe[]): ScenarioEvidence =>
  crashEvidence([], { name: 'limits', check: 'limits', fault: null, probes });

const one = crashEvidence([]);
const late = { ...one, load: { ...one.load, lagP99Ms: 80 } };
const notRun = crashEvidence([], { fault: { ...FAULT, notRun: 'no such module' } });
const [pass, unproven] = [judgement('pass', null, []), judgement('inconclusive', 'too few', [])];
const explained = judgement('fail', null, ['read-timeout']);
const unexplained = judgement('fail', null, ['unexplained']);
const loaded = judgement('fail', null, ['read-timeout', 'others-fail-too']);

describe('a scenario that ran beside others is suspicious', () => {
  test.each([
    { what: 'not when it passes', evidence: one, judged: pass, at: CROWDED, found: null },
    { what: 'not when a known mistake breaks it', evidence: one, judged: explained, at: CALM, found: null },
    { what: 'not when the machine cannot do the fault', evidence: notRun, judged: unproven, at: CROWDED, found: null },
    {
      ...{ what: 'not when a known mistake kept the fault from being worth it', evidence: notRun, judged: explained },
      ...{ at: CALM, found: null },
    },
    {
      ...{ what: 'when that may be the crowd', evidence: notRun, judged: explained, at: CROWDED },
      found: { kind: 'broken', why: 'failover.errors is broken while the processors are busy' },
    },
    {
      ...{ what: 'when a known mistake breaks it on a crowded machine', evidence: one, judged: explained, at: CROWDED },
      found: { kind: 'broken', why: 'failover.errors is broken while the processors are busy' },
    },
    {
      ...{ what: 'when nothing explains what breaks it', evidence: one, judged: unexplained, at: CALM },
      found: { kind: 'broken', why: 'cause of unexplained' },
    },
    {
      ...{ what: 'when what breaks it may be want of a processor', evidence: one, judged: loaded, at: CALM },
      found: { kind: 'broken', why: 'cause of others-fail-too' },
    },
    {
      ...{ what: 'when it proves nothing', evidence: one, judged: unproven, at: CALM },
      found: { kind: 'unproven', why: 'too few' },
    },
    {
      ...{ what: 'when requests were late', evidence: late, judged: pass, at: CALM },
      found: { kind: 'unproven', why: 'the load generator itself was late: p99 80 ms, allowed 50 ms' },
    },
    {
      ...{
        what: 'when a neighbour did harm',
        evidence: limits([probe({ holds: false })]),
        judged: explained,
        at: CALM,
      },
      found: { kind: 'broken', why: 'cpu-burner (p99 10 ms)' },
    },
    {
      ...{
        what: 'when it is not known of a neighbour',
        evidence: limits([probe({ holds: null })]),
        judged: pass,
        at: CALM,
      },
      found: { kind: 'unproven', why: 'cpu-burner (p99 10 ms)' },
    },
    { what: 'not when none did', evidence: limits([probe({})]), judged: pass, at: CALM, found: null },
  ] as const)('$what', ({ evidence, judged, at, found }) => {
    expect(suspicionOf(evidence, judged, at)).toEqual(found);
  });
});

describe('another run, alone, is worth it', () => {
  const worth = (kinds: readonly ('broken' | 'unproven')[]): { broken: boolean; unproven: boolean } => {
    const confirmed = createConfirmations();
    kinds.forEach(confirmed.add);
    return { broken: confirmed.areWorthIt('broken'), unproven: confirmed.areWorthIt('unproven') };
  };
  test.each([
    { confirmed: [], worthIt: { broken: true, unproven: true } },
    { confirmed: ['broken', 'unproven'], worthIt: { broken: true, unproven: true } },
    { confirmed: ['unproven', 'unproven'], worthIt: { broken: true, unproven: false } },
    { confirmed: ['broken', 'broken'], worthIt: { broken: false, unproven: false } },
  ] as const)('after $confirmed: $worthIt', ({ confirmed, worthIt }) => {
    expect(worth(confirmed)).toEqual(worthIt);
  });
});
