import { counted, grouped, quantity } from '../../quantities';
import type { PageScenario } from '../page-data';
import { bar, element } from './elements';
import { replicaColor } from './palette';
import type { Points } from './points';
import { tally } from './points';
import type { View } from './view';

/** What the charts show at the moment, in words and as a table of who served it. */
export function inView({ series: { replicas } }: PageScenario, points: Points, view: View): HTMLElement {
  const words = element('p', { 'aria-live': 'polite' });
  const rows = element('tbody');
  view.follow(() => {
    const seen = tally(points, replicas.length, view.from, view.to);
    const time = `${view.from.toFixed(1)} to ${view.to.toFixed(1)} s`;
    words.textContent =
      `In view, ${time}: ${points.every > 1 ? 'about ' : ''}${counted(seen.requests, 'request')}, ` +
      `${grouped(seen.failed)} failed, ${grouped(seen.retried)} retried, longest wait ${quantity(seen.longest, 'ms')}.`;
    rows.replaceChildren(...replicas.map((name, index) => row(name, index, seen.served, replicas.length)));
  });
  const head = ['Replica', 'Served', 'Share', 'Chart'].map((title, index) =>
    element('th', { scope: 'col', class: index === 1 || index === 2 ? 'number' : '' }, title),
  );
  const table = element(
    'table',
    {},
    element('caption', { class: 'unseen' }, 'Requests in view by replica'),
    element('thead', {}, element('tr', {}, ...head)),
    rows,
  );
  return element('div', { class: 'in-view' }, words, table);
}

function row(name: string, index: number, served: readonly number[], count: number): HTMLElement {
  const own = served[index] ?? 0;
  const all = served.reduce((sum, one) => sum + one, 0);
  const most = Math.max(1, ...served);
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, name),
    element('td', { class: 'number' }, grouped(own)),
    element('td', { class: 'number' }, `${((own / Math.max(1, all)) * 100).toFixed(1)} %`),
    element('td', {}, bar(own / most, replicaColor(index, count))),
  );
}
