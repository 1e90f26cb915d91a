import { mermaidChart } from './chart';
import { htmlText, plainText } from './escape';
import { markdownTable } from './markdown-table';
import { details } from './markdown-details';
import { grouped } from './quantities';

/** One replica's part of the traffic. */
export interface Portion {
  readonly replica: string;
  readonly requests: number;
  /** `33.3 %`. */
  readonly share: string;
  readonly bar: string;
}

/** More replicas than this are folded away. */
const MOST_OPEN = 8;
const BAR_LENGTH = 12;

/** Who served how much, with bars of at most `length` characters; whoever serves anything has one. */
export function portions(distribution: Readonly<Record<string, number>>, length: number): readonly Portion[] {
  const entries = Object.entries(distribution);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  const most = Math.max(1, ...entries.map(([, count]) => count));
  return entries.map(([replica, requests]) => ({
    replica,
    requests,
    share: `${(total === 0 ? 0 : (requests / total) * 100).toFixed(1)} %`,
    bar: requests === 0 ? '' : '█'.repeat(Math.max(1, Math.round((requests / most) * length))),
  }));
}

/**
 * The distribution as a Markdown table, which says all that the chart says; of many replicas only the line that matters, with
 * the table folded behind it.
 * @param open whether nothing is folded: it is what went wrong.
 */
export function distributionTable(distribution: Readonly<Record<string, number>>, open: boolean): string {
  const parts = portions(distribution, BAR_LENGTH);
  const table = markdownTable(
    [{ title: 'Replica' }, { title: 'Requests', right: true }, { title: 'Share', right: true }, { title: '' }],
    parts.map(({ replica, requests, share, bar }) => [
      plainText(replica),
      grouped(requests),
      share,
      bar === '' ? '**serves nothing**' : bar,
    ]),
  );
  const chart = distributionChart(parts);
  if (open) return [table, chart].join('\n\n');
  return parts.length > MOST_OPEN
    ? details(htmlText(summary(parts)), [table, chart])
    : [table, details('The distribution as a chart', [chart])].join('\n\n');
}

function distributionChart(parts: readonly Portion[]): string {
  const counts = parts.map(({ requests }) => requests);
  return mermaidChart({
    title: 'Requests served by each replica',
    horizontal: true,
    width: 560,
    height: 110 + 24 * parts.length,
    labels: parts.map(({ replica }) => replica),
    top: Math.max(1, ...counts) * 1.1,
    series: [{ kind: 'bar', colour: 'blue', values: counts }],
  });
}

function summary(parts: readonly Portion[]): string {
  const counts = parts.map((part) => part.requests);
  const idle = parts.filter((part) => part.requests === 0).map((part) => part.replica);
  const range = `${grouped(Math.min(...counts))} to ${grouped(Math.max(...counts))} requests each`;
  return `Distribution over ${parts.length} replicas: ${range}${idle.length === 0 ? '' : `; ${idle.join(', ')} served nothing`}`;
}
