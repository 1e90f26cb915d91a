import type uPlot from 'uplot';
import type { PageScenario } from '../page-data';
import { keepCurrent } from './chart-options';
import { button, element } from './elements';
import { inView } from './in-view';
import { latencyChart } from './latency-chart';
import type { Shown } from './legend';
import { legend } from './legend';
import { onColorsChanged } from './palette';
import { pointsOf } from './points';
import { rateChart } from './rate-chart';
import { View } from './view';

/** Draws the charts of one scenario into their place, which must be visible: its width counts. */
export function drawScenario(scenario: PageScenario, place: HTMLElement): void {
  const { replicas } = scenario.series;
  const points = pointsOf(scenario.series.points);
  const view = new View(scenario.duration / 1_000);
  const shown: Shown = { replicas: replicas.map(() => true), failed: true, retried: true };
  const charts: uPlot[] = [];
  const latency = figure(
    `Waits of clients: ${scenario.title}`,
    'How long clients waited, each point one request (logarithmic)',
  );
  const readout = element('p', { class: 'readout' });
  const rate = figure(`Requests served: ${scenario.title}`, 'Requests served per second, by replica');
  const update = (): void => {
    for (const chart of charts) {
      shown.replicas.forEach((show, index) => chart.setSeries(index + 1, { show }));
      // The one after those of the replicas, where anything failed.
      if (chart.series.length > replicas.length + 1) chart.setSeries(replicas.length + 1, { show: shown.failed });
      chart.redraw(false);
    }
  };
  place.append(
    element('h4', {}, 'Second by second'),
    toolbar(scenario, view),
    legend(replicas, scenario.victim, shown, update),
    latency.whole,
    readout,
    rate.whole,
    inView(scenario, points, view),
    ...(points.every > 1
      ? [element('p', { class: 'note' }, `Of the requests without remark, one in ${points.every} is drawn.`)]
      : []),
  );
  charts.push(
    latencyChart(scenario, points, view, shown, latency.canvas, readout),
    rateChart(scenario, points, view, shown, rate.canvas),
  );
  charts.forEach((chart, index) => keepCurrent(chart, view, index === 0 ? latency.canvas : rate.canvas));
  onColorsChanged(() => {
    charts.forEach((chart) => chart.redraw(false));
    view.show(view.from, view.to);
  });
}

/** A chart's place with a name for who cannot see it, and where the same stands as text. */
function figure(name: string, caption: string): { readonly whole: HTMLElement; readonly canvas: HTMLElement } {
  const label = `${name}. The same numbers stand below, as a table.`;
  const canvas = element('div', { class: 'canvas', role: 'img', 'aria-label': label });
  return { whole: element('figure', {}, element('figcaption', {}, caption), canvas), canvas };
}

function toolbar({ marks, victim }: PageScenario, view: View): HTMLElement {
  const instants = marks.map(({ at }) => at / 1_000);
  const [first, last] = [Math.min(...instants), Math.max(...instants)];
  const margin = Math.max(0.5, (last - first) * 0.1);
  return element(
    'div',
    { class: 'toolbar', role: 'group', 'aria-label': 'What the charts show' },
    button('Whole scenario', () => view.whole()),
    ...(instants.length > 0
      ? [button(victim === null ? 'During the update' : 'While broken', () => view.show(first - margin, last + margin))]
      : []),
    button('Zoom in', () => view.zoom(0.5)),
    button('Zoom out', () => view.zoom(2)),
    button('Earlier', () => view.move(-0.5)),
    button('Later', () => view.move(0.5)),
    element('span', { class: 'note' }, 'or drag across a chart'),
  );
}
