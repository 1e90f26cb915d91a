import { listed } from '../../settings/wording';
import type { Replica } from '../../cluster/cluster-types';
import { SESSION_PROBE, type Probe } from '../evidence';
import { ask, SETTLE_MS, type Answer, type Asking } from './client';
import { shownName, type Changes, type Jar } from './cookies';

/** Replicas whose cookies are shown to all others; that they are no different shows with two. */
const MOST_ORIGINS = 2;
/** Times that each is asked: what comes by chance does not come each time. */
const TIMES = 3;

/** A replica, and what it does to a client that shows no cookie. */
export interface Acquaintance {
  readonly replica: Replica;
  /** null: it gave no whole answer. */
  readonly toStrangers: Changes | null;
  /** The cookies that the client has then. */
  readonly jar: Jar;
}

/**
 * Whether each cookie that a replica sets is left alone by the others. A replica that leaves its own cookie as it is, each time, knows it;
 * one that puts another in its place, each time, does not: the session, or the secret that it is signed with, is the first one's alone. A
 * cookie in which each replica says the same to everybody, such as its name, is no session, and one that keeps its id is the same.
 *
 * @param except names of cookies that have been asked about.
 */
export async function cookieProbes(
  replicas: readonly Acquaintance[],
  asking: Asking,
  except: ReadonlySet<string> = new Set(),
): Promise<readonly Probe[]> {
  const probes = new Map<string, Probe>();
  const origins = replicas.filter(({ jar }) => [...jar.keys()].some((name) => !except.has(name)));
  for (const origin of origins.slice(0, MOST_ORIGINS)) {
    for (const [name, probe] of await probesOf(origin, replicas, asking)) {
      if (!except.has(name) && worse(probe, probes.get(name))) probes.set(name, probe);
    }
  }
  return [...probes.values()];
}

/** Another replica, and what it does to the cookies that it is shown, each time. */
interface Other extends Acquaintance {
  readonly answers: readonly (Changes | null)[];
}

/** What an answer does to cookies; null: there is no whole answer, or one of the server's failure. */
export function changesBy(answer: Answer | null): Changes | null {
  return answer === null || answer.status >= 500 ? null : answer.changes;
}

/** Shows the cookies of one replica to all: to itself before and after the others. By the cookies' names. */
async function probesOf(
  { replica: origin, jar }: Acquaintance,
  replicas: readonly Acquaintance[],
  asking: Asking,
): Promise<readonly (readonly [name: string, probe: Probe])[]> {
  const own = [changesBy(await ask(origin, jar, asking))];
  let others: readonly Other[] = replicas
    .filter(({ replica }) => replica !== origin)
    .map((other) => ({ ...other, answers: [] }));
  const show = async (): Promise<readonly (readonly [string, Probe])[]> => {
    others = await Promise.all(
      others.map(async (other) => ({
        ...other,
        answers: [...other.answers, ...(await askOften(other.replica, jar, asking))],
      })),
    );
    own.push(...(await askOften(origin, jar, asking)));
    return [...jar.keys()].map((name) => [name, probeOf(name, { origin, jar, own, others })]);
  };
  const probes = await show();
  if (!probes.some(([, { holds }]) => holds === false)) return probes;
  // Replicas that tell each other of their sessions may take a moment.
  await asking.clock.sleep(SETTLE_MS, asking.signal);
  return show();
}

/** How all took the cookies of one. */
interface Showing {
  readonly origin: Replica;
  readonly jar: Jar;
  readonly own: readonly (Changes | null)[];
  readonly others: readonly Other[];
}

function probeOf(name: string, { origin, jar, own, others }: Showing): Probe {
  const shown = shownName(name);
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
    (other) =>
      other.answers.every((changes) => isReplaced(name, jar, changes) && !isRenamed(name, jar, changes, other)) &&
      !isLabel(name, other),
  );
  const names = listed(strangers.map(({ replica }) => replica.hostname));
  return strangers.length === 0
    ? { ...probe, seen: `none of ${others.length} puts another in its place`, holds: true }
    : {
        ...probe,
        seen: `${names} ${strangers.length === 1 ? 'replaces' : 'replace'} it each time, ${origin.hostname} never does`,
        holds: false,
      };
}

async function askOften(replica: Replica, jar: Jar, asking: Asking): Promise<(Changes | null)[]> {
  const answers: (Changes | null)[] = [];
  for (let time = 0; time < TIMES; time += 1) answers.push(changesBy(await ask(replica, jar, asking)));
  return answers;
}

function isReplaced(name: string, jar: Jar, changes: Changes | null): boolean {
  return changes?.has(name) === true && changes.get(name) !== jar.get(name);
}

/** What is shorter may be the same by chance, or be no id. */
const SHORTEST_ID = 16;

/**
 * It puts another in its place that holds the same id: one session, and which replica has it now is told behind a dot, as Tomcat does
 * (`jvmRoute`). What it says to everybody is no id.
 */
function isRenamed(name: string, jar: Jar, changes: Changes | null, { toStrangers }: Other): boolean {
  const now = partsOf(changes?.get(name));
  const toAll = partsOf(toStrangers?.get(name));
  return [...partsOf(jar.get(name))].some((part) => part.length >= SHORTEST_ID && now.has(part) && !toAll.has(part));
}

function partsOf(value: string | null | undefined): ReadonlySet<string> {
  return new Set((value ?? '').split(/[^\w-]+/));
}

/** It says to those who show a cookie what it says to those who show none. */
function isLabel(name: string, { toStrangers, answers }: Other): boolean {
  const label = toStrangers?.get(name) ?? null;
  return label !== null && answers.every((changes) => changes?.get(name) === label);
}

/** Lost is worse than untold, and untold than taken. */
function worse({ holds }: Probe, than: Probe | undefined): boolean {
  const rank = (one: boolean | null): number => (one === null ? 1 : one ? 0 : 2);
  return than === undefined || rank(holds) > rank(than.holds);
}
