import { POST_ID, type Answer } from './client';

/** An app that repeats the id of a POST says nothing of its own. */
const POST_IDS = new RegExp(`${POST_ID}-\\d+`, 'g');
const WORD = /[\p{L}\p{N}_-]+/gu;
const QUOTE = '“';
const LONGEST_WORD = 40;
/** What is the client's alone differs from client to client: only that there is such a thing can be compared. */
const NAMED = 'what each of them alone was told at first';

/** What a client that began at one replica was told there, and then at the one that it went to. */
export interface Story {
  /** Answers that the cookies came with. */
  readonly begun: readonly Answer[];
  /** GETs with these cookies. */
  readonly gets: readonly Answer[];
  /** A POST after them; null: the app takes none. */
  readonly post: Answer | null;
}

/** What clients get of their own replica alone, and of another one alone. */
export interface Difference {
  readonly own: ReadonlySet<string>;
  readonly foreign: ReadonlySet<string>;
}

/**
 * What two replicas both do for clients of their own, and for no client of the other. That both do it is what makes it tell something:
 * what names a replica, a client or the time is not the same in both, and what goes by counts or by chance is not the same each time.
 */
export function differenceOf(own: readonly Story[], foreign: readonly Story[]): Difference {
  const all = [...own, ...foreign];
  const marks = (stories: readonly Story[]): Set<string>[] => stories.map((story) => marksOf(story, all));
  const [ofOwn, ofForeign] = [marks(own), marks(foreign)];
  return { own: inAllAndNone(ofOwn, ofForeign), foreign: inAllAndNone(ofForeign, ofOwn) };
}

/** What is in both, so that it came again. */
export function sameIn(one: Difference, other: Difference): Difference {
  return { own: inAllAndNone([one.own, other.own], []), foreign: inAllAndNone([one.foreign, other.foreign], []) };
}

/** Nothing tells clients of the two replicas apart. */
export function isNone({ own, foreign }: Difference): boolean {
  return own.size === 0 && foreign.size === 0;
}

/** The one to tell people of: an outcome before what pages say, and of this the longest. null: there is none. */
export function plainest(marks: ReadonlySet<string>): string | null {
  const [first = null] = [...marks].toSorted((one, other) => rank(one) - rank(other) || other.length - one.length);
  return first;
}

function rank(mark: string): number {
  if (mark === NAMED) return 4;
  return (mark.startsWith(QUOTE) ? 2 : 0) + (mark.endsWith('POST') ? 1 : 0);
}

function inAllAndNone(these: readonly ReadonlySet<string>[], none: readonly ReadonlySet<string>[]): Set<string> {
  const [first = new Set<string>(), ...others] = these;
  return new Set(
    [...first].filter((mark) => others.every((set) => set.has(mark)) && !none.some((set) => set.has(mark))),
  );
}

/** In words, what matters most first. Of the GETs the last: a replica may have fetched the session from elsewhere with the one before. */
function marksOf(story: Story, all: readonly Story[]): Set<string> {
  const last = story.gets.at(-1);
  const answers = [
    ...(last === undefined ? [] : [{ method: 'GET', answer: last }]),
    ...(story.post === null ? [] : [{ method: 'POST', answer: story.post }]),
  ];
  return new Set([
    ...answers.map(({ method, answer }) => `${outcomeOf(answer)} to a ${method}`),
    ...answers.flatMap(({ method, answer }) => phrasesOf(answer).map((phrase) => `${QUOTE}${phrase}” to a ${method}`)),
    ...(isNamed(story, all) ? [NAMED] : []),
  ]);
}

/** Queries are left out: they carry what is another each time. */
function outcomeOf({ status, location }: Answer): string {
  const target = location?.split(/[?#]/)[0];
  return target === undefined || status < 300 || status >= 400 ? String(status) : `${status} to ${target}`;
}

/** Each word with the one before it: `"known": true, "admin": false` has the words of its contrary. */
function phrasesOf(answer: Answer): string[] {
  const words = wordsOf(answer);
  return words.map((word, index) => (index === 0 ? word : `${words[index - 1] ?? ''} ${word}`));
}

/** It was told something with its cookies that it is told again each time, and that no other client is ever told. */
function isNamed(story: Story, all: readonly Story[]): boolean {
  const others = new Set(all.filter((other) => other !== story).flatMap(toldIn));
  const again = story.gets.map((answer) => new Set(wordsOf(answer)));
  const first = new Set(story.begun.flatMap(wordsOf));
  return [...first].some((word) => again.every((words) => words.has(word)) && !others.has(word));
}

function toldIn({ begun, gets, post }: Story): string[] {
  return [...begun, ...gets, ...(post === null ? [] : [post])].flatMap(wordsOf);
}

function wordsOf({ body }: Answer): string[] {
  return (body.replace(POST_IDS, '').match(WORD) ?? []).map((word) => word.slice(0, LONGEST_WORD));
}
