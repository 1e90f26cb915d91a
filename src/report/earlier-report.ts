import { isFields } from '../settings/json-fields';
import type { Report, ReportGate } from './schema';

/** One gate as an earlier report tells it: what is needed to compare it. */
export type EarlierGate = Pick<ReportGate, 'metric' | 'scenario' | 'observed' | 'reason'> & {
  /** It decided nothing then, whatever its number. */
  readonly undecided: boolean;
};

/** What of an earlier report can be compared. */
export interface EarlierReport {
  readonly verdict: Report['verdict'];
  readonly gates: readonly EarlierGate[];
  /** Each scenario with the gates as it alone met them; empty in reports from before these were told. */
  readonly scenarios: readonly { readonly name: string; readonly gates: readonly EarlierGate[] }[];
}

/** The earlier report, or one clause on why a text is none. */
export type EarlierReading =
  { readonly ok: true; readonly report: EarlierReport } | { readonly ok: false; readonly why: string };

const VERDICTS: readonly Report['verdict'][] = ['pass', 'fail', 'inconclusive', 'error'];

/**
 * Reads a report.json of another run. The text is foreign: another version of this action may have written it, or nobody who knows
 * it. Only what the comparison uses is looked at.
 */
export function readEarlierReport(text: string): EarlierReading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('it is not JSON');
  }
  if (!isFields(value) || !('schemaVersion' in value)) return refused('it is no report.json of this action');
  if (value['schemaVersion'] !== 1) return refused('another version of this action wrote it, in a form unknown here');
  const verdict = VERDICTS.find((one) => one === value['verdict']);
  const gates = gatesOf(value['gates']);
  const scenarios = scenariosOf(value['scenarios']);
  if (verdict === undefined || gates === null || scenarios === null)
    return refused('it is no report.json of this action');
  if (gates.length === 0) return refused('it judged nothing');
  return { ok: true, report: { verdict, gates, scenarios } };
}

function scenariosOf(value: unknown): EarlierReport['scenarios'] | null {
  if (!Array.isArray(value)) return null;
  const scenarios = value.map((one: unknown) => {
    const name = isFields(one) ? one['name'] : null;
    const gates = isFields(one) ? gatesOf(one['gates'] ?? []) : null;
    return typeof name === 'string' && gates !== null ? { name, gates } : null;
  });
  return whole(scenarios);
}

function gatesOf(value: unknown): readonly EarlierGate[] | null {
  return Array.isArray(value) ? whole(value.map(gateOf)) : null;
}

function gateOf(value: unknown): EarlierGate | null {
  if (!isFields(value)) return null;
  const { metric, scenario, observed, reason, outcome } = value;
  return typeof metric === 'string' && isTextOrNull(scenario) && isNumberOrNull(observed) && isTextOrNull(reason)
    ? { metric, scenario, observed, reason, undecided: outcome === 'inconclusive' }
    : null;
}

function whole<T>(items: readonly (T | null)[]): readonly T[] | null {
  const found = items.filter((item) => item !== null);
  return found.length === items.length ? found : null;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isNumberOrNull(value: unknown): value is number | null {
  return value === null || (typeof value === 'number' && Number.isFinite(value));
}

function refused(why: string): EarlierReading {
  return { ok: false, why };
}
