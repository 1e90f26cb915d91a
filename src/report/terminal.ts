import { comparisonSentences } from './comparison-section';
import { diagnosesInOrder } from './diagnosis-section';
import { portions } from './distribution-table';
import { gatesByOutcome, gateSamples, gateWords } from './gate-table';
import { comfort, headline, twoSides } from './wording';
import type { Report } from './schema';
import { advice, undecided } from './undecided';
import { allowedWords, marginWords, observedWords } from './gate-words';
import { capitalized, grouped } from './quantities';

const BAR_LENGTH = 30;

/** The report as plain lines of text for a log or a terminal. Foreign text in it is for the caller's log to escape. */
export function terminalLines(report: Report): readonly string[] {
  const both = twoSides(report);
  const holds = comfort(report);
  return [
    `${capitalized(report.verdict)} · ${headline(report)}`,
    ...(holds === null ? [] : [`${holds}.`]),
    ...(both === null ? [] : [both]),
    ...(report.comparison === null ? [] : comparisonSentences(report.comparison)),
    ...(report.message === null ? [] : [report.message, ...report.details.map((line) => `  | ${line}`)]),
    ...gateLines(report),
    ...undecidedLines(report),
    ...distributionLines(report),
    ...diagnosisLines(report),
  ];
}

function gateLines(report: Report): readonly string[] {
  if (report.gates.length === 0) return [];
  const rows = gatesByOutcome(report).map((gate) => [
    gate.outcome,
    gateWords(gate, report),
    observedWords(gate),
    allowedWords(gate),
    marginWords(gate),
    grouped(gateSamples(gate, report)),
  ]);
  return ['', ...table([['', 'measured', 'observed', 'allowed', 'margin', 'samples'], ...rows], [2, 3, 4, 5])];
}

function undecidedLines(report: Report): readonly string[] {
  const reasons = [...undecided(report, 'inconclusive'), ...undecided(report, 'warn')];
  return [
    ...(reasons.length === 0 ? [] : ['']),
    ...reasons.map(({ about, why }) => `${capitalized(about)}: ${why}`),
    ...(report.verdict === 'inconclusive' ? ['', 'What to do:', ...advice(report).map((line) => `  ${line}`)] : []),
  ];
}

function distributionLines(report: Report): readonly string[] {
  const parts = portions(report.distribution, BAR_LENGTH);
  if (parts.length === 0 || !report.scenarios.some(({ counts }) => counts.requests > 0)) return [];
  const rows = parts.map(({ replica, requests, share, bar }) => [
    replica,
    grouped(requests),
    share,
    bar === '' ? 'serves nothing' : bar,
  ]);
  return ['', ...table([['replica', 'requests', 'share', ''], ...rows], [1, 2])];
}

function diagnosisLines(report: Report): readonly string[] {
  return diagnosesInOrder(report).flatMap((diagnosis) => [
    '',
    `Why: ${diagnosis.cause}`,
    `     ${diagnosis.evidence}`,
    `Fix: ${diagnosis.fix}`,
    ...(diagnosis.diff === null
      ? []
      : diagnosis.diff
          .trimEnd()
          .split('\n')
          .map((line) => `     ${line}`)),
  ]);
}

/** Columns padded to their widest cell; those listed are aligned to the right. */
function table(rows: readonly (readonly string[])[], right: readonly number[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
