import uPlot from 'uplot';
import { quantity } from '../../quantities';
import type { PageScenario } from '../page-data';
import { chartOptions, replicaSeries } from './chart-options';
import type { Shown } from './legend';
import { LABEL_ROOM, momentsPlugin } from './moments';
import { boundPlugin, outcomePlugin } from './outcomes';
import type { Points } from './points';
import { readoutPlugin } from './readout';
import type { View } from './view';

// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- a const enum, whose names only tsc itself can read
const LOGARITHMIC = 3 as uPlot.Scale.Distr;

/** Every request as a point: when it was due, how long its client waited (logarithmic), who served it. */
export function latencyChart(
  scenario: PageScenario,
  points: Points,
  view: View,
  shown: Shown,
  place: HTMLElement,
  readout: HTMLElement,
): uPlot {
  const { replicas } = scenario.series;
  const bounds = yBounds(points.wait, scenario.bound?.ms ?? null);
  const columns = [...replicas.keys()].map((replica) =>
    points.wait.map((wait, index) => (points.server[index] === replica && (points.kind[index] ?? 2) < 2 ? wait : null)),
  );
  const options = chartOptions({ scenario, view, place, height: 330 });
  return new uPlot(
    {
      ...options,
      padding: [LABEL_ROOM, 18, 0, 0],
      scales: { ...options.scales, y: { distr: LOGARITHMIC, range: () => bounds } },
      axes: [
        options.axes[0],
        {
          ...options.axes[1],
          splits: () => decades(bounds),
          values: (_, splits) => splits.map((wait: number | null) => (wait === null ? '' : quantity(wait, 'ms'))),
        },
      ],
      series: [
        {},
        ...replicaSeries(replicas, shown, () => ({
          paths: () => null,
          points: { show: true, size: 4, width: 0, space: 0 },
        })),
      ],
      plugins: [
        momentsPlugin(scenario, true),
        boundPlugin(scenario.bound),
        outcomePlugin(points, shown),
        readoutPlugin(points, replicas, readout),
      ],
    },
    [[...points.at], ...columns],
    place,
  );
}

/** Whole powers of ten around what there is to see. */
function yBounds(waits: readonly number[], bound: number | null): [number, number] {
  let [least, most] = [10, Math.max(100, bound ?? 0)];
  for (const wait of waits) {
    least = Math.min(least, wait);
    most = Math.max(most, wait);
  }
  return [10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most * 1.05))];
}

/** The powers of ten from one bound to the other. */
function decades([least, most]: readonly [number, number]): number[] {
  const first = Math.round(Math.log10(least));
  return Array.from({ length: Math.round(Math.log10(most)) - first + 1 }, (_, index) => 10 ** (first + index));
}
