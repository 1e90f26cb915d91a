import { gatesByOutcome, gateSamples, gateWords } from '../gate-table';
import type { Report } from '../schema';
import { allowedWords, marginWords, observedWords } from '../gate-words';
import { grouped } from '../quantities';
import type { Markup } from './markup';
import { html } from './markup';
import { table } from './table';

/** Every gate with what was observed and allowed, those first that a reader has to do something about. */
export function gatesSection(report: Report): Markup {
  if (report.gates.length === 0) return html``;
  const rows = gatesByOutcome(report).map((gate) => ({
    look: gate.outcome,
    cells: [
      gateWords(gate, report),
      html`<span class="outcome">${gate.outcome}</span>`,
      observedWords(gate),
      allowedWords(gate),
      marginWords(gate),
      grouped(gateSamples(gate, report)),
      html`<code>${gate.metric}</code>`,
    ],
  }));
  return html`<section id="gates" aria-labelledby="gates-title">
    <h2 id="gates-title">Gates</h2>
    ${table(
      'Gates',
      [
        { title: 'What was measured' },
        { title: 'Outcome' },
        { title: 'Observed', right: true },
        { title: 'Allowed', right: true },
        { title: 'Margin', right: true },
        { title: 'Samples', right: true },
        { title: 'Metric' },
      ],
      rows,
    )}
  </section>`;
}
