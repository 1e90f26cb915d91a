import type { Log } from './github/log';
import { createLog } from './github/log';
import { publish } from './github/publication';
import { annotateInputs, markFailed, markPassed, maskSecret, readRawInputs, setOutputs } from './github/step';
import { publishRun } from './publish-run';
import { readReport, readSeries } from './report-file';
import type { Series } from './report/html/series';
import { mergeReports } from './report/merge';
import { withPart } from './report/merge-series';
import { readNeeds, readParts, readProblems, wasCancelled, type PartOutcome, type PlannedPart } from './report/parts';
import { terminalLines } from './report/terminal';
import { besideBundle, reportFolder } from './runner';
import { parseReportInputs, REPORT_INPUT_NAMES, type ReportSettings } from './settings/report-inputs';
import { failsJob } from './verdict/judgement';

/** The step of the report action: merges the reports of a plan's parts, or publishes the report of another run. Never throws. */
export async function reportParts(): Promise<void> {
  const log = createLog();
  // Until there is a verdict: a process that ends early must not look like a pass.
  markFailed();
  const raw = readRawInputs(REPORT_INPUT_NAMES);
  maskSecret(raw['github-token']);
  const parsed = parseReportInputs(raw);
  if (!parsed.ok) refuse(parsed.problems, log);
  else if (parsed.settings.mode === 'publish') await publishRun(parsed.settings, log);
  else await merge(parsed.settings, log);
}

async function merge(settings: ReportSettings, log: Log): Promise<void> {
  const parts = readParts(settings.parts);
  const jobs = readNeeds(settings.needs);
  if (!parts.ok || !jobs.ok) {
    const complaints = Object.entries({ parts, needs: jobs }).flatMap(([name, reading]) =>
      reading.ok ? [] : reading.complaints.map(({ text }) => `Input \`${name}\`: ${text}`),
    );
    refuse(complaints, log);
    return;
  }
  const outcomes = await Promise.all(parts.value.map((part) => outcomeOf(part, settings.reports)));
  const report = mergeReports({
    ...{ parts: outcomes, jobs: jobs.value, onInconclusive: settings.onInconclusive },
    problems: readProblems(settings.needs),
  });
  for (const line of terminalLines(report)) log.line(line);
  const failing = failsJob(report.verdict, settings.onInconclusive);
  await publish({
    report,
    series: await seriesOf(outcomes, settings.reports, log),
    pageFolder: besideBundle('page'),
    reportDir: reportFolder(settings.reportDir, 'report'),
    token: settings.githubToken,
    comment: report.verdict === 'error' && wasCancelled(jobs.value) ? null : settings.comment,
    commentKey: settings.commentKey,
    cluster: null,
    failing,
    log,
    annotated: 'diagnoses',
  });
  if (!failing) markPassed();
}

async function outcomeOf(part: PlannedPart, folder: string): Promise<PartOutcome> {
  const read = await readReport(folder, part.id);
  return read.report === null ? { part, report: null, why: read.why } : { part, report: read.report };
}

/** A part without its requests has no charts in the page, and that changes nothing else. One after the other: each may be large. */
async function seriesOf(outcomes: readonly PartOutcome[], folder: string, log: Log): Promise<readonly Series[]> {
  const several = new Set(outcomes.map(({ part }) => part.cluster)).size > 1;
  let drawn: readonly Series[] = [];
  for (const { part, report } of outcomes) {
    if (report === null || report.verdict === 'error') continue;
    const read = await readSeries(folder, part.id);
    if (read.series === null) log.line(`No charts of ${part.id}: ${read.why}.`);
    else drawn = withPart(drawn, part, read.series, several);
  }
  return drawn;
}

function refuse(problems: readonly string[], log: Log): void {
  setOutputs({ verdict: 'error' });
  annotateInputs(problems, log);
}
