/** Stands between sections: a blank line ends a Markdown block. */
const SEPARATOR = '\n\n';

/** Measures text in the unit of a limit; must be additive over whole code points. */
export type TextSize = (text: string) => number;

/** Bytes of the text in UTF-8. */
export const utf8Bytes: TextSize = (text) => Buffer.byteLength(text, 'utf8');

/** UTF-16 code units: never fewer than the characters that anyone else counts. */
export const utf16Units: TextSize = (text) => text.length;

/**
 * Joins sections, the most important first, into one text that keeps a limit.
 *
 * When they do not all fit, the longest run of whole sections is kept and `note` says that something is missing. Only
 * when not even the first section fits is it cut, between two characters. A lone surrogate becomes U+FFFD: it has no
 * UTF-8 form, and an API would refuse the whole text for it.
 * @param sections Markdown blocks; empty ones are left out.
 * @param limit most that the result may measure, the note included: bytes, unless `size` counts something else.
 * @param note what the reader is told instead of the sections left out.
 * @param size the unit of `limit`.
 */
export function fitSections(
  sections: readonly string[],
  limit: number,
  note: string,
  size: TextSize = utf8Bytes,
): string {
  const whole = sections.map(replaceLoneSurrogates).filter((section) => section !== '');
  const everything = whole.join(SEPARATOR);
  if (size(everything) <= limit) return everything;

  const ending = replaceLoneSurrogates(note);
  const room = limit - size(SEPARATOR + ending);
  if (room <= 0) return cutText(ending, limit, size);
  return keepWhole(whole, room, size) + SEPARATOR + ending;
}

/**
 * The longest beginning of a text that keeps a limit and ends between two characters.
 * @param limit most that the result may measure, in the unit of `size` (bytes unless said otherwise).
 */
export function cutText(text: string, limit: number, size: TextSize = utf8Bytes): string {
  const sound = replaceLoneSurrogates(text);
  let used = 0;
  let end = 0;
  for (const character of sound) {
    used += size(character);
    if (used > limit) break;
    end += character.length;
  }
  return sound.slice(0, end);
}

function keepWhole(sections: readonly string[], room: number, size: TextSize): string {
  const kept: string[] = [];
  let used = 0;
  for (const section of sections) {
    used += size(section) + (kept.length > 0 ? size(SEPARATOR) : 0);
    if (used > room) break;
    kept.push(section);
  }
  return kept.length > 0 ? kept.join(SEPARATOR) : cutText(sections[0] ?? '', room, size);
}

function replaceLoneSurrogates(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
