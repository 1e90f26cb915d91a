import { distributionTable } from './distribution-table';
import { codeBlock, codeSpan, htmlAttribute, htmlText, plainText, prose } from './escape';
import { gateTable } from './gate-table';
import { headline, twoSides } from './wording';
import { details } from './markdown-details';
import { scenarioDetails } from './scenario-details';
import type { Report, ReportDiagnosis } from './schema';
import type { Undecided } from './undecided';
import { advice, remedies, undecided } from './undecided';
import { capitalized, counted, listed, quantity, subjectOfGate } from './gate-words';

/** What the report itself does not know. */
export interface Surroundings {
  /** Page of the run; null: none. */
  readonly runUrl: string | null;
}

/** The last lines of a log are enough to see what went wrong; one endless line must not fill the page. */
const MOST_LINES = 40;
const LONGEST_LINE = 400;

/**
 * The report as GitHub Markdown, in sections from the most to the least important, so that whoever has too little room
 * can drop the last ones: the answer, why and what to do, the proof, and folded behind it all the rest.
 */
export function markdownSections(report: Report, surroundings: Surroundings): readonly string[] {
  return [
    `### ${capitalized(report.verdict)} · ${plainText(headline(report))}`,
    ...message(report),
    ...report.diagnoses.map((one) => diagnosis(one, report)),
    ...notProven(report),
    ...facts(report),
    ...(report.gates.length === 0 ? [] : [gateTable(report)]),
    ...remarks(report),
    ...(Object.keys(report.distribution).length === 0 ? [] : [distributionTable(report.distribution)]),
    ...report.scenarios.map(scenarioDetails),
    ...configDetails(report),
    footer(report, surroundings),
  ];
}

function message(report: Report): readonly string[] {
  if (report.message === null) return [];
  const lines = report.details.slice(-MOST_LINES).map(shortened);
  const left = report.details.length - lines.length;
  const block = [...(left > 0 ? [`(${counted(left, 'line')} before)`] : []), ...lines].join('\n');
  return [
    prose(report.message),
    ...(lines.length === 0 ? [] : [codeBlock(block, 'text')]),
    report.scenarios.length === 0
      ? 'No request was judged. Put this right, and run the job again.'
      : 'What follows was measured without that. Put it right, and run the job again.',
  ];
}

function shortened(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}

function diagnosis(one: ReportDiagnosis, report: Report): string {
  const about = report.gates.filter((gate) => one.gates.includes(gate.metric)).map(subjectOfGate);
  const subject = about.length === 0 ? '' : `**${plainText(capitalized(listed([...new Set(about)])))}:** `;
  const place = one.file === null ? '' : ` in ${codeSpan(`${one.file}${one.line === null ? '' : `:${one.line}`}`)}`;
  return [
    `${subject}${prose(one.cause)} ${prose(one.evidence)}`,
    `**What to ${one.file === null ? 'do' : 'change'}**${place}: ${prose(one.fix)}`,
    ...(one.diff === null ? [] : [codeBlock(one.diff.trimEnd(), 'diff')]),
  ].join('\n\n');
}

/** Why an inconclusive run is, and what to do about it. */
function notProven(report: Report): readonly string[] {
  if (report.verdict !== 'inconclusive') return [];
  const reasons = undecided(report, 'inconclusive').map(bullet);
  return [
    ...(reasons.length === 0 ? [] : [['**Why**', '', ...reasons].join('\n')]),
    ['**What to do**', '', ...advice(report).map((line) => `- ${prose(line)}`)].join('\n'),
  ];
}

/** What was tested, and both sides of what happened. */
function facts(report: Report): readonly string[] {
  const { images, replicas, nginxVersion } = report.cluster;
  const app = images.find((image) => image.role === 'app');
  const cluster =
    app === undefined
      ? []
      : [
          `${replicas.length} × ${codeSpan(app.reference)}` +
            `${nginxVersion === null ? '' : ` behind NGINX ${plainText(nginxVersion)}`}.`,
        ];
  const both = twoSides(report);
  const parts = [...cluster, ...(both === null ? [] : [plainText(both)])];
  return parts.length === 0 ? [] : [parts.join(' ')];
}

/** Why a gate has no plain answer, where that does not decide the verdict, and what can be done about it. */
function remarks(report: Report): readonly string[] {
  const open = report.verdict === 'inconclusive' ? [] : undecided(report, 'inconclusive');
  const lines = [
    ...[...open, ...undecided(report, 'warn')].map(bullet),
    ...(open.length === 0 ? [] : remedies(report).map((line) => `- ${prose(line)}`)),
  ];
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function bullet({ about, why }: Undecided): string {
  return `- ${plainText(capitalized(about))}: ${prose(why)}`;
}

function configDetails(report: Report): readonly string[] {
  const { config } = report.cluster;
  if (config === null) return [];
  const name = config.file ?? 'generated';
  return [details(`NGINX configuration under test: ${htmlText(name)}`, [codeBlock(config.text.trimEnd(), 'nginx')])];
}

function footer(report: Report, { runUrl }: Surroundings): string {
  const total = report.timings['total'];
  const parts = [
    ...(total === undefined ? [] : [quantity(total, 'ms')]),
    ...(report.scenarios.length === 0 ? [] : [`the same schedule again: <code>seed: ${report.seed}</code>`]),
    ...(runUrl === null ? [] : [`<a href="${htmlAttribute(runUrl)}">this run</a>`]),
  ];
  return `<sub>${parts.join(' · ')}</sub>`;
}
