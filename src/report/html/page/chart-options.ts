import type uPlot from 'uplot';
import type { PageScenario } from '../page-data';
import type { Shown } from './legend';
import { color, replicaColor } from './palette';
import type { View } from './view';

/** What the charts of a scenario have in common. */
export interface CommonOptions extends Pick<uPlot.Options, 'width' | 'height' | 'legend' | 'cursor' | 'hooks'> {
  readonly scales: { readonly x: uPlot.Scale };
  readonly axes: readonly [uPlot.Axis, uPlot.Axis];
}

/** Width of the axis of values, in CSS pixels: the same in all charts, so that their times stand below each other. */
const AXIS_WIDTH = 64;

/** Dragging shows a stretch, a double click the whole; the pointer of one chart moves in all of the scenario. */
export function chartOptions({
  scenario,
  view,
  place,
  height,
}: {
  readonly scenario: PageScenario;
  readonly view: View;
  readonly place: HTMLElement;
  readonly height: number;
}): CommonOptions {
  const axis = {
    stroke: () => color('muted'),
    grid: { stroke: () => color('line'), width: 1 },
    ticks: { stroke: () => color('line'), width: 1 },
  };
  return {
    width: place.clientWidth,
    height,
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      sync: { key: scenario.name },
      bind: {
        dblclick: () => () => {
          view.whole();
          return null;
        },
      },
    },
    scales: { x: { time: false, range: () => [view.from, view.to] } },
    axes: [
      { ...axis, size: 36, values: (_, splits) => splits.map((second) => `${Number(second.toFixed(3))} s`) },
      { ...axis, size: AXIS_WIDTH },
    ],
    hooks: {
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < 4) return;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          view.show(chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x'));
        },
      ],
    },
  };
}

/** One series for each replica, in its color. */
export function replicaSeries(
  replicas: readonly string[],
  shown: Shown,
  look: (color: () => string) => Partial<uPlot.Series>,
): uPlot.Series[] {
  return replicas.map((label, index) => {
    const own = (): string => replicaColor(index, replicas.length);
    const { points, ...series } = look(own);
    return {
      label,
      show: shown.replicas[index] ?? true,
      stroke: own,
      ...series,
      points: { stroke: own, fill: own, ...points },
    };
  });
}

/** Has a chart follow the view, the width of its place and the colors of the page. */
export function keepCurrent(chart: uPlot, view: View, place: HTMLElement): void {
  view.follow(() => chart.setScale('x', { min: view.from, max: view.to }));
  new ResizeObserver(() => {
    if (place.clientWidth > 0) chart.setSize({ width: place.clientWidth, height: chart.height });
  }).observe(place);
}
