import type { ReportScenario } from '../schema';
import type { Markup } from './markup';
import { html } from './markup';
import { scenarioTitle } from './page-data';
import { table } from './table';

const GROUPS = [
  { holds: false, words: 'does not hold', look: 'fail' },
  { holds: null, words: 'not asked', look: 'inconclusive' },
  { holds: true, words: 'holds', look: 'pass' },
];

/** What was asked of the cluster beside its traffic, what does not hold first. */
export function probesPart(scenario: ReportScenario): Markup {
  const { probes } = scenario;
  if (probes.length === 0) return html``;
  const rows = GROUPS.flatMap(({ holds, words, look }) =>
    probes
      .filter((probe) => probe.holds === holds)
      .map(({ subject, claim, seen }) => ({
        look,
        cells: [claim, html`<span class="outcome">${words}</span>`, subject, seen],
      })),
  );
  const columns = ['What should hold', 'Answer', 'Of', 'What was seen'].map((title) => ({ title }));
  return html`<h4>What was asked of the cluster</h4>
    ${table(`${scenarioTitle(scenario)}, what was asked of the cluster`, columns, rows)}`;
}
