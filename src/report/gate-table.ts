import { plainText } from './escape';
import { markdownTable, strongRow } from './markdown-table';
import type { Report, ReportGate } from './schema';
import { allowedWords, grouped, marginWords, metricWords, observedWords, remarkWords } from './gate-words';

const RANK: Readonly<Record<ReportGate['outcome'], number>> = { fail: 0, inconclusive: 1, warn: 2, pass: 3 };

/** The gates, those first that a reader has to do something about; otherwise in their own order. */
export function gatesByOutcome(report: Report): readonly ReportGate[] {
  return report.gates.toSorted((a, b) => RANK[a.outcome] - RANK[b.outcome]);
}

/** A gate's name in words, with what its number is made of: `rotation: replicas that serve (3 of 3 replicas)`. */
export function gateWords(gate: ReportGate): string {
  const remark = remarkWords(gate);
  return `${metricWords(gate.metric, gate.scenario)}${remark === '' ? '' : ` (${remark})`}`;
}

/** Every gate with what was observed and allowed, as a Markdown table. */
export function gateTable(report: Report): string {
  const rows = gatesByOutcome(report).map((gate) => {
    const cells = [
      gate.outcome,
      plainText(gateWords(gate)),
      plainText(observedWords(gate)),
      plainText(allowedWords(gate)),
      plainText(marginWords(gate)),
      grouped(gate.samples),
    ];
    return gate.outcome === 'fail' || gate.outcome === 'inconclusive' ? strongRow(cells) : cells;
  });
  return markdownTable(
    [
      { title: '' },
      { title: 'What was measured' },
      { title: 'Observed', right: true },
      { title: 'Allowed', right: true },
      { title: 'Margin', right: true },
      { title: 'Samples', right: true },
    ],
    rows,
  );
}
