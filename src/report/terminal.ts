import type { Report } from './schema';
import { allowedWords, grouped, headline, metricWords, observedWords } from './wording';

const BAR_LENGTH = 30;

/** The report as plain lines of text for a log or a terminal. Foreign text in it is for the caller's log to escape. */
export function terminalLines(report: Report): readonly string[] {
  return [
    `Verdict: ${report.verdict}. ${headline(report)}`,
    ...(report.message === null ? [] : [report.message, ...report.details.map((line) => `  | ${line}`)]),
    ...gateLines(report),
    ...distributionLines(report),
    ...report.diagnoses.flatMap((diagnosis) => [
      '',
      `Why: ${diagnosis.cause}`,
      `     ${diagnosis.evidence}`,
      `Fix: ${diagnosis.fix}`,
      ...(diagnosis.diff === null ? [] : diagnosis.diff.split('\n').map((line) => `     ${line}`)),
    ]),
  ];
}

function gateLines(report: Report): readonly string[] {
  if (report.gates.length === 0) return [];
  const rows = report.gates.map((gate) => [
    gate.outcome,
    metricWords(gate.metric, gate.scenario),
    observedWords(gate),
    allowedWords(gate),
    grouped(gate.samples),
    gate.outcome === 'inconclusive' ? (gate.reason ?? '') : '',
  ]);
  return ['', ...table([['', 'what clients must not notice', 'observed', 'allowed', 'samples', ''], ...rows], [2, 3, 4])];
}

function distributionLines(report: Report): readonly string[] {
  const entries = Object.entries(report.distribution);
  if (entries.length === 0) return [];
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  const most = Math.max(1, ...entries.map(([, count]) => count));
  const rows = entries.map(([replica, count]) => [
    replica,
    grouped(count),
    `${(total === 0 ? 0 : (count / total) * 100).toFixed(1)} %`,
    '█'.repeat(Math.round((count / most) * BAR_LENGTH)),
  ]);
  return ['', ...table([['replica', 'requests', 'share', ''], ...rows], [1, 2])];
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
