import type { Clock } from '../clock';

/** Something that is to end by an instant. */
export interface Deadline {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly onDue: () => void;
}

/** Many deadlines on a single timer. Most are met, and cost nothing but being put on a list and taken off again. */
export interface Deadlines {
  /** @returns takes it off again; harmless once it was due. */
  readonly add: (deadline: Deadline) => () => void;
}

interface Entry extends Deadline {
  before: Entry | null;
  after: Entry | null;
  isListed: boolean;
}

/**
 * An empty list of deadlines. Those that are added in the order in which they are due, as is usual, are added in constant
 * time. Its timer keeps no process alive.
 */
export function createDeadlines(clock: Pick<Clock, 'now'>): Deadlines {
  let first: Entry | null = null;
  let last: Entry | null = null;
  let timer: NodeJS.Timeout | null = null;
  let wakesAt = Infinity;

  const wakeFor = ({ at }: Deadline): void => {
    if (at >= wakesAt) return;
    if (timer !== null) clearTimeout(timer);
    wakesAt = at;
    // One more: a timer counts whole milliseconds from the start of its event-loop turn, and may fire that much early.
    timer = setTimeout(onTimer, Math.max(0, Math.ceil(at - clock.now())) + 1).unref();
  };
  const onTimer = (): void => {
    wakesAt = Infinity;
    const now = clock.now();
    while (first !== null && first.at <= now) {
      const { onDue } = first;
      remove(first);
      onDue();
    }
    if (first !== null) wakeFor(first);
  };
  const remove = (entry: Entry): void => {
    if (!entry.isListed) return;
    entry.isListed = false;
    if (entry.before === null) first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after === null) last = entry.before;
    else entry.after.before = entry.before;
  };

  return {
    add: ({ at, onDue }) => {
      let before = last;
      while (before !== null && before.at > at) before = before.before;
      const entry: Entry = { at, onDue, before, after: before === null ? first : before.after, isListed: true };
      if (entry.before === null) first = entry;
      else entry.before.after = entry;
      if (entry.after === null) last = entry;
      else entry.after.before = entry;
      wakeFor(entry);
      return () => remove(entry);
    },
  };
}
