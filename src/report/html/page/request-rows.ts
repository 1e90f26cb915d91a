import { lateAnswer } from '../../late-answer';
import { quantity } from '../../quantities';
import type { PageScenario } from '../page-data';

/** One request of the table. */
export interface RequestRow {
  readonly id: string;
  readonly scenario: string;
  readonly scenarioTitle: string;
  /** Milliseconds. */
  readonly at: number;
  readonly wait: number;
  readonly way: string;
  readonly kind: 'failed' | 'unended' | 'retried' | 'waited';
  readonly outcome: string;
  readonly servers: readonly string[];
  /** Every attempt of NGINX in words. */
  readonly attempts: readonly string[];
}

const WAYS = ['GET, fresh connection', 'GET, kept connection', 'POST, fresh connection', 'POST, kept connection'];
const KINDS = ['waited', 'retried', 'failed', 'unended'] as const;

/** The requests of a scenario out of their columns. */
export function requestRows({ name, title, series: { requests } }: PageScenario): readonly RequestRow[] {
  const word = (index: number | undefined): string => requests.words[index ?? -1] ?? '';
  let next = 0;
  return requests.id.map((id, index) => {
    const from = next;
    next += requests.attempts[index] ?? 0;
    const own = Array.from({ length: next - from }, (_, offset) => from + offset);
    return {
      id,
      scenario: name,
      scenarioTitle: title,
      at: requests.at[index] ?? 0,
      wait: (requests.wait[index] ?? 0) / 10,
      way: `${WAYS[requests.way[index] ?? 0] ?? ''}${lateAnswer(requests.asked[index] ?? 0)}`,
      kind: KINDS[requests.kind[index] ?? 0],
      outcome: word(requests.outcome[index]),
      servers: own.map((attempt) => word(requests.server[attempt])),
      attempts: own.map((attempt) =>
        attemptWords(
          word(requests.server[attempt]),
          requests.status[attempt] ?? -1,
          requests.connect[attempt] ?? -1,
          requests.response[attempt] ?? -1,
        ),
      ),
    };
  });
}

function attemptWords(server: string, status: number, connect: number, response: number): string {
  const end = connect < 0 ? 'no connection' : status < 0 ? 'no answer' : String(status);
  return `${server}: ${end}${response < 0 ? '' : ` after ${quantity(response, 'ms')}`}`;
}
