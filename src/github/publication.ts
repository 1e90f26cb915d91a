import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../report/schema';
import { markdownSections } from '../report/markdown';
import { undecided } from '../report/undecided';
import { headline } from '../report/wording';
import type { CommentMode } from '../settings/settings';
import type { Annotation } from './annotations';
import { createApi } from './api';
import { publishComment } from './comment';
import type { Log } from './log';
import { escapeLogLine } from './log-text';
import { annotate, readEvent, setOutputs, writeSummary } from './step';

/** Where and how a report is told. */
export interface PublicationOrder {
  readonly report: Report;
  readonly reportDir: string;
  readonly token: string;
  readonly comment: CommentMode;
  /** Empty: from workflow and job. */
  readonly commentKey: string;
  /** The first scenario's cluster, still up only with `keep-cluster`; null: there was none. */
  readonly cluster: ClusterOutputs | null;
  readonly failing: boolean;
  readonly log: Log;
  /** True: the jobs that made the diagnoses have annotated them. */
  readonly annotated?: boolean;
}

/** Names for later steps. */
export interface ClusterOutputs {
  readonly url: string;
  readonly network: string;
  readonly containers: readonly string[];
}

const SUMMARY_NOTE = '_The rest did not fit into the summary: see report.md._';

/**
 * Writes the report's files, and tells it everywhere: outputs, job summary, annotations, pull-request comment. Trouble with
 * any of these is a line in the log and changes no verdict.
 */
export async function publish(order: PublicationOrder): Promise<void> {
  const { report, log } = order;
  const event = await readEvent();
  if (event.note !== null) log.line(event.note);
  const sections = markdownSections(report, { runUrl: event.runUrl });
  const paths = await writeFiles(order, sections);
  setOutputs({
    verdict: report.verdict,
    distribution: JSON.stringify(report.distribution),
    ...paths,
    ...(order.cluster === null
      ? {}
      : {
          url: order.cluster.url,
          network: order.cluster.network,
          containers: JSON.stringify(order.cluster.containers),
        }),
  });
  for (const path of Object.values(paths)) log.line(path);
  await writeSummary(sections, SUMMARY_NOTE, log);
  annotate(annotationsOf(order.annotated === true ? { ...report, diagnoses: [], gates: [] } : report), log);

  const { workflow, job } = event.keyParts;
  const outcome = await publishComment({
    api: () => createApi(order.token, event.apiUrl),
    repository: event.repository,
    pullRequest: event.pullRequest,
    key: order.commentKey === '' ? `${workflow}/${job}` : order.commentKey,
    mode: order.comment,
    body: sections,
    digest: digestOf(report),
    failing: order.failing,
  });
  if ('url' in outcome) setOutputs({ 'comment-url': outcome.url });
  log.line('url' in outcome ? `Pull-request comment ${outcome.kind}: ${outcome.url}` : outcome.why);
}

async function writeFiles(
  { report, reportDir, log }: PublicationOrder,
  sections: readonly string[],
): Promise<Partial<Record<'report' | 'markdown', string>>> {
  try {
    await mkdir(reportDir, { recursive: true });
    const paths = { report: join(reportDir, 'report.json'), markdown: join(reportDir, 'report.md') };
    await writeFile(paths.report, `${JSON.stringify(report, null, 2)}\n`);
    await writeFile(paths.markdown, `${sections.join('\n\n')}\n`);
    return paths;
  } catch (error) {
    log.line(
      `The reports could not be written to ${reportDir}: ${error instanceof Error ? error.message : String(error)}`,
    );
    return {};
  }
}

/** One error for a run that could not measure; else one for each diagnosis, at the line to blame. */
function annotationsOf(report: Report): readonly Annotation[] {
  if (report.message !== null) {
    // With NGINX's or the build's own words: the message alone may only announce them.
    const message = [report.message, ...report.details.map(escapeLogLine)].join('\n');
    return [{ kind: 'error', title: headline(report), message, file: null, line: null }];
  }
  return [
    ...report.diagnoses.map((diagnosis): Annotation => {
      const failed = report.gates.some((gate) => gate.outcome === 'fail' && diagnosis.gates.includes(gate.metric));
      return {
        kind: failed ? 'error' : 'warning',
        title: diagnosis.gates.join(', '),
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

/** Tells one outcome of the gates from another: what `comment: changes` looks at. */
export function digestOf(report: Report): string {
  const outcomes = report.gates.map((gate) => [gate.metric, gate.outcome]);
  return createHash('sha256')
    .update(JSON.stringify([report.verdict, outcomes]))
    .digest('hex')
    .slice(0, 16);
}
