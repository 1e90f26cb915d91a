import type { Gate, Operator, Unit } from '../settings/gates';
import type { Measurement } from './measurement';

export type Outcome = 'pass' | 'fail' | 'warn' | 'inconclusive';

/** The answer to a run. `error`: it could not be measured at all. */
export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'error';

/** One gate, judged. */
export interface GateResult {
  readonly metric: string;
  readonly operator: Operator;
  readonly allowed: number;
  readonly unit: Unit;
  /** null: nothing to show; `reason` says why. */
  readonly observed: number | null;
  readonly samples: number;
  readonly outcome: Outcome;
  /** Why it is not a plain pass or fail, or what the number is made of. */
  readonly reason: string | null;
  /** The scenario whose measurement decided. */
  readonly scenario: string | null;
}

/**
 * Holds every gate against what was measured. A metric that several scenarios measured is judged by its worst measurement. A
 * gate of the profile about a check that was not asked for is left out; one of the user's own is inconclusive then.
 */
export function judgeGates(gates: readonly Gate[], measurements: readonly Measurement[]): readonly GateResult[] {
  return gates.flatMap((gate) => {
    const candidates = measurements
      .filter((measurement) => measurement.metric === gate.metric)
      .map((measurement) => judge(gate, measurement));
    const worst = candidates.reduce<GateResult | null>((a, b) => (a === null ? b : worseOf(a, b)), null);
    if (worst !== null) return [worst];
    return gate.line === null ? [] : [notMeasured(gate)];
  });
}

/**
 * How the reason begins of a gate on what should have happened and never did. Its number is infinite, and a result holds none then: this
 * is what tells it from a gate of which nothing is known.
 */
export const NEVER = 'never: ';

/** How the reason begins of a gate on what this set-up cannot show. */
export const NOT_OBSERVABLE = 'not observable: ';

/** Whether what a gate is about should have happened, and never did. */
export function neverHappened({ observed, reason }: Pick<GateResult, 'observed' | 'reason'>): boolean {
  return observed === null && reason?.startsWith(NEVER) === true;
}

/** Whether a gate only warns, and is not met; one that could not be observed is not among these. */
export function isBrokenWarning(result: Pick<GateResult, 'outcome' | 'observed' | 'reason'>): boolean {
  return result.outcome === 'warn' && (result.observed !== null || neverHappened(result));
}

/** What the gates come to together; no gate at all shows nothing. */
export function verdictOf(results: readonly GateResult[]): Verdict {
  if (results.some((result) => result.outcome === 'fail')) return 'fail';
  if (results.length === 0 || results.some((result) => result.outcome === 'inconclusive')) return 'inconclusive';
  return 'pass';
}

/** A job fails exactly when the verdict is fail, error, or (unless the user says otherwise) inconclusive. */
export function failsJob(verdict: Verdict, onInconclusive: 'fail' | 'pass'): boolean {
  return verdict === 'fail' || verdict === 'error' || (verdict === 'inconclusive' && onInconclusive === 'fail');
}

function judge(gate: Gate, measurement: Measurement): GateResult {
  const { observed, samples, scenario } = measurement;
  const base = { ...limits(gate), samples, scenario };
  if (observed.kind === 'unobservable') {
    return { ...base, observed: null, outcome: 'warn', reason: NOT_OBSERVABLE + observed.why };
  }
  if (observed.kind === 'inconclusive') {
    return { ...base, observed: null, outcome: softened(gate, 'inconclusive'), reason: observed.why };
  }
  const { value, remark, doubt } = observed;
  const happened = Number.isFinite(value);
  const shown = happened ? value : null;
  const holds = compare(value, gate.operator, gate.allowed);
  const holdsWithoutDoubt = doubt !== undefined && compare(doubt.value, gate.operator, gate.allowed);
  const unproven = holds ? measurement.unseen : holdsWithoutDoubt ? doubt.why : measurement.shaken;
  if (unproven !== undefined) {
    return { ...base, observed: shown, outcome: softened(gate, 'inconclusive'), reason: unproven };
  }
  return {
    ...base,
    observed: shown,
    // A late generator says nothing about the cluster, hence never a failure.
    outcome: holds ? 'pass' : softened(gate, gate.metric === 'load.lag' ? 'inconclusive' : 'fail'),
    reason: happened ? remark : NEVER + (remark ?? 'it did not happen'),
  };
}

/** A `warn` gate never decides. */
function softened(gate: Gate, outcome: 'fail' | 'inconclusive'): Outcome {
  return gate.severity === 'warn' ? 'warn' : outcome;
}

function notMeasured(gate: Gate): GateResult {
  return {
    ...limits(gate),
    observed: null,
    samples: 0,
    outcome: softened(gate, 'inconclusive'),
    reason: 'not measured: the check that measures it was not run (inputs checks, faults)',
    scenario: null,
  };
}

function limits({
  metric,
  operator,
  allowed,
  unit,
}: Gate): Pick<GateResult, 'metric' | 'operator' | 'allowed' | 'unit'> {
  return { metric, operator, allowed, unit };
}

const RANK: Readonly<Record<Outcome, number>> = { pass: 0, warn: 1, inconclusive: 2, fail: 3 };

/** The worse of two answers to the same gate: by outcome, and of the same outcome the one farther on the bad side. */
export function worseOf(a: GateResult, b: GateResult): GateResult {
  if (RANK[a.outcome] !== RANK[b.outcome]) return RANK[a.outcome] > RANK[b.outcome] ? a : b;
  const badness = ({ operator, observed, allowed }: GateResult): number => {
    if (observed === null) return Infinity;
    // For an equality the farther from the bound is the worse.
    if (operator === '==' || operator === '!=') return Math.abs(observed - allowed);
    return operator === '>' || operator === '>=' ? -observed : observed;
  };
  return badness(b) > badness(a) ? b : a;
}

/** `observed operator allowed`; Infinity compares as the largest number. */
export function compare(observed: number, operator: Operator, allowed: number): boolean {
  switch (operator) {
    case '==':
      return observed === allowed;
    case '!=':
      return observed !== allowed;
    case '<':
      return observed < allowed;
    case '<=':
      return observed <= allowed;
    case '>':
      return observed > allowed;
    case '>=':
      return observed >= allowed;
  }
}
