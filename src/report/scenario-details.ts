import { codeSpan, htmlText, plainText, prose } from './escape';
import { details } from './markdown-details';
import { LATE_ANSWERS, lateAnswer } from './late-answer';
import { markdownTable } from './markdown-table';
import { whyNotRun } from './not-run';
import type { ReportRequest, ReportScenario } from './schema';
import { rolloutSections } from './rollout-table';
import { errorWords } from './scenario-table';
import { standingOf } from './standings';
import { timelineOf } from './timeline';
import { timelineChart } from './timeline-chart';
import { capitalized, claimWords, counted, grouped, hiddenWords, quantity } from './quantities';
import { scenarioWords } from './wording';

const NOTABLE_SHOWN = 8;
const BAR_LENGTH = 12;

/**
 * One scenario, folded behind a line that tells its numbers.
 * @param charted whether its timeline is drawn as a chart, too.
 */
export function scenarioDetails(scenario: ReportScenario, charted: boolean): string {
  const { counts, rollout } = scenario;
  const chart = charted ? timelineChart(scenario) : null;
  const sections = [
    ...story(scenario),
    ...(rollout === null ? [] : rolloutSections(rollout)),
    ...probeTable(scenario),
    ...(chart === null ? [] : [chart]),
    ...(counts.requests === 0 ? [] : [phaseTable(scenario)]),
    ...(hasTimeline(scenario) ? [timelineTable(scenario)] : []),
    ...notableTable(scenario),
    measured(scenario),
  ];
  const what = `${capitalized(scenarioWords(scenario))}${STANDING_WORDS[standingOf(scenario)]}`;
  return details(`<b>${htmlText(what)}</b>: ${htmlText(summary(scenario))}`, sections);
}

/** A calm scenario in which nothing happened has no timeline worth reading. */
function hasTimeline({ counts, fault, rollout, notable }: ReportScenario): boolean {
  const eventful = fault !== null || rollout !== null || counts.errors > 0 || notable.length > 0;
  return counts.requests > 0 && eventful;
}

const STANDING_WORDS = { fail: ' (fails)', inconclusive: ' (not proven)', warn: ' (warned)', pass: '' } as const;

function summary({ counts, duration, latency, probes }: ReportScenario): string {
  const longest = Math.max(0, ...latency.map((phase) => phase.max));
  const holding = probes.filter((probe) => probe.holds === true).length;
  return [
    ...(probes.length === 0 ? [] : [claimWords(holding, probes.length)]),
    ...(counts.requests === 0
      ? []
      : [
          `${counted(counts.requests, 'request')} in ${quantity(duration, 'ms')}`,
          `clients saw ${errorWords({ counts })}, NGINX hid ${hiddenWords(counts.retries)}`,
          `longest wait ${quantity(longest, 'ms')}`,
        ]),
  ].join('; ');
}

/** What was asked of the cluster, what does not hold first. */
function probeTable({ probes }: ReportScenario): readonly string[] {
  if (probes.length === 0) return [];
  const groups = [
    { holds: false, words: '**does not hold**' },
    { holds: null, words: 'not asked' },
    { holds: true, words: 'holds' },
  ];
  const rows = groups.flatMap(({ holds, words }) =>
    probes
      .filter((probe) => probe.holds === holds)
      .map(({ subject, claim, seen }) => [words, plainText(subject), plainText(claim), plainText(seen)]),
  );
  return [
    markdownTable([{ title: '' }, { title: 'Of' }, { title: 'What should hold' }, { title: 'What was seen' }], rows),
  ];
}

/** What was done to whom, and how it is known. */
function story({ fault }: ReportScenario): readonly string[] {
  if (fault === null) return [];
  const why = whyNotRun(fault);
  if (why !== null) return [`**${capitalized(plainText(fault.name))} was not run**: ${plainText(why)}.`];
  const at = (instant: number): string => quantity(instant, 'ms');
  const proof = `${fault.tookEffect ? 'proof' : '**it did not take effect**'}: ${plainText(fault.proof)}`;
  const back = fault.healedAt === null ? 'and was not ready again' : `and was ready again at ${at(fault.healedAt)}`;
  return [
    `${capitalized(plainText(fault.name))} of ${plainText(fault.victim)} at ${at(fault.injectedAt)} (${proof}); ` +
      `it was mended from ${at(fault.healStartedAt)} on ${back}.`,
  ];
}

function phaseTable(scenario: ReportScenario): string {
  const rows = scenario.phases.map((phase) => {
    const latency = scenario.latency.find((one) => one.phase === phase.name);
    const waits = [latency?.p50, latency?.p99, latency?.max].map((wait) =>
      wait === undefined || phase.requests === 0 ? '' : quantity(wait, 'ms'),
    );
    const counts = [phase.requests, phase.errors, phase.retries].map(grouped);
    return [plainText(phase.name), quantity(phase.from, 'ms'), ...counts, ...waits];
  });
  const numbers = ['From', 'Requests', 'Errors', 'Hidden by NGINX', 'Median wait', 'p99', 'Longest'];
  return markdownTable([{ title: 'Phase' }, ...numbers.map((title) => ({ title, right: true }))], rows);
}

function timelineTable(scenario: ReportScenario): string {
  const longest = Math.max(1, ...scenario.timeline.map((interval) => interval.slowest));
  const rows = timelineOf(scenario).map((row) => {
    if (row.kind === 'moment') return [`${seconds(row.at)} s`, '', '', '', '', `**${plainText(row.what)}**`];
    return [
      `${seconds(row.from)} to ${seconds(row.to)} s`,
      grouped(row.due),
      row.errors === 0 ? '0' : `**${grouped(row.errors)}**`,
      grouped(row.retried),
      quantity(row.slowest, 'ms'),
      '█'.repeat(Math.round((row.slowest / longest) * BAR_LENGTH)),
    ];
  });
  return markdownTable(
    [
      { title: 'Time' },
      { title: 'Requests due', right: true },
      { title: 'Errors', right: true },
      { title: 'Retried', right: true },
      { title: 'Longest wait', right: true },
      { title: '' },
    ],
    rows,
  );
}

/** Intervals begin at quarters of a second. */
function seconds(ms: number): string {
  return String(Number((ms / 1000).toFixed(2)));
}

function notableTable({ notable }: ReportScenario): readonly string[] {
  if (notable.length === 0) return [];
  const shown = notable.slice(0, NOTABLE_SHOWN);
  const rows = shown.map((request) => [
    quantity(request.at, 'ms'),
    requestWords(request),
    quantity(request.waited, 'ms'),
    plainText(request.outcome),
    plainText(attemptWords(request)),
  ]);
  const table = markdownTable(
    [
      { title: 'Due at', right: true },
      { title: 'Request' },
      { title: 'Waited', right: true },
      { title: 'Client saw' },
      { title: 'What NGINX tried' },
    ],
    rows,
  );
  const more = notable.length - shown.length;
  return [
    table,
    ...(shown.some(({ asked }) => asked !== undefined) ? [`<sub>${LATE_ANSWERS}</sub>`] : []),
    ...(more > 0 ? [`${more} more of these are in report.json.`] : []),
  ];
}

function requestWords({ method, connection, asked }: ReportRequest): string {
  return `${method}, ${connection} connection${lateAnswer(asked ?? 0)}`;
}

function attemptWords({ attempts }: ReportRequest): string {
  if (attempts.length === 0) return 'nothing';
  return attempts
    .map(({ replica, status, connect, response }) => {
      const end = connect === null ? 'no connection' : String(status ?? 'no answer');
      return `${replica}: ${end}${response === null ? '' : ` after ${quantity(response, 'ms')}`}`;
    })
    .join(' → ');
}

/** Every metric by the name that a gate knows it by; those of the worst fault are told under the fault's own name. */
function measured({ metrics }: ReportScenario): string {
  const names = new Set(metrics.map(({ metric }) => metric));
  const isTwin = (metric: string): boolean =>
    [...names].some((other) => other !== metric && other.replace(/^(failover)\.[^.]+/, '$1') === metric);
  const parts = metrics
    .filter(({ metric }) => !isTwin(metric))
    .map(({ metric, value, unit, remark }) => {
      const words = value === null ? (remark === null ? 'unknown' : 'none') : quantity(value, unit);
      return `${codeSpan(metric)} ${words}`;
    });
  const reasons = [
    ...new Set(metrics.flatMap(({ value, remark }) => (value === null && remark !== null ? [remark] : []))),
  ];
  return [
    `Measured: ${parts.join(', ')}.`,
    ...reasons.map((reason) => `None: ${prose(reason.replace(/\.$/, ''))}.`),
  ].join(' ');
}
