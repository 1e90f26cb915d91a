import { comparisonSection } from './comparison-section';
import { diagnosesInOrder, diagnosisSection } from './diagnosis-section';
import { distributionTable } from './distribution-table';
import { codeBlock, codeSpan, htmlAttribute, htmlText, plainText, prose } from './escape';
import { gateTable } from './gate-table';
import { shortened } from '../settings/wording';
import { afterTrouble, comfort, headline, builtHere, testedApps, twoSides, type TestedApps } from './wording';
import { details } from './markdown-details';
import { scenarioDetails } from './scenario-details';
import { scenarioTable } from './scenario-table';
import type { Report, ReportScenario } from './schema';
import { isBroken, scenariosWorstFirst, standingOf } from './standings';
import { timelineChart } from './timeline-chart';
import type { Undecided } from './undecided';
import { advice, remedies, undecided } from './undecided';
import { capitalized, counted, listed, quantity } from './quantities';

/** What the report itself does not know. */
export interface Surroundings {
  /** Page of the run; null: none. */
  readonly runUrl: string | null;
  /** SHA of the commit under test; null or absent: unknown, or said elsewhere. */
  readonly commit?: string | null;
}

/** The last lines of a log are enough to see what went wrong; one endless line must not fill the page. */
const MOST_LINES = 40;
/** Each chart is a document of its own that GitHub loads. */
const MOST_CHARTS = 5;

const LONGEST_LINE = 400;

/**
 * The report as GitHub Markdown, in sections from the most to the least important, so that whoever has too little room
 * can drop the last ones: the answer, why and what to do, the proof, and folded behind it all the rest.
 */
export function markdownSections(report: Report, surroundings: Surroundings): readonly string[] {
  return [
    `### ${capitalized(report.verdict)} · ${plainText(headline(report))}`,
    ...message(report),
    ...facts(report),
    ...(report.comparison === null ? [] : [comparisonSection(report.comparison)]),
    ...diagnosesInOrder(report)
      .map((one) => diagnosisSection(one, report))
      .filter((section) => section !== ''),
    ...notProven(report),
    ...bothSides(report),
    ...(report.gates.length === 0 ? [] : [gateTable(report)]),
    ...remarks(report),
    ...distribution(report),
    ...scenarioSections(report),
    ...configDetails(report),
    footer(report, surroundings),
  ];
}

function message(report: Report): readonly string[] {
  if (report.message === null) return [];
  const lines = report.details.slice(-MOST_LINES).map((line) => shortened(line, LONGEST_LINE));
  const left = report.details.length - lines.length;
  const block = [...(left > 0 ? [`(${counted(left, 'line')} before)`] : []), ...lines].join('\n');
  return [prose(report.message), ...(lines.length === 0 ? [] : [codeBlock(block, 'text')]), afterTrouble(report)];
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

/** What holds, and what was tested. */
function facts(report: Report): readonly string[] {
  const { nginxVersion } = report.cluster;
  const app = testedApps(report);
  const cluster =
    app === null ? [] : [appWords(app) + `${nginxVersion === null ? '' : ` behind NGINX ${plainText(nginxVersion)}`}.`];
  const holds = comfort(report);
  const parts = [...(holds === null ? [] : [`**${plainText(holds)}.**`]), ...cluster];
  return parts.length === 0 ? [] : [parts.join(' ')];
}

/** An image by its name; one that was built here has none but where it was built from. */
function appWords(app: TestedApps): string {
  const { replicas, images } = app;
  return (
    builtHere(app) ??
    `${replicas} ${images.length === 1 ? '×' : 'replicas of'} ${listed(images.map((image) => codeSpan(image)))}`
  );
}

/** What clients saw beside what NGINX hid from them: in one sentence, as the worst scenario's chart, and one by one. */
function bothSides(report: Report): readonly string[] {
  const sentence = twoSides(report);
  const failed = worstFailed(report);
  const chart = failed === null ? null : timelineChart(failed);
  const table = scenarioTable(report);
  return [
    ...(sentence === null ? [] : [plainText(sentence)]),
    ...(chart === null ? [] : [chart]),
    ...(table === null ? [] : [table]),
  ];
}

/** The scenario whose chart stands open: a picture of what went wrong. */
function worstFailed(report: Report): ReportScenario | null {
  const [worst] = scenariosWorstFirst(report);
  if (worst === undefined || standingOf(worst) !== 'fail') return null;
  // Of an uneven rotation the distribution is the picture.
  return worst.fault !== null || worst.rollout !== null || worst.counts.errors > 0 ? worst : null;
}

/** Every scenario, folded, the worst first; those with something to see have their chart. */
function scenarioSections(report: Report): readonly string[] {
  const scenarios = scenariosWorstFirst(report);
  const open = worstFailed(report);
  const charted = scenarios
    .filter((scenario) => scenario !== open && (scenario.fault !== null || scenario.rollout !== null))
    .slice(0, MOST_CHARTS);
  return scenarios.map((scenario) => scenarioDetails(scenario, charted.includes(scenario)));
}

/** Where nothing was sent, nobody is to be said to serve nothing. */
function distribution(report: Report): readonly string[] {
  const { distribution: shares, scenarios } = report;
  const sent = scenarios.some(({ counts }) => counts.requests > 0);
  const uneven = report.gates.some((gate) => gate.metric.startsWith('rotation.') && isBroken(gate));
  return sent && Object.keys(shares).length > 0 ? [distributionTable(shares, uneven)] : [];
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

function footer(report: Report, { runUrl, commit }: Surroundings): string {
  const total = report.timings['total'];
  const parts = [
    // A run that ends late may have put its result over that of a later commit.
    ...(commit == null ? [] : [`commit <code>${htmlText(commit.slice(0, 7))}</code>`]),
    ...(total === undefined ? [] : [quantity(total, 'ms')]),
    ...(report.scenarios.length === 0 ? [] : [`the same schedule again: <code>seed: ${report.seed}</code>`]),
    ...(runUrl === null ? [] : [`<a href="${htmlAttribute(runUrl)}">this run</a>`]),
  ];
  return `<sub>${parts.join(' · ')}</sub>`;
}
