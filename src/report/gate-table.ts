import { plainText } from './escape';
import { details } from './markdown-details';
import { markdownTable, strongRow } from './markdown-table';
import type { Report, ReportGate } from './schema';
import { allowedWords, marginWords, observedWords, remarkWords } from './gate-words';
import { explains } from './explained';
import { gateSubjectWords, ofMetric, standsForAll } from './metric-words';
import { counted, grouped } from './quantities';
import { worstFirst } from './standings';

/** Gates that are met are folded away where they are more than this: by themselves, or beside some that are not. */
const MOST_MET = { alone: 10, beside: 6 };

/** The gates, those first that a reader has to do something about; otherwise in their own order. */
export function gatesByOutcome(report: Report): readonly ReportGate[] {
  return worstFirst(report.gates);
}

/**
 * A gate's name in words, with what its number is made of: `rotation: replicas that serve (3 of 3 replicas)`. What a diagnosis quotes, or
 * what is told as the reason why there is no answer, is not said twice.
 */
export function gateWords(gate: ReportGate, report: Report): string {
  const remark = remarkWords(gate);
  const isQuoted = report.diagnoses.some((one) => explains(one, gate) && one.evidence.includes(remark));
  const isReason = gate.outcome === 'inconclusive' && gate.reason === remark;
  // It is about the one of them that decided.
  const isOfOne = standsForAll(gate, report.scenarios);
  const said = remark === '' || isQuoted || isReason || isOfOne ? '' : ` (${remark})`;
  return `${gateSubjectWords(gate, report.scenarios)}${said}`;
}

/** How many samples a gate rests on; one that all faults meet with nothing at all, on those of all of them. */
export function gateSamples(gate: ReportGate, { scenarios }: Report): number {
  if (!standsForAll(gate, scenarios)) return gate.samples;
  return ofMetric(gate, scenarios).reduce((sum, { samples }) => sum + samples, 0);
}

/** Every gate with what was observed and allowed, as a Markdown table; very many that are met are folded behind it. */
export function gateTable(report: Report): string {
  const gates = gatesByOutcome(report);
  const met = gates.filter(({ outcome }) => outcome === 'pass');
  const unmet = gates.filter(({ outcome }) => outcome !== 'pass');
  if (met.length <= (unmet.length === 0 ? MOST_MET.alone : MOST_MET.beside)) return tableOf(gates, report);
  return [
    ...(unmet.length === 0 ? [] : [tableOf(unmet, report)]),
    details(`${unmet.length === 0 ? 'All ' : ''}${counted(met.length, 'gate')} met`, [tableOf(met, report)]),
  ].join('\n\n');
}

function tableOf(gates: readonly ReportGate[], report: Report): string {
  const rows = gates.map((gate) => {
    const cells = [
      gate.outcome,
      plainText(gateWords(gate, report)),
      plainText(observedWords(gate)),
      plainText(allowedWords(gate)),
      plainText(marginWords(gate)),
      grouped(gateSamples(gate, report)),
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
