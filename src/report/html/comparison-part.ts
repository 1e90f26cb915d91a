import { CHANGE_WORDS, changeNumbers, comparisonSentences } from '../comparison-section';
import { metricWords } from '../metric-words';
import type { Report } from '../schema';
import type { Markup } from './markup';
import { html } from './markup';
import { table } from './table';

const LOOKS = { worse: 'fail', still: '', unclear: 'inconclusive', better: 'pass' } as const;

/** What changed since an earlier report, where one was given. */
export function comparisonPart({ comparison }: Report): Markup {
  if (comparison === null) return html``;
  const rows = comparison.changes.map((one) => ({
    look: LOOKS[one.change],
    cells: [
      metricWords(one.metric, one.scenario),
      html`<span class="outcome">${CHANGE_WORDS[one.change]}</span>`,
      ...changeNumbers(one),
    ],
  }));
  const columns = [{ title: 'What was measured' }, { title: 'Change' }];
  const numbers = ['Before', 'Now'].map((title) => ({ title, right: true }));
  return html`<section id="comparison" aria-labelledby="comparison-title">
    <h2 id="comparison-title">Against the earlier report</h2>
    ${comparisonSentences(comparison).map((line) => html`<p>${line}</p>`)}
    ${rows.length === 0 ? null : table('What changed since the earlier report', [...columns, ...numbers], rows)}
  </section>`;
}
