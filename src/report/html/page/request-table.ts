import { counted, grouped } from '../../quantities';
import type { PageData } from '../page-data';
import { button, choice, element } from './elements';
import type { RequestColumn, RequestFilter } from './request-order';
import { COLUMNS, inOrder, matches, sorted } from './request-order';
import type { RequestRow } from './request-rows';
import { requestRows } from './request-rows';

const PAGE_LENGTH = 50;

const KINDS = [
  { value: '', words: 'all' },
  { value: 'failed', words: 'failed' },
  { value: 'retried', words: 'retried' },
  { value: 'waited', words: 'answered late' },
  { value: 'unended', words: 'without an end' },
];

/** Fills a place with the table of requests: filtered, sorted by any column, a page at a time; all of it by keyboard, too. */
export function requestTable(data: PageData, place: HTMLElement): void {
  const rows = data.scenarios.flatMap(requestRows);
  if (rows.length === 0) {
    place.append(element('p', {}, 'None: every request was answered at once, and at the first attempt.'));
    return;
  }
  const left = data.scenarios.reduce((sum, { series }) => sum + series.requests.left, 0);
  new RequestTable(data, rows, left).putInto(place);
}

class RequestTable {
  readonly #filter: RequestFilter = { text: '', scenario: '', kind: '', server: '' };
  // The longest wait first.
  #column = COLUMNS.findIndex(({ title }) => title === 'Waited');
  #descending = true;
  #from = 0;
  readonly #status = element('p', { role: 'status' });
  readonly #body = element('tbody');
  readonly #heads = COLUMNS.map((column, index) => headCell(column, () => this.#sortBy(index)));
  readonly #previous = button('Previous page', () => this.#show(this.#from - PAGE_LENGTH));
  readonly #next = button('Next page', () => this.#show(this.#from + PAGE_LENGTH));

  constructor(
    private readonly data: PageData,
    private readonly rows: readonly RequestRow[],
    private readonly left: number,
  ) {}

  putInto(place: HTMLElement): void {
    const table = element(
      'table',
      { class: 'requests' },
      element('caption', { class: 'unseen' }, 'Requests that failed, were retried or waited'),
      element('thead', {}, element('tr', {}, ...this.#heads)),
      this.#body,
    );
    place.append(
      this.#toolbar(),
      this.#status,
      element('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'Requests' }, table),
      element('div', { class: 'toolbar' }, this.#previous, this.#next),
    );
    this.#show(0);
  }

  #toolbar(): HTMLElement {
    const search = element('input', { type: 'search', autocomplete: 'off' });
    search.addEventListener('input', () => this.#ask({ text: search.value.trim() }));
    const servers = [...new Set(this.rows.flatMap((row) => row.servers))].sort(inOrder);
    const scenarios = this.data.scenarios.map(({ name, title }) => ({ value: name, words: title }));
    return element(
      'div',
      { class: 'toolbar', role: 'search', 'aria-label': 'Requests' },
      element('label', {}, 'Find ', search),
      choice('Outcome', KINDS, (kind) => this.#ask({ kind })),
      choice('Scenario', [{ value: '', words: 'all' }, ...scenarios], (scenario) => this.#ask({ scenario })),
      choice(
        'Tried',
        [{ value: '', words: 'any' }, ...servers.map((name) => ({ value: name, words: name }))],
        (server) => this.#ask({ server }),
      ),
    );
  }

  #ask(changes: Partial<RequestFilter>): void {
    Object.assign(this.#filter, changes);
    this.#show(0);
  }

  #sortBy(index: number): void {
    this.#descending = this.#column === index && !this.#descending;
    this.#column = index;
    this.#show(0);
  }

  #show(from: number): void {
    this.#from = from;
    const asked = this.rows.filter((row) => matches(row, this.#filter));
    const page = sorted(asked, COLUMNS[this.#column], this.#descending).slice(from, from + PAGE_LENGTH);
    this.#body.replaceChildren(...page.map(rowOf));
    this.#heads.forEach((head, index) => {
      if (index === this.#column) head.setAttribute('aria-sort', this.#descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    });
    this.#status.textContent = this.#words(asked.length, page.length);
    this.#previous.disabled = from === 0;
    this.#next.disabled = from + PAGE_LENGTH >= asked.length;
  }

  #words(asked: number, shown: number): string {
    const all = this.rows.length;
    const more = this.left > 0 ? ` ${grouped(this.left)} more, none of them worse, found no room in this file.` : '';
    if (asked === 0) return `None of ${counted(all, 'request')} is like that.${more}`;
    const part = `${grouped(this.#from + 1)} to ${grouped(this.#from + shown)} of ${counted(asked, 'request')}`;
    return `${part}${asked < all ? ` (${grouped(all)} in all)` : ''}.${more}`;
  }
}

function headCell({ title, right }: RequestColumn, sort: () => void): HTMLTableCellElement {
  return element('th', { scope: 'col', class: right === true ? 'number' : '' }, button(title, sort));
}

function rowOf(row: RequestRow): HTMLTableRowElement {
  const cells = COLUMNS.map(({ right, cell }) => element('td', { class: right === true ? 'number' : '' }, cell(row)));
  return element('tr', { class: row.kind === 'failed' ? 'fail' : '' }, ...cells);
}
