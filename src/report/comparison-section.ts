import { plainText } from './escape';
import { markdownTable, strongRow } from './markdown-table';
import { metricWords } from './metric-words';
import { capitalized, counted, listed, quantity } from './quantities';
import type { ReportChange, ReportComparison } from './schema';
import { subjectOf } from './subjects';

/** What a change means for a reader. */
export const CHANGE_WORDS: Readonly<Record<ReportChange['change'], string>> = {
  worse: 'worse: met before',
  still: 'as before: not met',
  unclear: 'unclear: not proven in both',
  better: 'better: not met before',
};
const MOST_ROWS = 12;

/** What changed since the earlier report, beginning with whose doing it is. */
export function comparisonSection(comparison: ReportComparison): string {
  return [...comparisonSentences(comparison).map((line) => plainText(line)), ...table(comparison)].join('\n\n');
}

/** The same in sentences, for those who read no table. */
export function comparisonSentences(comparison: ReportComparison): readonly string[] {
  const { changes, unchanged, added, removed } = comparison;
  const number = (change: ReportChange['change']): number => changes.filter((one) => one.change === change).length;
  const counts = [
    ...(number('worse') > 0 ? [`${number('worse')} worse`] : []),
    ...(number('still') > 0 ? [`${number('still')} not met as before`] : []),
    ...(number('unclear') > 0 ? [`${number('unclear')} unclear`] : []),
    ...(number('better') > 0 ? [`${number('better')} better`] : []),
    ...(unchanged > 0 ? [`${unchanged} met as before`] : []),
  ];
  const scenarios = (names: readonly string[]): string => listed(names.map(subjectOf));
  return [
    [
      `Against the earlier report: ${blame(number('worse'), number('still'))}${listed(counts) || 'nothing that both measured'}.`,
      ...(added.length === 0 ? [] : [`New: ${scenarios(added)}.`]),
      ...(removed.length === 0 ? [] : [`Gone: ${scenarios(removed)}.`]),
    ].join(' '),
  ];
}

function blame(worse: number, still: number): string {
  if (worse > 0 && still > 0) return 'some of what fails was met then, and some failed then, too. ';
  if (worse > 0) return 'what fails now was met then. ';
  return still > 0 ? 'what fails now failed then, too. ' : '';
}

function table({ changes }: ReportComparison): readonly string[] {
  if (changes.length === 0) return [];
  const rows = changes.slice(0, MOST_ROWS).map((one) => {
    const cells = [CHANGE_WORDS[one.change], plainText(metricWords(one.metric, one.scenario)), ...changeNumbers(one)];
    return one.change === 'worse' ? strongRow(cells) : cells;
  });
  const more = changes.length - rows.length;
  return [
    markdownTable(
      [
        { title: '' },
        { title: 'Since the earlier report' },
        { title: 'Then', right: true },
        { title: 'Now', right: true },
      ],
      rows,
    ),
    ...(more > 0 ? [`${capitalized(counted(more, 'more change'))} in report.json.`] : []),
  ];
}

/** What was measured then and now, in words where there is no number: what is known not to be met and has none, never happened. */
export function changeNumbers({ change, before, after, unit }: ReportChange): readonly string[] {
  return [before, after].map((value) =>
    value !== null ? quantity(value, unit) : change === 'unclear' ? 'unknown' : 'never',
  );
}
