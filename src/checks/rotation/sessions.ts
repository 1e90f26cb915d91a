import type { Replica } from '../../cluster/cluster-types';
import type { Probe } from '../evidence';
import { ask, POST_ID, type Asking } from './client';
import { changesBy, cookieProbes, type Acquaintance } from './cookie-probes';
import { jarAfter, NO_COOKIES } from './cookies';
import { strangerProbe } from './strangers';

/**
 * Whether the session that a client begins at one replica goes on at the others. All are asked directly, past NGINX, so that it is known who
 * answers. Where no cookie tells that it is lost, it is compared what clients get; and where the app takes POSTs, clients send some, as many
 * apps give the cookie, or ask for it, with those alone.
 *
 * One question for each cookie, or one for all that a client has; empty: none is set.
 */
export async function sessionProbes(replicas: readonly Replica[], asking: Asking): Promise<readonly Probe[]> {
  const probes = await probesOf(replicas, asking);
  asking.signal.throwIfAborted();
  return probes;
}

async function probesOf(replicas: readonly Replica[], asking: Asking): Promise<readonly Probe[]> {
  const met = await Promise.all(replicas.map((replica) => meet(replica, asking)));
  const byGet = await cookieProbes(met, asking);
  if (replicas.length < 2 || byGet.some(isLost)) return byGet;

  const nextPost = numberedPosts();
  const posted = await Promise.all(met.map((one) => meetByPost(one, asking, nextPost())));
  const known = posted.filter((one) => one !== null);
  const takesPosts = known.length === posted.length;
  const names = new Set(met.flatMap(({ jar }) => [...jar.keys()]));
  const byPost = takesPosts ? await cookieProbes(known, asking, names) : [];
  const byCookies = [...byGet, ...byPost];
  if (byPost.some(isLost)) return byCookies;

  const origins = (takesPosts ? known : met).filter(({ jar }) => jar.size > 0);
  const lost = await strangerProbe(origins, { asking, nextPost: takesPosts ? nextPost : null });
  // That its cookie is left alone says nothing of a client that is served as a stranger.
  return lost === null ? byCookies : [lost];
}

async function meet(replica: Replica, asking: Asking): Promise<Acquaintance> {
  const toStrangers = changesBy(await ask(replica, NO_COOKIES, asking));
  return { replica, toStrangers, jar: jarAfter(NO_COOKIES, toStrangers ?? new Map()) };
}

/** Goes on with a POST, as with a form that was got. null: it is refused, or not answered. */
async function meetByPost(
  { replica, toStrangers, jar }: Acquaintance,
  asking: Asking,
  post: string,
): Promise<Acquaintance | null> {
  const answer = await ask(replica, jar, asking, post);
  if (answer === null || answer.status >= 400) return null;
  return {
    replica,
    toStrangers: new Map([...(toStrangers ?? []), ...answer.changes]),
    jar: jarAfter(jar, answer.changes),
  };
}

/** Bodies of POSTs, each with an id of its own, as those of clients have. */
function numberedPosts(): () => string {
  let count = 0;
  return () => JSON.stringify({ id: `${POST_ID}-${(count += 1)}` });
}

function isLost({ holds }: Probe): boolean {
  return holds === false;
}
