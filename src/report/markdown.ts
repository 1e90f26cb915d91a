import { codeBlock, codeSpan, htmlText, plainText, prose } from './escape';
import type { Report, ReportDiagnosis, ReportScenario } from './schema';
import { allowedWords, grouped, headline, metricWords, observedWords, quantity } from './wording';

/** What the report itself does not know. */
export interface Surroundings {
  /** Page of the run; null: none. */
  readonly runUrl: string | null;
}

const BAR_LENGTH = 24;
const NOTABLE_SHOWN = 8;

/**
 * The report as GitHub Markdown, in sections from the most to the least important, so that whoever has too little room
 * can drop the last ones.
 */
export function markdownSections(report: Report, surroundings: Surroundings): readonly string[] {
  return [
    title(report),
    ...(report.message === null ? [] : [message(report)]),
    ...report.diagnoses.map(diagnosis),
    ...(report.gates.length === 0 ? [] : [gateTable(report)]),
    ...remarks(report),
    ...(Object.keys(report.distribution).length === 0 ? [] : [distributionTable(report)]),
    ...report.scenarios.map(scenarioDetails),
    ...configDetails(report),
    footer(report, surroundings),
  ];
}

function title(report: Report): string {
  const app = report.cluster.images.find((image) => image.role === 'app');
  const cluster =
    app === undefined
      ? ''
      : ` · ${report.cluster.replicas.length} × ${codeSpan(app.reference)}` +
        (report.cluster.nginxVersion === null ? '' : ` behind NGINX ${plainText(report.cluster.nginxVersion)}`);
  return `### ${plainText(headline(report))}${cluster}`;
}

function message(report: Report): string {
  const details = report.details.length === 0 ? [] : [codeBlock(report.details.join('\n'), 'text')];
  return [prose(report.message ?? ''), ...details].join('\n\n');
}

function diagnosis(one: ReportDiagnosis): string {
  const parts = [`**${prose(one.cause)}** ${prose(one.evidence)}`];
  const place = one.file === null ? '' : ` in ${codeSpan(`${one.file}${one.line === null ? '' : `:${one.line}`}`)}`;
  parts.push(`**What to change**${place}: ${prose(one.fix)}`);
  if (one.diff !== null) parts.push(codeBlock(one.diff, 'diff'));
  return parts.join('\n\n');
}

function gateTable(report: Report): string {
  const rows = report.gates.map((gate) => {
    const strong = gate.outcome === 'fail' || gate.outcome === 'inconclusive' ? '**' : '';
    const cells = [
      gate.outcome,
      plainText(metricWords(gate.metric, gate.scenario)),
      plainText(observedWords(gate)),
      plainText(allowedWords(gate)),
      grouped(gate.samples),
    ];
    return `| ${cells.map((cell) => `${strong}${cell}${strong}`).join(' | ')} |`;
  });
  return ['| | What clients must not notice | Observed | Allowed | Samples |', '|---|---|--:|--:|--:|', ...rows].join('\n');
}

/** Why a gate has no plain answer. */
function remarks(report: Report): readonly string[] {
  const lines = report.gates
    .filter((gate) => gate.reason !== null && (gate.outcome === 'inconclusive' || gate.outcome === 'warn'))
    .map((gate) => ({ about: plainText(metricWords(gate.metric, gate.scenario)), why: prose(gate.reason ?? '') }));
  const reasons = [...new Set(lines.map((line) => line.why))];
  if (reasons.length === 0) return [];
  return [
    reasons
      .map((why) => {
        const about = lines.filter((line) => line.why === why).map((line) => line.about);
        return `- ${about.length > 3 ? `${about.slice(0, 2).join('; ')} and ${about.length - 2} more` : about.join('; ')}: ${why}`;
      })
      .join('\n'),
  ];
}

function distributionTable(report: Report): string {
  const entries = Object.entries(report.distribution);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  const most = Math.max(1, ...entries.map(([, count]) => count));
  const rows = entries.map(([replica, count]) => {
    const share = total === 0 ? 0 : (count / total) * 100;
    const bar = '█'.repeat(Math.round((count / most) * BAR_LENGTH));
    return `| ${plainText(replica)} | ${grouped(count)} | ${share.toFixed(1)} % | ${bar} |`;
  });
  return ['| Replica | Requests | Share | |', '|---|--:|--:|---|', ...rows].join('\n');
}

function scenarioDetails(scenario: ReportScenario): string {
  const { counts, fault } = scenario;
  const lines = [
    `${grouped(counts.requests)} requests in ${quantity(scenario.duration, 'ms')}: clients saw ${grouped(counts.errors)} ` +
      `errors, NGINX hid ${grouped(counts.retries)} failed attempts.`,
  ];
  if (fault !== null) {
    lines.push(
      `${plainText(fault.victim)} was broken at ${quantity(fault.injectedAt, 'ms')} (proof: ${plainText(fault.proof)}), mended from ` +
        `${quantity(fault.healStartedAt, 'ms')}` +
        `${fault.healedAt === null ? ' and never ready again' : `, ready at ${quantity(fault.healedAt, 'ms')}`}.`,
    );
  }
  const name = scenario.name.replace('failover.', '');
  return details(`${name}: phases, latency and what NGINX hid`, [
    lines.join(' '),
    latencyTable(scenario),
    metricTable(scenario),
    ...notableTable(scenario),
  ]);
}

function latencyTable(scenario: ReportScenario): string {
  const rows = scenario.latency.map((phase) => {
    const numbers = [phase.p50, phase.p90, phase.p99, phase.max].map((wait) => quantity(wait, 'ms'));
    return `| ${plainText(phase.phase)} | ${grouped(phase.samples)} | ${numbers.join(' | ')} |`;
  });
  return ['| Phase | Requests | p50 | p90 | p99 | Longest |', '|---|--:|--:|--:|--:|--:|', ...rows].join('\n');
}

function metricTable(scenario: ReportScenario): string {
  const rows = scenario.metrics.map((metric) => {
    const value = metric.value === null ? 'none' : quantity(metric.value, metric.unit);
    return `| ${plainText(metric.metric)} | ${plainText(value)} | ${metric.remark === null ? '' : prose(metric.remark)} |`;
  });
  return ['| Metric | Observed | |', '|---|--:|---|', ...rows].join('\n');
}

function notableTable(scenario: ReportScenario): readonly string[] {
  if (scenario.notable.length === 0) return [];
  const rows = scenario.notable.slice(0, NOTABLE_SHOWN).map((request) => {
    const attempts = request.attempts.map(
      (attempt) => `${attempt.replica} ${attempt.status ?? 'nothing'} after ${quantity(attempt.response ?? 0, 'ms')}`,
    );
    const cells = [
      quantity(request.at, 'ms'),
      request.method,
      request.connection,
      quantity(request.waited, 'ms'),
      plainText(request.outcome),
      plainText(attempts.join(' → ')),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    [
      '| Due at | Method | Connection | Waited | Client saw | NGINX’s attempts |',
      '|--:|---|---|--:|---|---|',
      ...rows,
    ].join('\n'),
  ];
}

function configDetails(report: Report): readonly string[] {
  const { config } = report.cluster;
  if (config === null) return [];
  const name = config.file ?? 'generated nginx.conf';
  return [details(`Configuration under test: ${name}`, [codeBlock(config.text.trimEnd(), 'nginx')])];
}

function footer(report: Report, { runUrl }: Surroundings): string {
  const total = report.timings['total'];
  const parts = [
    ...(total === undefined ? [] : [quantity(total, 'ms')]),
    `seed ${report.seed}`,
    ...(runUrl === null ? [] : [`<a href="${htmlText(runUrl)}">this run</a>`]),
  ];
  return `<sub>${parts.join(' · ')}</sub>`;
}

function details(summary: string, sections: readonly string[]): string {
  return [`<details><summary>${htmlText(summary)}</summary>`, ...sections, '</details>'].join('\n\n');
}
