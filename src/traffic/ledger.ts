import type { ClientRecord, ProxyRecord, Sample } from './sample';

/** Joins what clients saw with what NGINX logged, by request id, in whatever order the two arrive. */
export interface Ledger {
  /** Each request's record once. */
  readonly addClient: (records: readonly ClientRecord[]) => void;
  readonly addProxy: (record: ProxyRecord) => void;
  /** Requests that have come to an end, in the order in which they were due. */
  readonly samples: () => readonly Sample[];
  /** Requests that were answered and for which there is no line (yet). */
  readonly missingLines: () => number;
  /** The same, and requests that ended otherwise after they left this machine: NGINX may have seen these, or not. */
  readonly unloggedRequests: () => number;
  /** Ids that NGINX logged and no finished request has (yet). */
  readonly unknownIds: () => number;
}

interface Finished {
  readonly client: ClientRecord;
  /** Null: to be joined (again). */
  sample: Sample | null;
}

/** A new, empty ledger. Adding a record costs the same however many there are. */
export function createLedger(): Ledger {
  const finished = new Map<string, Finished>();
  const lines = new Map<string, ProxyRecord[]>();
  let missing = 0;
  let unlogged = 0;
  let logged = 0;
  let joined: readonly Sample[] | null = null;

  const countUnlogged = ({ outcome }: ClientRecord, step: 1 | -1): void => {
    if (outcome.kind === 'answered') missing += step;
    if (outcome.kind !== 'not-sent') unlogged += step;
  };
  const addOne = (client: ClientRecord): void => {
    finished.set(client.id, { client, sample: null });
    if (lines.has(client.id)) logged += 1;
    else countUnlogged(client, 1);
  };

  return {
    addClient: (records) => {
      records.forEach(addOne);
      joined = null;
    },
    addProxy: (record) => {
      const others = lines.get(record.id);
      const request = finished.get(record.id);
      if (others === undefined) lines.set(record.id, [record]);
      else others.push(record);
      if (request === undefined) return;
      if (others === undefined) {
        logged += 1;
        countUnlogged(request.client, -1);
      }
      request.sample = null;
      joined = null;
    },
    samples: () => {
      joined ??= [...finished.values()]
        .map((request) => (request.sample ??= { ...request.client, proxy: merge(lines.get(request.client.id) ?? []) }))
        .sort((one, other) => one.scheduledAt - other.scheduledAt);
      return joined;
    },
    missingLines: () => missing,
    unloggedRequests: () => unlogged,
    unknownIds: () => lines.size - logged,
  };
}

/** A request that its client repeated has a line for each time: all attempts count, the last line tells how it ended. */
function merge(lines: readonly ProxyRecord[]): ProxyRecord | null {
  const inOrder = lines.toSorted((one, other) => one.loggedAt - other.loggedAt);
  const last = inOrder.at(-1);
  return last === undefined ? null : { ...last, attempts: inOrder.flatMap((line) => line.attempts) };
}
