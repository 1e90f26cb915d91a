import { portions } from '../distribution-table';
import type { Report } from '../schema';
import { grouped } from '../quantities';
import type { Markup } from './markup';
import { html } from './markup';
import { table } from './table';

/** Who served how much while nothing was broken: a table whose last column is the chart. */
export function distributionSection({ distribution }: Report): Markup {
  const parts = portions(distribution, 1);
  if (parts.length === 0) return html``;
  const most = Math.max(1, ...parts.map(({ requests }) => requests));
  const rows = parts.map(({ replica, requests, share }) => ({
    cells: [
      replica,
      grouped(requests),
      share,
      requests === 0 ? html`<strong>serves nothing</strong>` : bar(requests / most),
    ],
    look: requests === 0 ? 'fail' : '',
  }));
  return html`<section id="distribution" aria-labelledby="distribution-title">
    <h2 id="distribution-title">Distribution</h2>
    ${table(
      'Requests that each replica served while nothing was broken',
      [{ title: 'Replica' }, { title: 'Requests', right: true }, { title: 'Share', right: true }, { title: 'Chart' }],
      rows,
    )}
  </section>`;
}

/** A bar as long as a part of its column; the numbers beside it say the same in words. */
function bar(part: number): Markup {
  const percent = (Math.min(1, Math.max(0, part)) * 100).toFixed(1);
  return html`<svg class="bar" aria-hidden="true" focusable="false">
    <rect width="${percent}%" height="100%"></rect>
  </svg>`;
}
