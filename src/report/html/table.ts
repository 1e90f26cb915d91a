import type { Markup } from './markup';
import { html } from './markup';

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly right?: boolean;
}

/** A row, with a class for its look where it has one. The first cell names it. */
export interface Row {
  readonly cells: readonly (Markup | string)[];
  readonly look?: string;
}

/** A table that scrolls by itself where it is too wide, also by keyboard. */
export function table(caption: string, columns: readonly Column[], rows: readonly Row[]): Markup {
  const look = (index: number): string => (columns[index]?.right === true ? 'number' : '');
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}">
    <table>
      <caption class="unseen">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(({ title }, index) => html`<th scope="col" class="${look(index)}">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ cells, look: rowLook = '' }) =>
            html`<tr class="${rowLook}">
              ${cells.map((cell, index) =>
                index === 0
                  ? html`<th scope="row" class="${look(index)}">${cell}</th>`
                  : html`<td class="${look(index)}">${cell}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
