import { createApi } from './github/api';
import { explainTrouble } from './github/api-trouble';
import { publishComment } from './github/comment';
import type { RunContext } from './github/event';
import type { Log } from './github/log';
import { digestOf } from './github/publication';
import { annotate, markPassed, readEvent, readEventPayload, setOutputs, writeSummary } from './github/step';
import { nameOf, originOf, readFinishedRun, refusalOf, type FinishedRun, type RunOrigin } from './github/workflow-run';
import { readReport } from './report-file';
import { markdownSections } from './report/markdown';
import type { Report } from './report/schema';
import type { ReportSettings } from './settings/report-inputs';
import { failsJob } from './verdict/judgement';

const SUMMARY_NOTE = '_The rest did not fit into the summary._';

/** How it ended; `failed`: there is a report, and it could not be published. */
interface Ending {
  readonly failed: boolean;
  readonly message: string;
}

/**
 * Publishes the report that another run has made, on the pull request that it was made for. That run may have been a fork's, and
 * its artifact may hold anything: it is read as data, and whom it is about is asked of GitHub's event and API alone. Leaves the
 * step failed where there is a report and it cannot be published. Never throws.
 */
export async function publishRun(settings: ReportSettings, log: Log): Promise<void> {
  const { failed, message } = await publishReport(settings, log);
  if (failed) {
    annotate([{ kind: 'error', title: 'Not published', message, file: null, line: null }], log);
  } else {
    log.line(message);
    markPassed();
  }
}

async function publishReport(settings: ReportSettings, log: Log): Promise<Ending> {
  const context = await readEvent();
  const run = readFinishedRun(await readEventPayload());
  if (run === null) return failed('The event is no `workflow_run` with a repository that still exists.');
  const refusal = refusalOf(run, context.repository);
  if (refusal !== null) return ended(refusal);
  const read = await readReport(settings.reports, null);
  if (read.report === null) {
    return read.absent ? ended('That run has left no report.') : failed(`Of that run: ${read.why}.`);
  }
  const origin = await findOrigin(run, settings, context);
  if (origin.pullRequest === null) return origin.trouble === true ? failed(origin.why) : ended(origin.why);
  return tell(read.report, run, origin.pullRequest, settings, context, log);
}

type Found = RunOrigin & { readonly trouble?: true };

async function findOrigin(run: FinishedRun, { githubToken }: ReportSettings, { apiUrl }: RunContext): Promise<Found> {
  try {
    const api = await createApi(githubToken, apiUrl);
    return originOf(run, await api.openPullRequests(run.repository, run.headRepository.owner, run.headBranch));
  } catch (error) {
    return { pullRequest: null, why: explainTrouble(error).why, trouble: true };
  }
}

async function tell(
  report: Report,
  run: FinishedRun,
  pullRequest: number,
  settings: ReportSettings,
  { apiUrl, serverUrl }: RunContext,
  log: Log,
): Promise<Ending> {
  const runUrl = `${serverUrl}/${nameOf(run.repository)}/actions/runs/${run.id}`;
  const [headline = '', ...rest] = markdownSections(report, { runUrl });
  const sections = [headline, originNote(run), ...rest];
  setOutputs({ verdict: report.verdict, distribution: JSON.stringify(report.distribution) });
  await writeSummary(sections, SUMMARY_NOTE, log);
  const outcome = await publishComment({
    api: () => createApi(settings.githubToken, apiUrl),
    repository: run.repository,
    pullRequest,
    key: settings.commentKey,
    mode: settings.comment,
    body: sections,
    digest: digestOf(report),
    failing: failsJob(report.verdict, settings.onInconclusive),
    runUrl,
  });
  if ('why' in outcome) return { failed: outcome.kind !== 'skipped', message: outcome.why };
  setOutputs({ 'comment-url': outcome.url });
  return ended(`Comment on pull request ${pullRequest} ${outcome.kind}: ${outcome.url}`);
}

/** Whoever opened the pull request could change the workflow that made the report; the reader should know. */
function originNote({ headSha, headRepository, repository }: FinishedRun): string {
  const fork = nameOf(headRepository) !== nameOf(repository);
  return (
    `_Measured at \`${headSha.slice(0, 7)}\` by the pull request's own run, and published from there._` +
    (fork ? ' _It comes from a fork: what decides is the run itself._' : '')
  );
}

function ended(message: string): Ending {
  return { failed: false, message };
}

function failed(message: string): Ending {
  return { failed: true, message };
}
