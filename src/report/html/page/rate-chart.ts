import uPlot from 'uplot';
import type { PageScenario } from '../page-data';
import { chartOptions, replicaSeries } from './chart-options';
import type { Shown } from './legend';
import { momentsPlugin } from './moments';
import { color } from './palette';
import type { Points } from './points';
import type { View } from './view';

/** A chart has at most about this many steps, each a whole multiple of a quarter of a second. */
const STEPS = 120;
const STEP_MS = 250;
/** With fewer requests of a replica in a step the lines would show how they happen to fall into it, and little else. */
const LEAST_REQUESTS = 15;

/** Who served how many requests a second, and how many failed. */
export function rateChart(scenario: PageScenario, points: Points, view: View, shown: Shown, place: HTMLElement): uPlot {
  const { replicas } = scenario.series;
  const step = stepLength(scenario.duration, points.at.length * points.every, replicas.length);
  const { times, served, failed } = rates(points, replicas.length, step, scenario.duration / 1_000);
  const options = chartOptions({ scenario, view, place, height: 190 });
  const stepped = uPlot.paths.stepped?.({ align: 1 }) ?? (() => null);
  const failures = failed.some((rate) => rate > 0) ? [failed] : [];
  const most = Math.max(1, ...served.flat(), ...failed);
  return new uPlot(
    {
      ...options,
      padding: [8, 18, 0, 0],
      scales: { ...options.scales, y: { range: () => [0, most * 1.05] } },
      axes: [options.axes[0], { ...options.axes[1], values: (_, splits) => splits.map((rate) => `${rate}/s`) }],
      series: [
        {},
        ...replicaSeries(replicas, shown, () => ({ width: 1.5, paths: stepped, points: { show: false } })),
        ...(failures.length === 0 ? [] : [failedSeries(stepped)]),
      ],
      plugins: [momentsPlugin(scenario, false)],
    },
    [times, ...served, ...failures],
    place,
  );
}

/** In seconds. */
function stepLength(duration: number, requests: number, replicas: number): number {
  const enough = (LEAST_REQUESTS * replicas * duration) / Math.max(1, requests);
  return (
    (Math.max(1, Math.ceil(Math.max(duration / STEPS, Math.min(enough, duration / 20)) / STEP_MS)) * STEP_MS) / 1_000
  );
}

function failedSeries(paths: uPlot.Series.PathBuilder): uPlot.Series {
  return {
    ...{ label: 'failed', stroke: () => color('bad'), width: 2.5, dash: [4, 3] },
    ...{ paths, points: { show: false } },
  };
}

function rates(
  { at, server, kind, every }: Points,
  replicas: number,
  step: number,
  end: number,
): { readonly times: number[]; readonly served: number[][]; readonly failed: number[] } {
  const count = Math.max(1, Math.ceil(end / step));
  const empty = (): number[] => Array.from({ length: count }, () => 0);
  const served = Array.from({ length: replicas }, empty);
  const failed = empty();
  at.forEach((instant, index) => {
    const column = kind[index] === 2 ? failed : served[server[index] ?? -1];
    const place = Math.min(count - 1, Math.floor(instant / step));
    // The last step may be a short one.
    const length = Math.min(step, Math.max(STEP_MS / 1_000, end - place * step));
    if (column !== undefined) column[place] = (column[place] ?? 0) + (kind[index] === 0 ? every : 1) / length;
  });
  // A step is drawn up to the next one, the last up to the end.
  const toEnd = (column: number[]): number[] => [...column, column.at(-1) ?? 0];
  return {
    times: [...empty().map((_, index) => index * step), Math.max(end, (count - 1) * step)],
    served: served.map(toEnd),
    failed: toEnd(failed),
  };
}
