import type { ClientOutcome, ClientRecord } from './sample';
import type { Schedule } from './schedule';
import { seqOf } from './schedule';

/**
 * Records of finished requests as they go from one thread to another: a few numbers each. Both threads know the schedule, so a
 * request's number stands for all that was asked for; to copy the records themselves costs more than to send the requests.
 */
export interface RecordColumns {
  /** Of each record: number in the schedule, `sentAt`, `doneAt`, and how it ended. */
  readonly numbers: Float64Array;
  /** Codes of those that failed. */
  readonly codes: readonly string[];
}

/** Numbers a record. */
const WIDTH = 4;

/** How a request ended, as a number: an answer's status, which is below 1,000, or one of these. */
const TIMEOUT = -1;
const ABANDONED = -2;
/** From here on each code has these three numbers. */
const FIRST_CODE = 1_000;
const PER_CODE = 3;
const NOT_SENT = 0;
const ON_NEW_CONNECTION = 1;
const ON_REUSED_CONNECTION = 2;

/** Packs records of requests that a schedule asked for. */
export function packRecords(records: readonly ClientRecord[]): RecordColumns {
  const numbers = new Float64Array(records.length * WIDTH);
  const codes: string[] = [];
  let at = 0;
  for (const { id, sentAt, doneAt, outcome } of records) {
    numbers[at] = seqOf(id);
    numbers[at + 1] = sentAt;
    numbers[at + 2] = doneAt;
    numbers[at + 3] = numberOf(outcome, codes);
    at += WIDTH;
  }
  return { numbers, codes };
}

/** The records again, in their order. */
export function unpackRecords({ numbers, codes }: RecordColumns, schedule: Schedule): ClientRecord[] {
  const records: ClientRecord[] = [];
  for (let at = 0; at < numbers.length; at += WIDTH) {
    const number = (column: number): number => numbers[at + column] ?? NaN;
    const { id, method, connection, path, delayMs, scheduledAt } = schedule.at(number(0));
    const outcome = outcomeOf(number(3), codes);
    // Named one by one: to spread an object costs more than all the rest here.
    records.push({ id, method, connection, path, delayMs, scheduledAt, sentAt: number(1), doneAt: number(2), outcome });
  }
  return records;
}

function numberOf(outcome: ClientOutcome, codes: string[]): number {
  switch (outcome.kind) {
    case 'answered':
      return outcome.status;
    case 'timeout':
      return TIMEOUT;
    case 'abandoned':
      return ABANDONED;
    case 'not-sent':
      return codeNumber(outcome.code, codes) + NOT_SENT;
    case 'transport':
      return codeNumber(outcome.code, codes) + (outcome.reusedConnection ? ON_REUSED_CONNECTION : ON_NEW_CONNECTION);
  }
}

function codeNumber(code: string, codes: string[]): number {
  let index = codes.indexOf(code);
  if (index === -1) index = codes.push(code) - 1;
  return FIRST_CODE + index * PER_CODE;
}

function outcomeOf(ended: number, codes: readonly string[]): ClientOutcome {
  if (ended === TIMEOUT) return { kind: 'timeout' };
  if (ended === ABANDONED) return { kind: 'abandoned' };
  if (ended < FIRST_CODE) return answered(ended);
  const code = codes[Math.floor((ended - FIRST_CODE) / PER_CODE)] ?? 'UNKNOWN';
  const how = (ended - FIRST_CODE) % PER_CODE;
  return how === NOT_SENT
    ? { kind: 'not-sent', code }
    : { kind: 'transport', code, reusedConnection: how === ON_REUSED_CONNECTION };
}

/** There are few, and many requests that ended so: one object stands for all of a status. */
const answers = new Map<number, ClientOutcome>();

function answered(status: number): ClientOutcome {
  const known = answers.get(status) ?? { kind: 'answered', status };
  answers.set(status, known);
  return known;
}
