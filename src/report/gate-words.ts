import { NEVER, neverHappened, NOT_OBSERVABLE } from '../verdict/judgement';
import type { ReportGate } from './schema';
import { quantity } from './quantities';

/** What a gate saw, in words where there is no number. */
export function observedWords(gate: ReportGate): string {
  const { observed, unit, outcome, reason } = gate;
  if (observed !== null) return quantity(observed, unit);
  if (neverHappened(gate)) return 'never';
  return outcome === 'warn' && reason?.startsWith(NOT_OBSERVABLE) === true ? 'not observable' : 'unknown';
}

/** A gate's bound: `0`, `< 6 s`, `≥ 90 %`. */
export function allowedWords({ allowed, operator, unit }: ReportGate): string {
  const sign = { '==': '', '!=': '≠ ', '<': '< ', '<=': '≤ ', '>': '> ', '>=': '≥ ' }[operator];
  return `${sign}${quantity(allowed, unit)}`;
}

/** How far from its bound a gate is: `5 s to spare`, `32.6 s over`; empty where a bound leaves no room. */
export function marginWords({ observed, allowed, operator, unit }: ReportGate): string {
  if (observed === null || operator === '==' || operator === '!=') return '';
  const upper = operator === '<' || operator === '<=';
  const spare = upper ? allowed - observed : observed - allowed;
  if (spare === 0) return 'none';
  return `${quantity(Math.abs(spare), unit)} ${spare > 0 ? 'to spare' : upper ? 'over' : 'short'}`;
}

/** What a gate's number is made of, or why it never came; empty where there is nothing to add, or no number at all. */
export function remarkWords({ observed, reason }: ReportGate): string {
  if (reason === null) return '';
  if (observed !== null) return reason;
  return reason.startsWith(NEVER) ? reason.slice(NEVER.length) : '';
}
