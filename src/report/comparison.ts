import { compare, neverHappened } from '../verdict/judgement';
import type { EarlierGate, EarlierReport } from './earlier-report';
import type { Report, ReportChange, ReportComparison, ReportGate } from './schema';
import { isBroken } from './standings';

/**
 * What changed since an earlier report, gate by gate and scenario by scenario. Both are held against today's bounds: a bound that
 * was tightened in between breaks nothing. Times are compared with their bound only, and never with each other: they depend on
 * the machine.
 */
export function compareReports(report: Report, earlier: EarlierReport): ReportComparison {
  const before = new Map(gatesOf(earlier).map((gate) => [keyOf(gate), gate]));
  const changes: ReportChange[] = [];
  let unchanged = 0;
  for (const gate of gatesOf(report)) {
    const old = before.get(keyOf(gate));
    const change = old === undefined ? null : changeOf(standingThen(old, gate), standingNow(gate));
    if (old === undefined || change === null) continue;
    if (change === 'unchanged') unchanged += 1;
    else {
      const { metric, scenario, unit, observed } = gate;
      changes.push({ change, metric, scenario, unit, before: old.observed, after: observed });
    }
  }
  const names = (one: { readonly scenarios: readonly { readonly name: string }[] }): readonly string[] =>
    one.scenarios.map(({ name }) => name);
  return {
    verdict: earlier.verdict,
    changes: changes.toSorted((a, b) => ORDER.indexOf(a.change) - ORDER.indexOf(b.change)),
    unchanged,
    added: names(report).filter((name) => !names(earlier).includes(name)),
    removed: names(earlier).filter((name) => !names(report).includes(name)),
  };
}

const ORDER: readonly ReportChange['change'][] = ['worse', 'still', 'unclear', 'better'];

type Standing = 'met' | 'unmet' | 'unknown';

/** Each scenario's own gates where there are any; a gate that only the worst scenario decided has that one's name. */
function gatesOf<Gate extends Pick<EarlierGate, 'metric' | 'scenario'>>(one: {
  readonly gates: readonly Gate[];
  readonly scenarios: readonly { readonly gates: readonly Gate[] }[];
}): readonly Gate[] {
  const own = one.scenarios.flatMap(({ gates }) => gates);
  return own.length > 0 ? own : one.gates;
}

function keyOf({ metric, scenario }: Pick<EarlierGate, 'metric' | 'scenario'>): string {
  return JSON.stringify([scenario, metric]);
}

function standingNow(gate: ReportGate): Standing {
  if (isBroken(gate)) return 'unmet';
  return gate.outcome === 'pass' ? 'met' : 'unknown';
}

function standingThen(earlier: EarlierGate, { operator, allowed }: ReportGate): Standing {
  const { observed, undecided } = earlier;
  if (undecided) return 'unknown';
  if (observed === null) return neverHappened(earlier) ? 'unmet' : 'unknown';
  return compare(observed, operator, allowed) ? 'met' : 'unmet';
}

/** null: nothing can be said. */
function changeOf(then: Standing, now: Standing): ReportChange['change'] | 'unchanged' | null {
  if (then === 'unknown' || now === 'unknown') return then === now ? null : 'unclear';
  if (then === now) return now === 'met' ? 'unchanged' : 'still';
  return now === 'met' ? 'better' : 'worse';
}
