import type { SeenAttempt } from './calm';

/** Lines that are quoted, and characters of each. */
const LINES = 3;
const LENGTH = 200;
/** What programs write when something is wrong. */
const TELLING =
  /error|exception|traceback|fatal|critical|panic|denied|refused|read-only|no space|cannot|can't|failed|time(d )?out|killed|abort/i;
const READ_ONLY = /read-only file system|EROFS/i;

/** What the replicas of these attempts wrote of it, as far as that shows. */
export interface LastWordsSaid {
  /** ` app1 wrote: …`, to stand behind a sentence; empty where it wrote nothing. */
  readonly quoted: string;
  /** It could not write to its root file system. */
  readonly readOnly: boolean;
}

/** Looks for a cause in the last lines of the first replica of these attempts that wrote any. */
export function lastWordsOf(attempts: readonly Pick<SeenAttempt, 'scenario' | 'replica'>[]): LastWordsSaid {
  for (const { scenario, replica } of attempts) {
    const lines = scenario.lastWords?.find(({ hostname }) => hostname === replica)?.lines ?? [];
    const telling = lines.filter((line) => TELLING.test(line));
    const chosen = (telling.length > 0 ? telling : lines).slice(-LINES);
    if (chosen.length === 0) continue;
    const words = [...new Set(chosen.map((line) => line.trim().slice(0, LENGTH)))];
    return { quoted: ` ${replica} wrote: ${words.join(' / ')}`, readOnly: chosen.some((line) => READ_ONLY.test(line)) };
  }
  return { quoted: '', readOnly: false };
}
