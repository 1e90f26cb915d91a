/** What is wrong with an input's text. */
export interface Complaint {
  /** Line of a many-line input, from 1; null: the input as a whole. */
  readonly line: number | null;
  /** One sentence on one line, without the input's name. */
  readonly text: string;
}

/** What came of reading a text: its value, or everything that is wrong with it. */
export type Reading<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly complaints: readonly Complaint[] };

/** Turns a text into a value; never throws. */
export type Reader<T> = (text: string) => Reading<T>;

/** A reading that worked. */
export function accepted<T>(value: T): Reading<T> {
  return { ok: true, value };
}

/** A reading that found one thing wrong. */
export function refused(text: string, line: number | null = null): Reading<never> {
  return { ok: false, complaints: [{ line, text }] };
}

/** Several readings as one: every value in order, or every complaint in order. */
export function together<T>(readings: readonly Reading<T>[]): Reading<readonly T[]> {
  const complaints = readings.flatMap((reading) => (reading.ok ? [] : reading.complaints));
  if (complaints.length > 0) return { ok: false, complaints };
  return accepted(readings.flatMap((reading) => (reading.ok ? [reading.value] : [])));
}

/** Reads an input that may be left empty; null then. */
export function optional<T>(read: Reader<T>): Reader<T | null> {
  return (text) => (text === '' ? accepted(null) : read(text));
}
