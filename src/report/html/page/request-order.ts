import { quantity } from '../../quantities';
import { element } from './elements';
import type { RequestRow } from './request-rows';

/** A column of the table of requests. */
export interface RequestColumn {
  readonly title: string;
  readonly right?: boolean;
  /** By what it is sorted. */
  readonly key: (row: RequestRow) => number | string;
  readonly cell: (row: RequestRow) => Node | string;
}

/** The columns in their order. */
export const COLUMNS: readonly RequestColumn[] = [
  { title: 'Due at', right: true, key: ({ at }) => at, cell: ({ at }) => `${(at / 1_000).toFixed(2)} s` },
  { title: 'Scenario', key: ({ scenarioTitle }) => scenarioTitle, cell: ({ scenarioTitle }) => scenarioTitle },
  { title: 'Request', key: ({ way }) => way, cell: ({ way, id }) => element('span', { title: id }, way) },
  { title: 'Client saw', key: ({ outcome }) => outcome, cell: outcomeCell },
  { title: 'Waited', right: true, key: ({ wait }) => wait, cell: ({ wait }) => quantity(wait, 'ms') },
  { title: 'What NGINX tried', key: ({ attempts }) => attempts.length, cell: attemptsCell },
];

/** What a reader asked to see; an empty text asks for nothing. */
export interface RequestFilter {
  text: string;
  scenario: string;
  kind: string;
  server: string;
}

/** Whether a request is what the reader asked for. */
export function matches(row: RequestRow, { text, scenario, kind, server }: RequestFilter): boolean {
  if (scenario !== '' && row.scenario !== scenario) return false;
  if (kind !== '' && row.kind !== kind) return false;
  if (server !== '' && !row.servers.includes(server)) return false;
  const words = [row.id, row.way, row.outcome, row.kind, ...row.attempts].join(' ').toLowerCase();
  return text === '' || words.includes(text.toLowerCase());
}

/** The rows by a column; those that are alike stay in their order. */
export function sorted(
  rows: readonly RequestRow[],
  column: RequestColumn | undefined,
  descending: boolean,
): readonly RequestRow[] {
  if (column === undefined) return rows;
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => sign * inOrder(column.key(a), column.key(b)));
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

/** Numbers as such, and names with the numbers in them as such: app2 comes before app10. */
export function inOrder(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : COLLATOR.compare(String(a), String(b));
}

function outcomeCell({ outcome, kind }: RequestRow): Node {
  return kind === 'failed'
    ? element('strong', { class: 'outcome' }, `${outcome} · failed`)
    : element('span', {}, outcome);
}

function attemptsCell({ attempts }: RequestRow): Node | string {
  if (attempts.length === 0) return 'nothing';
  return element('ol', { class: 'attempts' }, ...attempts.map((words) => element('li', {}, words)));
}
