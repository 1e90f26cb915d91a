import type { Server } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Probe } from '../../../src/checks/evidence';
import { closeAll, listening, probesOf, type Page, type PageApp } from '../../support/replica-apps';

const servers: Server[] = [];
afterEach(() => closeAll(servers));

/** A replica with what it keeps in its memory; `sessions` is either that, or what all share. */
type Make = (name: string, sessions: Map<string, string[]>) => PageApp;

/** Three replicas, each of which knows its own sessions alone. */
const apart = (make: Make): readonly PageApp[] => ['app1', 'app2', 'app3'].map((name) => make(name, new Map()));
/** Three replicas that keep sessions in one place. */
const together = (make: Make): readonly PageApp[] => {
  const sessions = new Map<string, string[]>();
  return ['app1', 'app2', 'app3'].map((name) => make(name, sessions));
};

let count = 0;
/** Never the same twice, and never the same word again. */
const fresh = (): string => `id${(count += 1)}`;

async function asked(apps: readonly PageApp[], onPause?: () => void): Promise<readonly Probe[]> {
  return probesOf(await listening(apps, servers), onPause);
}

async function isLost(apps: readonly PageApp[], onPause?: () => void): Promise<boolean> {
  return (await asked(apps, onPause)).some(({ holds }) => holds === false);
}

/** Begins a session for whoever shows none, and hands the client over to `page`. */
function withSession(
  sessions: Map<string, string[]>,
  page: (session: string[] | undefined, isNew: boolean) => Page,
): PageApp {
  return ({ cookie }) => {
    const given = cookie('sid');
    if (given !== undefined) return page(sessions.get(given), false);
    const [id, session] = [fresh(), ['a-book']];
    sessions.set(id, session);
    return { ...page(session, true), set: [`sid=${id}`] };
  };
}

/** A session of an unknown name begins under that name, and the page shows what is in it. */
const adopting =
  (begin: () => string[], show: (session: string[], name: string) => string): Make =>
  (name, sessions) =>
  ({ cookie }) => {
    const given = cookie('sid');
    const id = given ?? fresh();
    const session = sessions.get(id) ?? begin();
    sessions.set(id, session);
    return { text: show(session, name), ...(given === undefined ? { set: [`sid=${id}`] } : {}) };
  };

const refusing =
  (refusal: Page): Make =>
  (_name, sessions) =>
    withSession(sessions, (session) => (session === undefined ? refusal : { text: 'welcome' }));

const basket: Make = (_name, sessions) => {
  const bare = adopting(
    () => [],
    (session) => `${session.length} in your basket`,
  )(_name, sessions);
  return (question) => {
    const page = bare(question);
    const id = /sid=(\w+)/.exec(page?.set?.[0] ?? '')?.[1];
    if (id === undefined) return page;
    sessions.set(id, ['a-book']);
    return { ...page, text: '1 in your basket' };
  };
};

const counting: Make = adopting(
  () => [],
  (session, name) => `${name}: you came ${session.push('visit')} times`,
);

const naming: Make = adopting(
  () => [fresh()],
  ([user], name) => `${name} ${user ?? ''}`,
);

const signingIn: Make = (name, sessions) => {
  let hits = 0;
  return ({ cookie, isPost }) => {
    hits += 1;
    if (!isPost)
      return { text: `${sessions.has(cookie('login') ?? '') ? 'hello again' : 'please log in'}, ${name} ${hits}` };
    const id = fresh();
    sessions.set(id, []);
    return { status: 303, location: '/', set: [`login=${id}`] };
  };
};

const formTokens: Make = (_name, sessions) => {
  return ({ cookie, isPost }) => {
    const token = cookie('csrf');
    if (isPost) return sessions.has(token ?? '') ? { text: 'saved' } : { status: 403, text: 'please reload the form' };
    if (token !== undefined) return { text: 'form' };
    const id = fresh();
    sessions.set(id, []);
    return { text: 'form', set: [`csrf=${id}`] };
  };
};

describe('a client whose cookie nobody replaces', () => {
  const apps: readonly (readonly [what: string, make: Make, seen: string])[] = [
    ['is refused', refusing({ status: 401 }), 'get 401 to a GET, and their own get 200 to a GET'],
    ['is refused by a failure', refusing({ status: 500 }), 'get 500 to a GET, and their own get 200 to a GET'],
    [
      'is sent to log in',
      refusing({ status: 302, location: '/login?next=%2F' }),
      'get 302 to /login to a GET, and their own get 200 to a GET',
    ],
    ['finds an empty basket', basket, 'get “0 in” to a GET, and their own get “1 in” to a GET'],
    ['is counted anew', counting, 'get “2 times” to a GET, and their own get “4 times” to a GET'],
    ['gets another name', naming, 'never get what each of them alone was told at first, and their own do'],
    ['is logged out', signingIn, 'get “please log” to a GET, and their own get “hello again” to a GET'],
    ['has its forms refused', formTokens, 'get 403 to a POST, and their own get 200 to a POST'],
  ];

  test.each(apps)('is lost where it %s', async (_what, make, seen) => {
    const probes = await asked(apart(make));
    expect(probes).toHaveLength(1);
    expect(probes[0]).toMatchObject({ subject: 'app1', holds: false });
    expect(probes[0]?.seen).toBe(
      `at app2 and app3 clients of app1 ${seen}, each time; at app1 it is the other way round`,
    );
  });

  test.each(apps)('is not lost where all keep sessions in one place: it %s elsewhere', async (_what, make) => {
    const probes = await asked(together(make));
    expect(probes).not.toHaveLength(0);
    expect(probes.map(({ holds }) => holds)).not.toContain(false);
  });

  test('is lost where one other alone does not know it', async () => {
    const shared = new Map<string, string[]>();
    const [one, two, three] = ['app1', 'app2', 'app3'].map((name) =>
      basket(name, name === 'app3' ? new Map<string, string[]>() : shared),
    );
    const probes = await asked([one, two, three].filter((app) => app !== undefined));
    expect(probes[0]?.seen).toContain('at app3 clients of app1');
  });

  const replacing: Make = (_name, sessions) => {
    const app = refusing({ status: 401 })('', sessions);
    return (question) => {
      const page = app(question);
      return page?.status === 401 ? app({ ...question, cookie: () => undefined }) : page;
    };
  };
  test.each<[what: string, make: Make]>([
    ['refuse it', refusing({ status: 401 })],
    ['give it another', replacing],
  ])('is not lost where replicas that %s tell each other a moment later', async (_what, make) => {
    const all: Map<string, string[]>[] = [];
    const apps = ['app1', 'app2', 'app3'].map((name) => {
      const sessions = new Map<string, string[]>();
      all.push(sessions);
      return make(name, sessions);
    });
    const tell = (): void => {
      for (const from of all) for (const to of all) for (const [id, session] of from) to.set(id, session);
    };
    await expect(isLost(apps)).resolves.toBe(true);
    await expect(isLost(apps, tell)).resolves.toBe(false);
  });
});

describe('nothing is lost where an app', () => {
  /** Says what `say` says, and gives whoever comes first a cookie that all take. */
  const saying =
    (say: (name: string) => (asks: number, shown: string | undefined) => string): Make =>
    (name) => {
      const said = say(name);
      let asks = 0;
      return ({ cookie }) => {
        const shown = cookie('visitor');
        return { text: said((asks += 1), shown), ...(shown === undefined ? { set: [`visitor=${fresh()}`] } : {}) };
      };
    };
  const cycle = (length: number): Make => saying(() => (asks) => `banner-${asks % length}`);

  test.each<[what: string, make: Make]>([
    ['says who answers', saying((name) => () => `hello from ${name}`)],
    [
      'says it to those alone who have a cookie',
      saying((name) => (_asks, shown) => (shown === undefined ? 'welcome' : `back at ${name}`)),
    ],
    ['counts its requests', saying(() => (asks) => `request ${asks}`)],
    ['gives each answer a name', saying(() => () => `request ${fresh()}`)],
    ['repeats what it is shown', saying(() => (_asks, shown) => `you are ${shown ?? 'new'}`)],
    [
      'keeps pages for each client, drawn at its first visit with a cookie',
      () => {
        const pages = new Map<string, string>();
        return saying(() => (_asks, shown) => {
          const page = pages.get(shown ?? '') ?? fresh();
          if (shown !== undefined) pages.set(shown, page);
          return `drawn as ${page}`;
        })('', new Map());
      },
    ],
    [
      'says whether it had the session at hand',
      (_name, sessions) => {
        const atHand = new Set<string>();
        return ({ cookie }) => {
          const id = cookie('sid') ?? fresh();
          const from = atHand.has(id) ? 'memory' : 'store';
          atHand.add(id);
          const isNew = !sessions.has(id);
          sessions.set(id, []);
          return { text: `from ${from}`, ...(isNew ? { set: [`sid=${id}`] } : {}) };
        };
      },
    ],
    [
      'shows what was sent to it last, by whomever',
      () => {
        const sent: string[] = [];
        return ({ cookie, isPost, body }) => {
          if (isPost) sent.push(body);
          return {
            text: `${sent.length} entries, the last: ${sent.at(-1) ?? ''}`,
            ...(isPost && cookie('visitor') === undefined ? { set: [`visitor=${fresh()}`] } : {}),
          };
        };
      },
    ],
    [
      'limits how often a client may come',
      () => {
        const times = new Map<string, number>();
        return ({ cookie }) => {
          const id = cookie('visitor') ?? fresh();
          times.set(id, (times.get(id) ?? 0) + 1);
          if ((times.get(id) ?? 0) > 2) return { status: 429 };
          return { text: 'hello', set: cookie('visitor') === undefined ? [`visitor=${id}`] : [] };
        };
      },
    ],
    [
      'sends all to sign in',
      () => () => ({ status: 302, location: `https://id.example.com/?state=${fresh()}`, set: [`state=${fresh()}`] }),
    ],
  ])('%s', async (_what, make) => {
    await expect(isLost(apart(make))).resolves.toBe(false);
  });

  const lengths = [2, 3, 4, 5, 6, 7, 8, 9, 10, 12];
  test.each(lengths)('shows %d banners by turns at two replicas', async (length) => {
    await expect(isLost(apart(cycle(length)).slice(1))).resolves.toBe(false);
  });

  test.each(lengths)('shows %d banners by turns at two replicas, and takes no POSTs', async (length) => {
    const apps = apart(cycle(length)).map(
      (app): PageApp =>
        (question) =>
          question.isPost ? { status: 405 } : app(question),
    );
    await expect(isLost(apps.slice(1))).resolves.toBe(false);
  });

  test('gives cookies at one replica alone', async () => {
    const [first, ...others] = apart(refusing({ status: 401 }));
    const apps = [...(first === undefined ? [] : [first]), ...others.map((): PageApp => () => ({ text: 'ok' }))];
    await expect(isLost(apps)).resolves.toBe(false);
  });
});

describe('POSTs', () => {
  const seen: string[] = [];
  const recording =
    (app: PageApp): PageApp =>
    (question) => {
      if (question.isPost) seen.push(question.body);
      return app(question);
    };
  afterEach(() => {
    seen.length = 0;
  });

  test('are each another one', async () => {
    await asked(apart(signingIn).map(recording));
    expect(seen.length).toBeGreaterThan(3);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test.each<[what: string, post: Page | null]>([
    ['refuses', { status: 405 }],
    ['does not answer', null],
  ])('are sent no more to an app that %s them, and its GETs are compared', async (_what, post) => {
    const apps = apart(basket).map((app) => recording((question) => (question.isPost ? post : app(question))));
    await expect(isLost(apps)).resolves.toBe(true);
    expect(seen).toHaveLength(3);
  });

  test('tell of a cookie that others replace', async () => {
    const apps = apart((_name, sessions) => ({ cookie, isPost }) => {
      const given = cookie('login');
      if (!isPost) return { set: given === undefined || sessions.has(given) ? [] : ['login=; Max-Age=0'] };
      const id = fresh();
      sessions.set(id, []);
      return { set: [`login=${id}`] };
    });
    const probes = await asked(apps);
    expect(probes.map(({ holds, seen }) => [holds, seen])).toEqual([
      [false, 'app2 and app3 replace it each time, app1 never does'],
    ]);
  });

  test('are not sent to a single replica', async () => {
    await asked(apart(signingIn).slice(0, 1).map(recording));
    expect(seen).toEqual([]);
  });
});
