import type { Attempt, ClientRecord, ProxyRecord, Sample } from './sample';
import { seqOf } from './schedule';

/** Joins what clients saw with what NGINX logged, by request id, in whatever order the two arrive. */
export interface Ledger {
  /** Each request's record once. */
  readonly addClient: (records: readonly ClientRecord[]) => void;
  readonly addProxy: (record: ProxyRecord) => void;
  /** Requests that have come to an end, in the order in which they were due. */
  readonly samples: () => readonly Sample[];
  /** How many these are. */
  readonly count: () => number;
  /** How many of them were due by an instant (epoch milliseconds). */
  readonly countDueBy: (instant: number) => number;
  /**
   * Those about which nothing can change any more, up to the first that is still missing: the ones that `isNext` knows for the request
   * with this number, and that NGINX owes no line.
   */
  readonly settled: (isNext: (sample: Sample, seq: number) => boolean) => readonly Sample[];
  /** Requests that were answered and for which there is no line (yet). */
  readonly missingLines: () => number;
  /** The same, and requests that ended otherwise after they left this machine: NGINX may have seen these, or not. */
  readonly unloggedRequests: () => number;
  /** Ids that NGINX logged and no finished request has (yet). */
  readonly unknownIds: () => number;
}

/** A place in the list; its sample changes when a line comes. */
interface Entry {
  sample: Sample;
}

/** A new, empty ledger. To add a record costs the same however many there are, unless it comes much later than others that were due after it. */
export function createLedger(): Ledger {
  /** In the order in which they were due. */
  const entries: Entry[] = [];
  const byId = new Map<string, Entry>();
  /** Lines of requests that have not come to an end, as far as is known here. */
  const early = new Map<string, ProxyRecord>();
  let missing = 0;
  let unlogged = 0;
  let settled = 0;
  let joined: readonly Sample[] | null = null;

  const countUnlogged = ({ outcome }: ClientRecord, step: 1 | -1): void => {
    if (outcome.kind === 'answered') missing += step;
    if (outcome.kind !== 'not-sent') unlogged += step;
  };
  const addOne = (client: ClientRecord): void => {
    const line = early.get(client.id) ?? null;
    if (line === null) countUnlogged(client, 1);
    else early.delete(client.id);
    const entry = { sample: join(client, line) };
    byId.set(client.id, entry);
    entries.splice(
      placeBehind(entries, (sample) => isDueBefore(sample, client)),
      0,
      entry,
    );
  };

  return {
    addClient: (records) => {
      records.forEach(addOne);
      joined = null;
    },
    addProxy: (record) => {
      const entry = byId.get(record.id);
      if (entry === undefined) {
        early.set(record.id, merge(early.get(record.id) ?? null, record));
        return;
      }
      const { sample } = entry;
      if (sample.proxy === null) countUnlogged(sample, -1);
      entry.sample = join(sample, merge(sample.proxy, record));
      joined = null;
    },
    samples: () => (joined ??= entries.map(({ sample }) => sample)),
    count: () => entries.length,
    countDueBy: (instant) => placeBehind(entries, ({ scheduledAt }) => scheduledAt <= instant),
    settled: (isNext) => {
      for (let next = entries[settled]; next !== undefined; next = entries[settled]) {
        if (owesLine(next.sample) || !isNext(next.sample, settled)) break;
        settled += 1;
      }
      return entries.slice(0, settled).map(({ sample }) => sample);
    },
    missingLines: () => missing,
    unloggedRequests: () => unlogged,
    unknownIds: () => early.size,
  };
}

/** Two may be due at one moment. */
function isDueBefore(one: ClientRecord, other: ClientRecord): boolean {
  return one.scheduledAt === other.scheduledAt ? seqOf(one.id) < seqOf(other.id) : one.scheduledAt < other.scheduledAt;
}

/** The place behind all that come before. */
function placeBehind(entries: readonly Entry[], comesBefore: (sample: Sample) => boolean): number {
  const last = entries.at(-1);
  // The usual case.
  if (last === undefined || comesBefore(last.sample)) return entries.length;
  let [from, to] = [0, entries.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && comesBefore(entry.sample)) from = middle + 1;
    else to = middle;
  }
  return from;
}

function owesLine({ outcome, proxy }: Sample): boolean {
  return outcome.kind === 'answered' && proxy === null;
}

/** Named one by one, since there are many: to spread an object costs more than all the rest here. */
function join(
  { id, method, connection, path, delayMs, scheduledAt, sentAt, doneAt, outcome }: ClientRecord,
  proxy: ProxyRecord | null,
): Sample {
  const own = proxy === null || proxy.method === method ? proxy : askedFor(proxy);
  return { id, method, connection, path, delayMs, scheduledAt, sentAt, doneAt, outcome, proxy: own };
}

/**
 * The line of a request of which NGINX has made a GET: it does so where it asks for a page in the place of an answer (`ngx_http_send_error_page` in
 * src/http/ngx_http_special_response.c, where `error_page` names a path), so what it asked then is another question.
 */
function askedFor(proxy: ProxyRecord): ProxyRecord {
  const attempts = proxy.attempts.map((one): Attempt => (one.redirected === true ? { ...one, anew: true } : one));
  return { ...proxy, attempts };
}

/** A request that its client repeated has a line for each time: all attempts count, the last line tells how it ended. */
function merge(known: ProxyRecord | null, line: ProxyRecord): ProxyRecord {
  if (known === null) return line;
  const [first, last] = known.loggedAt <= line.loggedAt ? [known, line] : [line, known];
  return { ...last, attempts: [...first.attempts, ...last.attempts] };
}
