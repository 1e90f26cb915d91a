/** Something that NGINX complained of, and how often. */
export interface Complaint {
  /** In NGINX's words, without request and addresses: `upstream sent too big header while reading response header from upstream`. */
  readonly message: string;
  readonly times: number;
}

/** Counts NGINX's complaints. */
export interface Complaints {
  /** Takes a line of NGINX's output, whatever it is. */
  readonly add: (line: string) => void;
  /** The most frequent ones first. */
  readonly list: () => readonly Complaint[];
}

/** `2026/11/26 02:15:24 [error] 30#30: *7 ` (`ngx_log_error_core` in NGINX's src/core/ngx_log.c). */
const START = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[(?:error|crit|alert|emerg)\] \d+#\d+: (?:\*\d+ )?/;
/** Different ones that are kept, and characters of each: parts of them come from clients and replicas. */
const MOST = 50;
const LONGEST = 200;

/** Nothing is complained of yet. */
export function createComplaints(): Complaints {
  const times = new Map<string, number>();
  return {
    add: (line) => {
      const message = complaintIn(line);
      if (message === null || (times.size >= MOST && !times.has(message))) return;
      times.set(message, (times.get(message) ?? 0) + 1);
    },
    list: () => mostFrequentFirst(times),
  };
}

/** Complaints by their messages, in order. */
export function mostFrequentFirst(timesOf: ReadonlyMap<string, number>): readonly Complaint[] {
  return [...timesOf].map(([message, times]) => ({ message, times })).toSorted((one, other) => other.times - one.times);
}

/** What a line complains of; what stands behind the first comma differs from request to request. */
function complaintIn(line: string): string | null {
  const start = START.exec(line)?.[0];
  if (start === undefined) return null;
  return line.slice(start.length, start.length + LONGEST).split(', ', 1)[0] ?? null;
}
