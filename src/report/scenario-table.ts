import { neverHappened } from '../verdict/judgement';
import { plainText } from './escape';
import { markdownTable, strongRow } from './markdown-table';
import { faultRun } from './not-run';
import { capitalized, counted, grouped, quantity } from './quantities';
import type { Report, ReportGate, ReportScenario } from './schema';
import { qualityOf, scenariosWorstFirst, standingOf } from './standings';
import { scenarioWords } from './wording';

/** One scenario says it all in the sentence above; a table is for several. */
const LEAST_ROWS = 2;

/** What clients saw beside what NGINX hid from them, scenario by scenario, the worst first; null: too little to compare. */
export function scenarioTable(report: Report): string | null {
  const scenarios = scenariosWorstFirst(report).filter(({ counts }) => counts.requests > 0);
  if (scenarios.length < LEAST_ROWS) return null;
  return markdownTable(
    [
      { title: '' },
      { title: 'Scenario' },
      { title: 'Clients saw' },
      { title: 'Longest wait', right: true },
      { title: 'NGINX hid', right: true },
      { title: 'Back after', right: true },
      { title: 'Requests', right: true },
    ],
    scenarios.map((scenario) => {
      const standing = standingOf(scenario);
      const cells = [standing, ...cellsOf(scenario)];
      return standing === 'fail' || standing === 'inconclusive' ? strongRow(cells) : cells;
    }),
  );
}

function cellsOf(scenario: ReportScenario): readonly string[] {
  const { counts, latency } = scenario;
  return [
    plainText(capitalized(scenarioWords(scenario))),
    errorWords(scenario),
    quantity(Math.max(0, ...latency.map(({ max }) => max)), 'ms'),
    grouped(counts.retries),
    scenario.fault !== null && faultRun(scenario) === null ? '' : backWords(gateOf(scenario, 'recover')),
    grouped(counts.requests),
  ];
}

/** `2 errors (1 excused)`. */
export function errorWords({ counts: { errors, excused } }: Pick<ReportScenario, 'counts'>): string {
  if (errors === 0) return 'no error';
  const all = excused === errors ? 'excused' : `${grouped(excused)} excused`;
  return `${counted(errors, 'error')}${excused === 0 ? '' : ` (${all})`}`;
}

function backWords(gate: ReportGate | undefined): string {
  if (gate === undefined) return '';
  if (gate.observed !== null) return quantity(gate.observed, gate.unit);
  return neverHappened(gate) ? 'never' : 'unknown';
}

function gateOf({ gates }: ReportScenario, quality: string): ReportGate | undefined {
  return gates.find((gate) => qualityOf(gate) === quality);
}
