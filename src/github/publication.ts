import { createHash } from 'node:crypto';
import type { Series } from '../report/html/series';
import type { Report } from '../report/schema';
import { explains } from '../report/explained';
import { markdownSections } from '../report/markdown';
import { gateSubjectWords } from '../report/metric-words';
import { capitalized } from '../report/quantities';
import { standingOf } from '../report/standings';
import { undecided } from '../report/undecided';
import { headline } from '../report/wording';
import type { CommentMode } from '../settings/settings';
import type { Annotation } from './annotations';
import { createApi, type GithubApi } from './api';
import { publishComment } from './comment';
import type { Log } from './log';
import { escapeLogLine } from './log-text';
import { writeReportFiles } from './report-files';
import { annotate, readEvent, setOutputs, writeSummary } from './step';

/** Where and how a report is told. */
export interface PublicationOrder {
  readonly report: Report;
  /** The requests behind it, for the charts of report.html. */
  readonly series: readonly Series[];
  readonly reportDir: string;
  /** Folder of the script and the style of report.html. */
  readonly pageFolder: string;
  readonly token: string;
  /** null: the one that is there stays as it is, since the run was cancelled, or its inputs do not say how to comment. */
  readonly comment: CommentMode | null;
  /** Empty: from workflow and job. */
  readonly commentKey: string;
  /** The first scenario's cluster, still up only with `keep-cluster`; null: there was none. */
  readonly cluster: ClusterOutputs | null;
  readonly failing: boolean;
  readonly log: Log;
  /** What has been annotated before: the diagnoses, by the jobs that made them, or everything; absent: nothing. */
  readonly annotated?: 'diagnoses' | 'all';
}

/** Names for later steps. */
export interface ClusterOutputs {
  readonly url: string;
  readonly network: string;
  readonly containers: readonly string[];
}

/** Opens a connection to GitHub; tests have a less patient one. */
type Connect = (token: string, apiUrl: string) => Promise<GithubApi>;

const SUMMARY_NOTE = '_The rest did not fit into the summary: see report.md._';

/**
 * Writes the report's files, and tells it everywhere: outputs, job summary, annotations, pull-request comment. Trouble with
 * any of these is a line in the log and changes no verdict.
 */
export async function publish(order: PublicationOrder, connect: Connect = createApi): Promise<void> {
  const { report, log } = order;
  const event = await readEvent();
  if (event.note !== null) log.line(event.note);
  const sections = markdownSections(report, { runUrl: event.runUrl, commit: event.headSha });
  await leave(order, sections, event.runUrl);
  await writeSummary(sections, SUMMARY_NOTE, log);
  if (order.annotated !== 'all') {
    annotate(annotationsOf(order.annotated === undefined ? report : { ...report, diagnoses: [], gates: [] }), log);
  }

  const { workflow, job } = event.keyParts;
  const outcome = await publishComment({
    api: () => connect(order.token, event.apiUrl),
    repository: event.repository,
    pullRequest: event.pullRequest,
    key: order.commentKey === '' ? `${workflow}/${job}` : order.commentKey,
    mode: order.comment,
    body: sections,
    digest: digestOf(report),
    runUrl: event.runUrl,
    failing: order.failing,
  });
  if ('url' in outcome) setOutputs({ 'comment-url': outcome.url });
  log.line('url' in outcome ? `Pull-request comment ${outcome.kind}: ${outcome.url}` : outcome.why);
}

/** What later steps find: the files, and the outputs that name them. */
async function leave(order: PublicationOrder, markdown: readonly string[], runUrl: string | null): Promise<void> {
  const { report, cluster, log } = order;
  const paths = await writeReportFiles({ ...order, markdown, runUrl });
  setOutputs({
    verdict: report.verdict,
    distribution: JSON.stringify(report.distribution),
    ...paths,
    ...(cluster === null
      ? {}
      : { url: cluster.url, network: cluster.network, containers: JSON.stringify(cluster.containers) }),
  });
  for (const path of Object.values(paths)) log.line(path);
}

/** One error for a run that could not measure; else one for each diagnosis, at the line to blame. */
function annotationsOf(report: Report): readonly Annotation[] {
  if (report.message !== null) {
    // With NGINX's or the build's own words: the message alone may only announce them.
    const message = [report.message, ...report.details.map(escapeLogLine)].join('\n');
    const [blamed] = report.diagnoses;
    const place = { file: blamed?.file ?? null, line: blamed?.line ?? null };
    return [{ kind: 'error', title: headline(report), message, ...place }];
  }
  return [
    ...report.diagnoses.map((diagnosis): Annotation => {
      const failed = report.gates.some((gate) => gate.outcome === 'fail' && explains(diagnosis, gate));
      return {
        kind: failed ? 'error' : 'warning',
        title: titleOf(diagnosis.gates, report),
        message: `${diagnosis.cause} ${diagnosis.evidence} ${diagnosis.fix}`,
        file: diagnosis.file,
        line: diagnosis.line,
      };
    }),
    ...undecided(report, 'inconclusive').map(({ about, why }): Annotation => ({
      kind: 'warning',
      title: `Not proven: ${about}`,
      message: why,
      file: null,
      line: null,
    })),
  ];
}

/** The gates that a remark is about, in words: `Freeze: longest wait`. */
function titleOf(metrics: readonly string[], report: Report): string {
  const about = report.gates.filter(({ metric }) => metrics.includes(metric));
  return capitalized([...new Set(about.map((gate) => gateSubjectWords(gate, report.scenarios)))].join(', '));
}

/** Tells one outcome from another, by what fails and why: what `comment: changes` looks at. */
export function digestOf({ verdict, gates, scenarios, diagnoses }: Report): string {
  const outcomes = gates.map((gate) => [gate.metric, gate.outcome]);
  const standings = scenarios.map((scenario) => [scenario.name, standingOf(scenario)]);
  const causes = diagnoses.map(({ id }) => id);
  return createHash('sha256')
    .update(JSON.stringify([verdict, outcomes, standings, causes]))
    .digest('hex')
    .slice(0, 16);
}
