import type { ScenarioEvidence } from '../src/checks/evidence';
import { createLog } from '../src/github/log';
import { writeReportFiles } from '../src/github/report-files';
import { buildSeries } from '../src/report/html/series';
import { markdownSections } from '../src/report/markdown';
import type { Report } from '../src/report/schema';
import { judgedRun } from '../__tests__/support/synthetic-report';
import { largestRun } from '../__tests__/support/synthetic-run';

/** What the reports are made from. */
export function evidence(): readonly ScenarioEvidence[] {
  return largestRun();
}

/** From the evidence to report.json's content. */
export function report(scenarios: readonly ScenarioEvidence[]): Report {
  return judgedRun('good-server', scenarios).report;
}

/** From there to every file. */
export async function files(
  judged: Report,
  scenarios: readonly ScenarioEvidence[],
  pageFolder: string,
  reportDir: string,
): Promise<void> {
  await writeReportFiles({
    ...{ report: judged, series: buildSeries(scenarios), markdown: markdownSections(judged, { runUrl: null }) },
    ...{ pageFolder, reportDir, runUrl: null },
    log: createLog(),
  });
}
