import type { SeenAttempt } from './calm';

/** Lines of a replica that serves which are quoted, and characters of any line. */
const LINES = 3;
const LENGTH = 200;
/** Lines of a container that never came to serve which are quoted. */
const LINES_OF_START = 5;
/** What programs write when something is wrong. */
const TELLING =
  /error|exception|traceback|fatal|critical|panic|denied|refused|read-?only|no space|cannot|can't|failed|time(d )?out|killed|abort/i;
/**
 * What says nothing of a cause: a level for what goes well, a line of an access log, where a traceback begins (its last line says it), and a client
 * that has gone, as NGINX does when it waits no longer, and as whoever only asks whether the port is open.
 */
const IDLE =
  /\b(?:INFO|DEBUG)\b|"(?:GET|HEAD|POST) \S* HTTP\/|^Traceback \(most recent call last\)|^Exception (?:occurred|happened) during processing of request|broken ?pipe|connection ?reset|\bEPIPE\b|ECONNRESET/i;
/** The kernel's words for it, and SQLite's (src/main.c, sqlite3ErrStr). */
const READ_ONLY =
  /read-only file system|EROFS|unable to open database file|readonly database|SQLITE_(?:CANTOPEN|READONLY)/i;

/** What the replicas of these attempts wrote of it, as far as that shows. */
export interface LastWordsSaid {
  /** ` app1 wrote: ….`, to stand behind a sentence; empty where it wrote nothing. */
  readonly quoted: string;
  /** It could not write to its root file system. */
  readonly readOnly: boolean;
}

/** The last lines of the replica of an attempt; empty: it wrote none, or nobody looked. */
export function linesOf({ scenario, replica }: Pick<SeenAttempt, 'scenario' | 'replica'>): readonly string[] {
  return scenario.lastWords?.find(({ hostname }) => hostname === replica)?.lines ?? [];
}

/** Looks for a cause in the last lines of the first replica of these attempts that wrote any. */
export function lastWordsOf(attempts: readonly Pick<SeenAttempt, 'scenario' | 'replica'>[]): LastWordsSaid {
  for (const { scenario, replica } of attempts) {
    const lines = linesOf({ scenario, replica }).filter((line) => !IDLE.test(line));
    const telling = lines.filter((line) => TELLING.test(line));
    const chosen = (telling.length > 0 ? telling : lines).slice(-LINES);
    if (chosen.length === 0) continue;
    const words = [...new Set(chosen.map(shortened))];
    const said = words.join(' / ');
    return {
      quoted: ` ${replica} wrote: ${said}${/[.!?]$/.test(said) ? '' : '.'}`,
      readOnly: chosen.some((line) => READ_ONLY.test(line)),
    };
  }
  return { quoted: '', readOnly: false };
}

/**
 * `Its last log lines: … / …`, of a container that did not start. Other than with {@link lastWordsOf} they need not look like an error: its
 * log is short, and whatever stands at its end is about the start.
 */
export function logEnd(lines: readonly string[]): string {
  return lines.length === 0
    ? 'It wrote nothing to its log.'
    : `Its last log lines: ${lines.slice(-LINES_OF_START).map(shortened).join(' / ')}`;
}

/** An app may write anything, of any length. */
function shortened(line: string): string {
  return line.trim().slice(0, LENGTH);
}
