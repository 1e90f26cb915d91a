import { parseSetCookie, type Cookie } from 'set-cookie-parser';
import type { Clock } from '../../clock';
import type { Asked, Replica } from '../../cluster/cluster-types';
import { SESSION_PROBE, type Probe } from '../evidence';
import { askReplica, wholeAnswer } from '../replica-question';

const PATIENCE_MS = 5_000;
/** Replicas whose cookies are shown to all others; that they are no different shows with two. */
const MOST_ORIGINS = 2;
/** Times that each is asked: what comes by chance does not come each time. */
const TIMES = 3;
const LONGEST_NAME = 60;

/** What is asked for, on whose clock, and for how long at the most. */
export interface Asking {
  readonly asked: Asked;
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
}

/** What an answer does to a client's cookies: name → value; null: it takes the cookie away. */
type Changes = ReadonlyMap<string, string | null>;

/**
 * Whether a cookie that one replica sets is taken by the others. A replica that leaves its own cookie as it is, each time, knows it; one that
 * puts another in its place, each time, does not: the session, or the secret that it is signed with, is the first one's alone. A cookie in which each
 * replica says the same to everybody, such as its name, is no session. All are asked directly, past NGINX, so that it is known who answers.
 *
 * One question for each cookie; empty: none is set.
 */
export async function sessionProbes(replicas: readonly Replica[], asking: Asking): Promise<readonly Probe[]> {
  const first = await Promise.all(
    replicas.map(async (replica) => ({ replica, toStrangers: await ask(replica, new Map(), asking) })),
  );
  const origins = first.flatMap(({ replica, toStrangers }) => {
    const jar = new Map([...(toStrangers ?? [])].flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
    return jar.size === 0 ? [] : [{ replica, jar }];
  });
  const probes = new Map<string, Probe>();
  for (const { replica, jar } of origins.slice(0, MOST_ORIGINS)) {
    for (const probe of await probesOf(replica, jar, first, asking)) {
      if (worse(probe, probes.get(probe.claim))) probes.set(probe.claim, probe);
    }
  }
  asking.signal.throwIfAborted();
  return [...probes.values()];
}

/** A replica, and what it does to the cookies of a client that shows none. */
interface Acquaintance {
  readonly replica: Replica;
  readonly toStrangers: Changes | null;
}

/** Shows the cookies of one replica to all: to itself before and after the others. */
async function probesOf(
  origin: Replica,
  jar: ReadonlyMap<string, string>,
  replicas: readonly Acquaintance[],
  asking: Asking,
): Promise<readonly Probe[]> {
  const own = [await ask(origin, jar, asking)];
  const others = await Promise.all(
    replicas
      .filter(({ replica }) => replica !== origin)
      .map(async (other) => ({ ...other, answers: await askOften(other.replica, jar, asking) })),
  );
  own.push(...(await askOften(origin, jar, asking)));
  return [...jar.keys()].map((name) => {
    const shown = name.slice(0, LONGEST_NAME);
    const claim = `its cookie ${shown} is taken by the other replicas`;
    const probe = { id: SESSION_PROBE, subject: origin.hostname, claim };
    if (own.some((changes) => changes === null)) return { ...probe, seen: 'it gave no whole answer', holds: null };
    if (own.some((changes) => isReplaced(name, jar, changes))) {
      return {
        ...probe,
        seen: 'it puts another in its place itself, so that it tells nothing that others do',
        holds: null,
      };
    }
    const strangers = others.filter(
      (other) => other.answers.every((changes) => isReplaced(name, jar, changes)) && !isLabel(name, other),
    );
    const names = strangers.map(({ replica }) => replica.hostname).join(', ');
    return strangers.length === 0
      ? { ...probe, seen: `none of ${others.length} puts another in its place`, holds: true }
      : {
          ...probe,
          seen: `${names}: another in place of ${shown}, each time; ${origin.hostname}: never`,
          holds: false,
        };
  });
}

async function askOften(
  replica: Replica,
  jar: ReadonlyMap<string, string>,
  asking: Asking,
): Promise<(Changes | null)[]> {
  const answers: (Changes | null)[] = [];
  for (let time = 0; time < TIMES; time += 1) answers.push(await ask(replica, jar, asking));
  return answers;
}

function isReplaced(name: string, jar: ReadonlyMap<string, string>, changes: Changes | null): boolean {
  return changes?.has(name) === true && changes.get(name) !== jar.get(name);
}

/** It says to those who show a cookie what it says to those who show none. */
function isLabel(
  name: string,
  { toStrangers, answers }: Acquaintance & { readonly answers: readonly (Changes | null)[] },
): boolean {
  const label = toStrangers?.get(name) ?? null;
  return label !== null && answers.every((changes) => changes?.get(name) === label);
}

/** Lost is worse than untold, and untold than taken. */
function worse({ holds }: Probe, than: Probe | undefined): boolean {
  const rank = (one: boolean | null): number => (one === null ? 1 : one ? 0 : 2);
  return than === undefined || rank(holds) > rank(than.holds);
}

/** One GET with these cookies. null: no whole answer in time, or one of the server's failure. Never rejects. */
async function ask(
  replica: Replica,
  jar: ReadonlyMap<string, string>,
  { asked, clock, signal }: Asking,
): Promise<Changes | null> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const asking = { patienceMs: PATIENCE_MS, signal, headers: cookie === '' ? {} : { cookie } };
  const answer = await askReplica(replica, asked, asking, wholeAnswer);
  if (answer === null || (answer.statusCode ?? 500) >= 500) return null;
  return changesOf(answer.headers['set-cookie'] ?? [], asked.probePath, clock.now());
}

function changesOf(lines: readonly string[], path: string, now: number): Changes {
  const cookies = parseSetCookie([...lines], { decodeValues: false, split: false });
  return new Map(
    cookies
      .filter((cookie) => isSentTo(path, cookie))
      .map((cookie) => [cookie.name, isOver(cookie, now) ? null : cookie.value]),
  );
}

/** RFC 6265, section 5.1.4. */
function isSentTo(path: string, { path: scope = '/' }: Cookie): boolean {
  const asked = path.split(/[?#]/)[0] ?? path;
  return !scope.startsWith('/') || asked === scope || asked.startsWith(scope.endsWith('/') ? scope : `${scope}/`);
}

/** A server takes a cookie away by one that is over already (RFC 6265, section 3.1). */
function isOver({ maxAge, expires }: Cookie, now: number): boolean {
  return maxAge === undefined ? (expires?.getTime() ?? Infinity) <= now : maxAge <= 0;
}
