import { describe, expect, test } from '@jest/globals';
import { readRunContext } from '../../src/github/event';

const ENV = {
  GITHUB_REPOSITORY: 'octo-org/shop',
  GITHUB_API_URL: 'https://ghe.example/api/v3/',
  GITHUB_SERVER_URL: 'https://ghe.example',
  GITHUB_RUN_ID: '42',
  GITHUB_WORKFLOW: 'ci',
  GITHUB_JOB: 'gate',
  GITHUB_SHA: 'merge-sha',
};

const repository = (name: string): object => ({ repo: { full_name: name } });
const pull = {
  number: 7,
  head: { sha: 'head-sha', ...repository('octo-org/shop') },
  base: { sha: 'base-sha', ...repository('octo-org/shop') },
};

describe('the pull request of an event', () => {
  const cases = [
    { name: 'pull_request, pull_request_target', event: { pull_request: pull }, number: 7, sha: 'head-sha' },
    {
      name: 'issue_comment on a pull request',
      event: { issue: { number: 9, pull_request: { url: 'u' } } },
      number: 9,
      sha: 'merge-sha',
    },
    { name: 'issue_comment on an issue', event: { issue: { number: 9 } }, number: null, sha: 'merge-sha' },
    { name: 'push', event: { ref: 'refs/heads/main', commits: [] }, number: null, sha: 'merge-sha' },
    {
      name: 'merge_group',
      event: { merge_group: { head_sha: 'x', head_ref: 'refs/heads/gh-readonly-queue/main/pr-7-x' } },
      number: null,
      sha: 'merge-sha',
    },
    { name: 'workflow_dispatch', event: { inputs: { pull_request: '7' } }, number: null, sha: 'merge-sha' },
    { name: 'a number that is text', event: { pull_request: { number: '7' } }, number: null, sha: 'merge-sha' },
    { name: 'a negative number', event: { pull_request: { number: -7 } }, number: null, sha: 'merge-sha' },
    { name: 'null in every place', event: { pull_request: null, issue: null }, number: null, sha: 'merge-sha' },
    {
      name: 'lists in every place',
      event: { pull_request: [7], issue: [{ pull_request: 1 }] },
      number: null,
      sha: 'merge-sha',
    },
  ];

  test.each(cases)('$name', ({ event, number, sha }) => {
    const context = readRunContext(ENV, JSON.stringify(event));
    expect(context).toMatchObject({ pullRequest: number, headSha: sha, note: null });
  });

  test.each(['', '{', 'null', '[]', '"text"', '7'])('a malformed payload is a note, never an error: %j', (payload) => {
    const context = readRunContext(ENV, payload);
    expect(context).toMatchObject({ pullRequest: null, headSha: 'merge-sha', fork: false, runUrl: expect.any(String) });
    expect(context.note).toContain('not a JSON object');
  });
});

describe('forks', () => {
  test.each([
    { name: 'the same repository', head: repository('octo-org/shop'), fork: false },
    { name: 'another one', head: repository('mallory/shop'), fork: true },
    { name: 'one that was deleted', head: { repo: null }, fork: true },
  ])('$name', ({ head, fork }) => {
    const event = { pull_request: { ...pull, head } };
    expect(readRunContext(ENV, JSON.stringify(event)).fork).toBe(fork);
  });
});

describe('the environment', () => {
  test('a run on a server of its own', () => {
    expect(readRunContext(ENV, null)).toEqual({
      repository: { owner: 'octo-org', repo: 'shop' },
      pullRequest: null,
      headSha: 'merge-sha',
      fork: false,
      apiUrl: 'https://ghe.example/api/v3',
      serverUrl: 'https://ghe.example',
      runUrl: 'https://ghe.example/octo-org/shop/actions/runs/42',
      keyParts: { workflow: 'ci', job: 'gate' },
      note: null,
    });
  });

  test('a terminal', () => {
    expect(readRunContext({}, null)).toEqual({
      repository: null,
      pullRequest: null,
      headSha: null,
      fork: false,
      apiUrl: 'https://api.github.com',
      serverUrl: 'https://github.com',
      runUrl: null,
      keyParts: { workflow: '', job: '' },
      note: null,
    });
  });

  test.each(['shop', 'a/b/c', '../x y', '', 'a b/c'])('a repository that is none: %j', (name) => {
    const context = readRunContext({ ...ENV, GITHUB_REPOSITORY: name }, JSON.stringify({ pull_request: pull }));
    expect(context).toMatchObject({ repository: null, pullRequest: null, runUrl: null });
  });

  test.each(['', 'api.github.com', 'ftp://x', 'http://'])('an API address that is none: %j', (url) => {
    expect(readRunContext({ ...ENV, GITHUB_API_URL: url }, null).apiUrl).toBe('https://api.github.com');
  });
});
