import { OPERATORS, type Gate, type Operator, type Unit } from './gates';
import { createFirstLines, filledLines } from './lists';
import { findMetric, METRICS, type Metric } from './metrics';
import { accepted, refused, together, type Reading } from './reading';
import { nearest } from './spelling';
import { notAccepted, oneOf, quoted } from './wording';

/** `metric operator value [rest]`; white space around the operator may be left out. */
const LINE = /^([^\s=!<>]+)\s*([=!<>]+)\s*([^\s=!<>]\S*)(?:\s+(\S.*))?$/;

/** What a bound of each unit looks like, how a message asks for it, and how its text becomes a number. */
const BOUNDS: Readonly<Record<Unit, { pattern: RegExp; forms: string; toNumber: (text: string) => number }>> = {
  '%': {
    pattern: /^(?:100(?:\.0{1,3})?|\d{1,2}(?:\.\d{1,3})?)%$/,
    forms: 'a share from 0% to 100%, such as `99.5%`',
    toNumber: (text) => Number(text.slice(0, -1)),
  },
  ms: {
    pattern: /^\d{1,9}(?:\.\d{1,3})?m?s$/,
    forms: 'a duration, such as `500ms` or `2s`',
    // The exponent keeps the value exact: 1.001 * 1000 is not 1001.
    toNumber: (text) => (text.endsWith('ms') ? Number(text.slice(0, -2)) : Number(`${text.slice(0, -1)}e3`)),
  },
  count: {
    pattern: /^\d{1,9}$/,
    forms: 'a whole number without a unit, such as `0`',
    toNumber: Number,
  },
};

/**
 * Reads gates, one a line: `metric operator value [warn]`. A `#` starts a comment, empty lines are skipped.
 * Never throws; each complaint carries the number of its line.
 */
export function parseGates(text: string): Reading<readonly Gate[]> {
  const lines = filledLines(text)
    .map(({ number, text: line }) => ({ number, text: line.replace(/#.*$/su, '').trim() }))
    .filter((line) => line.text !== '');
  const firstLineOf = createFirstLines();
  return together(
    lines.map((line) => {
      const reading = parseGate(line.text, line.number);
      if (!reading.ok) return reading;
      const { metric } = reading.value;
      const first = firstLineOf(metric, line.number);
      return first === null ? reading : repeated(metric, first, line.number);
    }),
  );
}

/** A gate as a line of the language; `parseGates` reads it back as it was. */
export function printGate(gate: Gate): string {
  const warn = gate.severity === 'warn' ? ' warn' : '';
  return `${gate.metric} ${gate.operator} ${printBound(gate.allowed, gate.unit)}${warn}`;
}

function parseGate(text: string, line: number): Reading<Gate> {
  const [, name, sign, bound, rest] = LINE.exec(text) ?? [];
  if (name === undefined || sign === undefined || bound === undefined) {
    const form = '`metric operator value [warn]`, such as `failover.stall < 2s`';
    return refused(`${quoted(text)} is not a gate; give ${form}.`, line);
  }
  const metric = findMetric(name);
  if (metric === null) return refused(unknown(name), line);
  const operator = OPERATORS.find((known) => known === sign);
  if (operator === undefined) return refused(`${quoted(sign)} is not an operator; give ${oneOf(OPERATORS)}.`, line);
  const { pattern, forms } = BOUNDS[metric.unit];
  if (!pattern.test(bound)) return refused(`\`${metric.name}\`: ${notAccepted(bound, forms)}`, line);
  if (rest !== undefined && rest !== 'warn') {
    return refused(`${quoted(rest)} is not accepted after the value; give \`warn\` or nothing.`, line);
  }
  return accepted(gate(metric, operator, bound, rest === 'warn' ? 'warn' : 'fail', line));
}

function gate(metric: Metric, operator: Operator, bound: string, severity: Gate['severity'], line: number): Gate {
  const { name, unit } = metric;
  return { metric: name, operator, allowed: BOUNDS[unit].toNumber(bound), unit, severity, line };
}

function unknown(name: string): string {
  const meant = nearest(
    name,
    METRICS.map((metric) => metric.name),
  );
  // Those of a single fault would make the list several times as long, and no clearer.
  const general = METRICS.filter((metric) => metric.fault === null).map((metric) => metric.name);
  return `${quoted(name)} is not a metric; ${meant === null ? `give ${oneOf(general)}.` : `did you mean \`${meant}\`?`}`;
}

function repeated(metric: string, first: number, line: number): Reading<never> {
  return refused(`\`${metric}\` already has a gate on line ${first}; give each metric one.`, line);
}

function printBound(allowed: number, unit: Unit): string {
  if (unit === 'count') return String(allowed);
  if (unit === '%') return `${allowed}%`;
  return Number.isInteger(allowed) && allowed >= 1000 ? `${allowed / 1000}s` : `${allowed}ms`;
}
