import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createApi } from '../../src/github/api';
import { ACTIONS_BOT, startGithubApi, type GithubApi, type GithubApiOptions } from '../support/github-api/github-api';
import { IMPATIENT, marked, publishTo } from '../support/github-api/publish';

const LIST = 'issues/list-comments';
const CREATE = 'issues/create-comment';
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

describe('trouble with GitHub is an outcome, never an error', () => {
  test("a fork's read-only token", async () => {
    await restart({ token: 'fork' });
    const outcome = await publishTo(github);
    expect(outcome).toMatchObject({ kind: 'not-allowed', why: expect.stringContaining('pull-requests: write') });
    expect(outcome).toMatchObject({ why: expect.stringMatching(/Resource not accessible by integration/) });
    expect(github.operations()).toEqual([LIST, CREATE]);
  });

  test('a token that may not even read', async () => {
    github.fail({ kind: 'forbidden', times: 1 });
    await expect(publishTo(github)).resolves.toMatchObject({ kind: 'not-allowed' });
  });

  test('two 502, then all is well', async () => {
    github.fail({ kind: 'server-error', status: 502, operation: CREATE, times: 2 });
    await expect(publishTo(github)).resolves.toMatchObject({ kind: 'created' });
    expect(github.operations()).toEqual([LIST, CREATE, CREATE, CREATE, LIST]);
    expect(github.comments()).toHaveLength(1);
  });

  test('503 for ever', async () => {
    github.fail({ kind: 'server-error', status: 503, times: Infinity });
    await expect(publishTo(github)).resolves.toEqual({
      kind: 'failed',
      why: 'GitHub answered 503 each time the comment was tried.',
    });
    expect(github.operations()).toEqual([LIST, LIST, LIST, LIST]);
  });

  test('no such pull request', async () => {
    await expect(publishTo(github, { pullRequest: 8 })).resolves.toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('404'),
    });
  });

  test.each([403, 429] as const)('a secondary limit (%d) is waited for', async (status) => {
    github.fail({ kind: 'secondary-limit', retryAfter: 30, status, operation: CREATE, times: 1 });
    await expect(publishTo(github)).resolves.toMatchObject({ kind: 'created' });
    expect(github.operations()).toEqual([LIST, CREATE, CREATE, LIST]);
  });

  test('a secondary limit while asking who we are does not make us a bot', async () => {
    await restart({ token: 'personal' });
    github.addComment({ body: marked('of a bot'), author: ACTIONS_BOT });
    github.fail({ kind: 'secondary-limit', retryAfter: null, operation: VIEWER, times: Infinity });
    await expect(publishTo(github)).resolves.toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('rate limit'),
    });
    expect(bodies()).toEqual([marked('of a bot')]);
  });

  test('a secondary limit that asks for an hour is not waited for', async () => {
    github.fail({ kind: 'secondary-limit', retryAfter: 3600, times: 1 });
    await expect(publishTo(github)).resolves.toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('rate limit'),
    });
    expect(github.operations()).toEqual([LIST]);
  });

  test('a used-up quota is not waited for', async () => {
    github.fail({ kind: 'primary-limit', times: 1 });
    await expect(publishTo(github)).resolves.toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('rate limit'),
    });
    expect(github.operations()).toEqual([LIST]);
  });

  test('silence ends at the time limit of each try', async () => {
    github.fail({ kind: 'silence', times: Infinity });
    const outcome = await publishTo(github, {}, { ...IMPATIENT, timeoutMs: 250, retries: 1 });
    expect(outcome).toMatchObject({ kind: 'failed', why: expect.stringContaining('could not be reached') });
    expect(github.operations()).toEqual([LIST, LIST]);
  });

  test('a list that breaks off is not taken for an empty one', async () => {
    github.addComment({ body: marked('old'), author: ACTIONS_BOT });
    github.fail({ kind: 'broken-off', operation: LIST, times: Infinity });
    await expect(publishTo(github)).resolves.toMatchObject({ kind: 'failed' });
    expect(bodies()).toEqual([marked('old')]);
  });

  test('nobody listens', async () => {
    const gone = await startGithubApi();
    await gone.stop();
    const outcome = await publishTo(github, { api: () => createApi('a-token', gone.url, IMPATIENT) });
    expect(outcome).toMatchObject({
      kind: 'failed',
      why: 'GitHub could not be reached: ECONNREFUSED',
    });
  });

  test('no token', async () => {
    const outcome = await publishTo(github, { api: () => createApi('', github.url) });
    expect(outcome).toMatchObject({ kind: 'failed', why: expect.stringContaining('github-token') });
  });
});
