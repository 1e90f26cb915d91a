import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createApi } from '../../src/github/api';
import { ACTIONS_BOT, startGithubApi, type GithubApi, type GithubApiOptions } from '../support/github-api/github-api';
import { IMPATIENT, marked, publishTo } from '../support/github-api/publish';

// The first of them loads Octokit, which takes its time on a busy machine.
jest.setTimeout(60_000);

const LIST = 'issues/list-comments';
const CREATE = 'issues/create-comment';
const UPDATE = 'issues/update-comment';
const DELETE = 'issues/delete-comment';
const VIEWER = 'users/get-authenticated';

let github: GithubApi;

beforeEach(async () => {
  github = await startGithubApi();
});

afterEach(async () => {
  await github.stop();
});

async function restart(options: GithubApiOptions): Promise<void> {
  await github.stop();
  github = await startGithubApi(options);
}

function bodies(): readonly string[] {
  return github.comments().map(({ body }) => body);
}

describe('one comment for each key', () => {
  test('the first run creates it', async () => {
    await expect(publishTo(github)).resolves.toEqual({
      kind: 'created',
      url: `${github.url}/octo-org/shop/pull/7#issuecomment-1001`,
    });
    expect(bodies()).toEqual([marked('**pass**\n\ntable')]);
    expect(github.operations()).toEqual([LIST, CREATE, LIST]);
  });

  test('the second run updates it in place', async () => {
    await publishTo(github);
    await expect(publishTo(github, { body: ['**fail**'] })).resolves.toMatchObject({ kind: 'updated' });
    expect(bodies()).toEqual([marked('**fail**')]);
  });

  test('another key gets a comment of its own', async () => {
    await publishTo(github);
    await expect(publishTo(github, { key: 'ci/gate {"os":"b"}' })).resolves.toMatchObject({ kind: 'created' });
    expect(github.comments()).toHaveLength(2);
  });

  test('it is found again behind more than 100 others, and behind 200', async () => {
    for (let n = 0; n < 201; n += 1)
      github.addComment({ body: `comment ${n}`, author: { login: 'someone', type: 'User' } });
    const id = github.addComment({ body: marked('old'), author: ACTIONS_BOT });
    await expect(publishTo(github)).resolves.toMatchObject({ kind: 'updated' });
    expect(github.comments().find((comment) => comment.id === id)?.body).toBe(marked('**pass**\n\ntable'));
    expect(github.operations()).toEqual([LIST, LIST, LIST, VIEWER, UPDATE]);
  });

  test('exactly 100 comments are one page', async () => {
    for (let n = 0; n < 100; n += 1) github.addComment({ body: 'x', author: { login: 'someone', type: 'User' } });
    await publishTo(github);
    expect(github.operations()).toEqual([LIST, CREATE, LIST, LIST]);
  });

  test('of several the oldest is updated, and the others are deleted', async () => {
    const oldest = github.addComment({ body: marked('one'), author: ACTIONS_BOT });
    github.addComment({ body: 'a human', author: { login: 'someone', type: 'User' } });
    github.addComment({ body: marked('two'), author: ACTIONS_BOT });
    await expect(publishTo(github, { body: ['new'] })).resolves.toMatchObject({ kind: 'updated' });
    expect(github.comments().map(({ id }) => id)).toEqual([oldest, oldest + 1]);
    expect(bodies()).toEqual([marked('new'), 'a human']);
  });

  test('a duplicate that cannot be deleted does not keep the comment from being written', async () => {
    github.addComment({ body: marked('one'), author: ACTIONS_BOT });
    github.addComment({ body: marked('two'), author: ACTIONS_BOT });
    github.fail({ kind: 'forbidden', operation: DELETE, times: 1 });
    await expect(publishTo(github, { body: ['new'] })).resolves.toMatchObject({ kind: 'updated' });
    expect(bodies()).toEqual([marked('new'), marked('two')]);
  });
});

describe('runs that write at the same moment', () => {
  test.each([2, 5])('%d of them leave one comment', async (writers) => {
    const outcomes = await Promise.all(
      Array.from({ length: writers }, (_, n) => publishTo(github, { body: [`run ${n}`] })),
    );
    expect(github.comments()).toHaveLength(1);
    expect(bodies()[0]).toMatch(/\nrun \d$/);
    expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    expect(outcomes.map((outcome) => ('url' in outcome ? outcome.url : null))).toEqual(
      outcomes.map(() => `${github.url}/octo-org/shop/pull/7#issuecomment-1001`),
    );
  });

  test('under keys of their own each keeps its comment', async () => {
    await Promise.all(['a', 'b', 'c'].map((key) => publishTo(github, { key })));
    expect(github.comments()).toHaveLength(3);
  });

  test('a second look that fails leaves the comment that is written', async () => {
    const api = await createApi('a-token', github.url, IMPATIENT);
    let looks = 0;
    const listComments: typeof api.listComments = (...target) => {
      looks += 1;
      return looks === 2 ? Promise.reject(new Error('502')) : api.listComments(...target);
    };
    const outcome = await publishTo(github, { api: () => Promise.resolve({ ...api, listComments }) });
    expect(outcome).toMatchObject({ kind: 'created' });
    expect(looks).toBe(2);
  });
});

describe('whose comment it is', () => {
  test('with an app token a human who pastes our marker is left alone', async () => {
    github.addComment({ body: marked('forged'), author: { login: 'mallory', type: 'User' } });
    await expect(publishTo(github)).resolves.toMatchObject({ kind: 'created' });
    expect(bodies()[0]).toBe(marked('forged'));
    expect(github.operations()).toEqual([LIST, VIEWER, CREATE, LIST]);
  });

  test('where GitHub does not say who asks, it is found again', async () => {
    github.fail({ kind: 'not-found', operation: VIEWER, times: Infinity });
    await publishTo(github);
    await expect(publishTo(github, { body: ['again'] })).resolves.toMatchObject({ kind: 'updated' });
    expect(bodies()).toEqual([marked('again')]);
  });

  test("with a personal token only that user's own comment counts", async () => {
    await restart({ token: 'personal', login: 'octocat' });
    github.addComment({ body: marked('of a bot'), author: ACTIONS_BOT });
    github.addComment({ body: marked('forged'), author: { login: 'mallory', type: 'User' } });
    await expect(publishTo(github)).resolves.toMatchObject({ kind: 'created' });
    await expect(publishTo(github, { body: ['again'] })).resolves.toMatchObject({ kind: 'updated' });
    expect(bodies()).toEqual([marked('of a bot'), marked('forged'), marked('again')]);
  });

  test("another bot's comment is never deleted", async () => {
    github.addComment({ body: marked('one'), author: ACTIONS_BOT });
    github.addComment({ body: marked('two'), author: { login: 'other[bot]', type: 'Bot' } });
    await publishTo(github, { body: ['new'] });
    expect(bodies()).toEqual([marked('new'), marked('two')]);
  });

  test('a bot that quotes our comment is left alone', async () => {
    github.addComment({ body: `> ${marked('quoted')}`, author: ACTIONS_BOT });
    await expect(publishTo(github)).resolves.toMatchObject({ kind: 'created' });
  });
});

describe('modes', () => {
  const cases = [
    { name: 'always, the same outcomes: written', mode: 'always', before: 'all pass', failing: false, kind: 'updated' },
    { name: 'changes, no comment yet: written', mode: 'changes', before: null, failing: false, kind: 'created' },
    {
      name: 'changes, the same outcomes: not written',
      mode: 'changes',
      before: 'all pass',
      failing: false,
      kind: 'unchanged',
    },
    { name: 'changes, other outcomes: written', mode: 'changes', before: 'one fails', failing: false, kind: 'updated' },
    {
      name: 'failures, passing, none yet: not written',
      mode: 'failures',
      before: null,
      failing: false,
      kind: 'skipped',
    },
    { name: 'failures, failing: written', mode: 'failures', before: null, failing: true, kind: 'created' },
    {
      name: 'failures, passing again: the old one is put right',
      mode: 'failures',
      before: 'one fails',
      failing: false,
      kind: 'updated',
    },
    { name: 'never', mode: 'never', before: 'one fails', failing: true, kind: 'skipped' },
  ] as const;

  test.each(cases)('$name', async ({ mode, before, failing, kind }) => {
    if (before !== null) github.addComment({ body: marked('old', 'ci/gate', before), author: ACTIONS_BOT });
    const expected =
      kind === 'created' || kind === 'updated'
        ? [marked('new')]
        : before === null
          ? []
          : [marked('old', 'ci/gate', before)];
    await expect(publishTo(github, { mode, failing, body: ['new'] })).resolves.toMatchObject({ kind });
    expect(bodies()).toEqual(expected);
  });

  test.each([
    { name: 'never', change: { mode: 'never' } },
    { name: 'no pull request', change: { pullRequest: null } },
    { name: 'no repository', change: { repository: null } },
  ] as const)('$name: GitHub is not asked at all', async ({ change }) => {
    const api = (): never => {
      throw new Error('GitHub was asked');
    };
    await expect(publishTo(github, { ...change, api })).resolves.toMatchObject({ kind: 'skipped' });
  });
});

describe('hostile or huge content', () => {
  test.each(['--> <script>alert(1)</script>', 'key=0 digest=0 -->', 'a\nb', '\u0000', ''])(
    'a key cannot leave its HTML comment: %j',
    async (key) => {
      await publishTo(github, { key, digest: key, body: ['report'] });
      expect(bodies()[0]).toMatch(/^<!-- lb-cluster-action key=[0-9a-f]{32} digest=[0-9a-f]{32} -->\nreport$/);
      await expect(publishTo(github, { key, digest: key })).resolves.toMatchObject({ kind: 'updated' });
    },
  );

  test("a report that holds another key's marker stays this key's comment", async () => {
    await publishTo(github, { body: [marked('x', 'another')] });
    await expect(publishTo(github, { key: 'another' })).resolves.toMatchObject({ kind: 'created' });
  });

  test.each(['created', 'updated'] as const)('a body over the limit is cut at a section when %s', async (kind) => {
    const sections = ['**pass**', 'é'.repeat(65_000), '🌈'.repeat(10_000), 'last'];
    if (kind === 'updated') await publishTo(github);
    await expect(publishTo(github, { body: sections })).resolves.toMatchObject({ kind });
    const [body = ''] = bodies();
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toMatch(
      /^<!-- .* -->\n\*\*pass\*\*\n\né{65000}\n\n_The rest .* in \[the job summary\]\(https:\/\/github\.example\/.*\)\._$/,
    );
  });
});
