import type { Chart, Series } from './chart';
import { mermaidChart } from './chart';
import { plainText } from './escape';
import { faultRun } from './not-run';
import { quantity } from './quantities';
import { isBroken, qualityOf } from './standings';
import type { ReportScenario } from './schema';

/** Wide enough for 60 intervals, and narrow enough that a phone, which makes it smaller, leaves the letters legible. */
const WIDTH = 600;
const HEIGHT = 260;
/** A label needs the room of this many intervals to either side, where there are 60 of them. */
const LABEL_ROOM = 4;
const MOST_LABELS = 10;
/** Fewer requests than this are counted in halves by the axis. */
const LEAST_COUNTED = 10;
/** A bound this many times above all waits would press them to the ground. */
const FAR_ABOVE = 4;

/**
 * A scenario over its time as a chart, with what a reader has to know of it in words: how long clients waited, or how many
 * requests failed where that is what went wrong. Null where there is no time to show.
 */
export function timelineChart(scenario: ReportScenario): string | null {
  if (scenario.timeline.length < 2 || scenario.counts.requests === 0) return null;
  return showsErrors(scenario) ? errorsChart(scenario) : waitsChart(scenario);
}

function showsErrors({ counts, gates }: ReportScenario): boolean {
  return counts.errors > counts.excused && !gates.some((gate) => isBroken(gate) && qualityOf(gate) === 'stall');
}

function waitsChart(scenario: ReportScenario): string {
  const longest = Math.max(1, ...scenario.timeline.map(({ slowest }) => slowest));
  const bound = scenario.gates.find((gate) => qualityOf(gate) === 'stall' && gate.operator.startsWith('<'))?.allowed;
  const shown = bound !== undefined && bound <= longest * FAR_ABOVE ? bound : null;
  const unit = Math.max(longest, shown ?? 0) >= 1_000 ? 's' : 'ms';
  const scale = unit === 's' ? 1_000 : 1;
  const top = (Math.max(longest, shown ?? 0) / scale) * 1.06;
  const waits: Series = {
    kind: 'bar',
    colour: 'blue',
    values: scenario.timeline.map(({ slowest }) => slowest / scale),
  };
  const limit: readonly Series[] =
    shown === null ? [] : [{ kind: 'line', colour: 'red', values: scenario.timeline.map(() => shown / scale) }];
  return chartWithWords(
    scenario,
    {
      title: `Longest wait of clients, in ${unit === 's' ? 'seconds' : 'milliseconds'}`,
      top,
      series: [waits, ...limit],
    },
    [
      `Bars: the longest wait of the requests due in each ${scenario.interval / 1_000} s`,
      ...(shown === null ? [] : [`line: what is allowed, ${quantity(shown, 'ms')}`]),
    ],
  );
}

function errorsChart(scenario: ReportScenario): string {
  const { timeline } = scenario;
  const failed = timeline.map(({ errors }) => errors);
  const troubled = timeline.map(({ errors, retried }) => errors + retried);
  const hidden = timeline.some(({ retried }) => retried > 0);
  const below: readonly Series[] = hidden ? [{ kind: 'bar', colour: 'amber', values: troubled }] : [];
  return chartWithWords(
    scenario,
    {
      title: 'Requests in trouble',
      top: Math.max(LEAST_COUNTED, ...troubled) * 1.06,
      series: [...below, { kind: 'bar', colour: 'red', values: failed }],
    },
    [
      `Bars, from the bottom: requests that failed (red)${hidden ? ', and those that NGINX saved by another attempt (amber)' : ''}`,
      `of at most ${Math.max(...timeline.map(({ due }) => due))} due in each ${scenario.interval / 1_000} s`,
    ],
  );
}

function chartWithWords(
  scenario: ReportScenario,
  chart: Pick<Chart, 'title' | 'top' | 'series'>,
  words: readonly string[],
): string {
  const { timeline } = scenario;
  const span = troubleOf(scenario);
  const inSpan = ({ from }: ReportScenario['timeline'][number]): boolean =>
    span !== null && from + scenario.interval > span.from && from < span.to;
  const shade: readonly Series[] =
    span === null
      ? []
      : [{ kind: 'bar', colour: 'shade', values: timeline.map((one) => (inSpan(one) ? chart.top : 0)) }];
  const drawn = mermaidChart({
    ...chart,
    width: WIDTH,
    height: HEIGHT,
    labels: labelsOf(scenario, span),
    series: [...shade, ...chart.series],
  });
  return `${drawn}\n\n<sub>${[...words, ...(span === null ? [] : [span.words])].join('; ')}.</sub>`;
}

/** When something was broken or being replaced. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly begins: string;
  readonly ends: string;
  /** Markdown. */
  readonly words: string;
}

function troubleOf(scenario: ReportScenario): Span | null {
  const { rollout } = scenario;
  const fault = faultRun(scenario);
  const between = (from: number, to: number): string => `from ${quantity(from, 'ms')} to ${quantity(to, 'ms')}`;
  if (fault !== null) {
    const { injectedAt: from, healStartedAt: to } = fault;
    const words = `grey: ${plainText(fault.victim)} is broken, ${between(from, to)}`;
    return { from, to, begins: 'broken', ends: 'mended', words };
  }
  if (rollout === null) return null;
  const { startedAt: from, endedAt: to } = rollout;
  return { from, to, begins: 'begins', ends: 'ends', words: `grey: the rolling update, ${between(from, to)}` };
}

/** Seconds in round steps, with the moments of trouble in words among them. */
function labelsOf({ timeline, interval, duration }: ReportScenario, span: Span | null): readonly string[] {
  const step = niceStep(duration / MOST_LABELS, interval);
  const at = (instant: number): number => Math.min(timeline.length - 1, Math.floor(instant / interval));
  const room = Math.ceil((LABEL_ROOM * timeline.length) / 60);
  const begins = span === null ? -Infinity : at(span.from);
  const ends = span === null || at(span.to) - begins < 2 * room ? -Infinity : at(span.to);
  return timeline.map(({ from }, index) => {
    if (index === begins) return span?.begins ?? '';
    if (index === ends) return span?.ends ?? '';
    const free = Math.abs(index - begins) > room && Math.abs(index - ends) > room;
    return free && from % step === 0 ? String(from / 1_000) : '';
  });
}

/** The smallest whole number of intervals and of seconds that is at least this many milliseconds. */
function niceStep(least: number, interval: number): number {
  const steps = [1, 2, 5, 10, 15, 20, 30, 60].map((seconds) => seconds * 1_000);
  return steps.find((step) => step >= least && step % interval === 0) ?? interval * Math.ceil(least / interval);
}
