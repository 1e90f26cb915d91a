import pLimit from 'p-limit';
import type { Replica } from '../../cluster/cluster-types';
import { listed } from '../../settings/wording';
import { SESSION_PROBE, type Probe } from '../evidence';
import { ask, SETTLE_MS, type Answer, type Asking } from './client';
import { jarAfter, NO_COOKIES, shownName, type Jar } from './cookies';
import { differenceOf, isNone, plainest, sameIn, type Difference, type Story } from './marks';

/** What comes by chance does not come each time; who shows no difference is asked once. */
const ROUNDS = 6;
/** With the first of them a replica may fetch the session from where all keep it. */
const GETS = 2;
/** Each of them asks the first replica twice at a time: no crowd, for which a small app may have no room. */
const PAIRS_AT_ONCE = 4;
/** RFC 6585, section 4. */
const TOO_MANY_REQUESTS = 429;

/** A replica, and the cookies that it gives to its clients. */
export interface Origin {
  readonly replica: Replica;
  readonly jar: Jar;
}

/** How clients ask. */
export interface Manner {
  readonly asking: Asking;
  /** What to send by POST, another one each time; null: the app takes none. */
  readonly nextPost: (() => string) | null;
}

/**
 * Whether replicas serve clients that began at another one as they serve those that began with them. A session that is not known may be
 * begun anew under the same name, or the client refused, and no cookie tells of either. So what clients get is compared: each of two
 * replicas is asked by clients of its own and by clients of the other, new ones each time.
 *
 * Enough are the first and each of the others: if two know each other's clients no less than the first's, all do.
 *
 * @returns what is lost; null: nothing that can be seen.
 */
export async function strangerProbe(origins: readonly Origin[], manner: Manner): Promise<Probe | null> {
  const [first, ...others] = origins;
  if (first === undefined) return null;
  let suspects: readonly Suspect[] = others.map(({ replica }) => ({ replica, difference: null }));
  for (let round = 0; round < ROUNDS && suspects.length > 0; round += 1) {
    suspects = await stillSuspect(suspects, first.replica, round, manner);
  }
  const difference = suspects[0]?.difference ?? null;
  if (difference === null) return null;
  const { hostname } = first.replica;
  return {
    ...{ id: SESSION_PROBE, subject: hostname, holds: false },
    claim: `clients with its cookies (${[...first.jar.keys()].map(shownName).join(', ')}) get of the other replicas what they get of it`,
    seen: seen(hostname, suspects, difference),
  };
}

/** A replica, and how it told clients apart each time so far; null: not asked yet. */
interface Suspect {
  readonly replica: Replica;
  readonly difference: Difference | null;
}

async function stillSuspect(
  suspects: readonly Suspect[],
  first: Replica,
  round: number,
  manner: Manner,
): Promise<readonly Suspect[]> {
  const all = [first, ...suspects.map(({ replica }) => replica)];
  // Replicas that tell each other of their sessions may take a moment: long enough to wait for it once, and too long for each time.
  const pauseMs = round === 1 ? SETTLE_MS : 0;
  const tell = (from: Replica, to: Replica): Promise<Story | null> => storyOf(from, to, pauseMs, manner);
  const tellOwn = (): Promise<readonly (Story | null)[]> => Promise.all(all.map((replica) => tell(replica, replica)));
  const few = pLimit(PAIRS_AT_ONCE);
  const tellForeign = (): Promise<readonly (readonly (Story | null)[])[]> =>
    few.map(suspects, ({ replica }) => Promise.all([tell(first, replica), tell(replica, first)]));
  // In another order each time: what a replica says at first, or by turns, would else come to the same clients' lot.
  const early = round % 2 === 1 ? await tellForeign() : null;
  const own = await tellOwn();
  const foreign = early ?? (await tellForeign());
  return suspects.flatMap(({ replica, difference }, index) => {
    const [ownOfBoth, foreignOfBoth] = [whole([own[0], own[index + 1]]), whole(foreign[index] ?? [null])];
    if (ownOfBoth === null || foreignOfBoth === null) return [];
    const now = differenceOf(ownOfBoth, foreignOfBoth);
    const each = difference === null ? now : sameIn(difference, now);
    return isNone(each) ? [] : [{ replica, difference: each }];
  });
}

/** A new client's way from one replica to another, or to the same. null: it was not answered each time, or got no cookie. */
async function storyOf(
  from: Replica,
  to: Replica,
  pauseMs: number,
  { asking, nextPost }: Manner,
): Promise<Story | null> {
  const begun: Answer[] = [];
  const gets: Answer[] = [];
  let jar = NO_COOKIES;
  for (const post of nextPost === null ? [undefined] : [undefined, nextPost()]) {
    const answer = await unhurried(ask(from, jar, asking, post));
    if (answer === null) return null;
    jar = jarAfter(jar, answer.changes);
    if ([...answer.changes.values()].some((value) => value !== null)) begun.push(answer);
  }
  if (jar.size === 0) return null;
  if (pauseMs > 0) await asking.clock.sleep(pauseMs, asking.signal);
  for (let time = 0; time < GETS; time += 1) {
    const answer = await unhurried(ask(to, jar, asking));
    if (answer === null) return null;
    gets.push(answer);
  }
  const post = nextPost === null ? null : await unhurried(ask(to, jar, asking, nextPost()));
  return nextPost !== null && post === null ? null : { begun, gets, post };
}

/** null also: the replica would not be asked so often, which says nothing of whose client it is. */
async function unhurried(asked: Promise<Answer | null>): Promise<Answer | null> {
  const answer = await asked;
  return answer?.status === TOO_MANY_REQUESTS ? null : answer;
}

/** null: one of them came to nothing, so that nothing can be compared. */
function whole(stories: readonly (Story | null | undefined)[]): readonly Story[] | null {
  const told = stories.filter((story) => story != null);
  return told.length === stories.length ? told : null;
}

function seen(first: string, suspects: readonly Suspect[], { own, foreign }: Difference): string {
  const names = listed(suspects.map(({ replica }) => replica.hostname));
  const [toOwn, toForeign] = [plainest(own), plainest(foreign)];
  const get =
    toForeign === null
      ? `clients of ${first} never get ${toOwn ?? ''}, and their own do`
      : `clients of ${first} get ${toForeign}, and their own ${toOwn === null ? 'do not' : `get ${toOwn}`}`;
  return `at ${names} ${get}, each time; at ${first} it is the other way round`;
}
