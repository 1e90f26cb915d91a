import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { endSteps, outcomeOf, runMain, type Inputs, type MainResult } from '../support/action';
import { inputsFor } from '../support/cluster-inputs';
import { buildAppImage, describeOnDocker } from '../support/docker';
import { startGithubApi, type GithubApi, type GithubApiOptions } from '../support/github-api/github-api';

// Long enough for whatever a busy machine does meanwhile; a run that hangs is longer.
jest.setTimeout(300_000);

const REPOSITORY = 'octo-org/shop';
const PASSED = { exitCode: 0, verdict: 'pass', because: [] };
const EVENT = {
  pull_request: {
    number: 7,
    head: { sha: 'a'.repeat(40), repo: { full_name: REPOSITORY } },
    base: { repo: { full_name: REPOSITORY } },
  },
};

describeOnDocker('the comment on the pull request', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  let github: GithubApi | null;
  beforeAll(async () => {
    app = await buildAppImage('pull-request');
  });
  beforeEach(() => {
    github = null;
  });
  // Throws where a request or an answer does not match GitHub's own description.
  afterEach(() => github?.stop());
  afterAll(async () => {
    await endSteps();
    await app.remove();
  });

  async function start(options: GithubApiOptions = {}): Promise<GithubApi> {
    github = await startGithubApi({ repository: REPOSITORY, ...options });
    return github;
  }

  /** The cheapest run that comes to a verdict. */
  function runFor({ url }: GithubApi, event: unknown, inputs: Inputs = {}): Promise<MainResult> {
    return runMain(inputsFor(app.tag, { checks: 'rotation', rate: '300', comment: 'always', ...inputs }), {
      event,
      env: { GITHUB_API_URL: url },
    });
  }

  test('it is written by the first run and updated by the second, which comes to another verdict', async () => {
    const api = await start();

    const first = await runFor(api, EVENT);
    const afterFirst = api.comments();
    const second = await runFor(api, EVENT, { 'nginx-config': 'fixtures/nginx/backup-by-mistake.conf' });
    const afterSecond = api.comments();

    expect(outcomeOf(first)).toEqual(PASSED);
    expect(first.log).toContain('comment created');
    expect(outcomeOf(second)).toMatchObject({ exitCode: 1, verdict: 'fail' });
    expect(second.log).toContain('comment updated');
    expect(afterFirst).toEqual([expect.objectContaining({ issue: 7, body: expect.stringMatching(/^### Pass/m) })]);
    expect(afterSecond).toEqual([
      expect.objectContaining({ id: afterFirst[0]?.id, body: expect.stringMatching(/^### Fail/m) }),
    ]);
    expect(afterSecond[0]?.body).toContain('backup');
    const url = expect.stringMatching(new RegExp(`/pull/7#issuecomment-${afterFirst[0]?.id ?? ''}$`));
    expect([first, second].map(({ outputs }) => outputs['comment-url'])).toEqual([url, url]);
  });

  test('a fork’s token may not write it: the job does not fail for that, and its summary has the report', async () => {
    const api = await start({ token: 'fork' });

    const main = await runFor(api, EVENT);

    expect(outcomeOf(main)).toEqual(PASSED);
    expect(main.log).toMatch(/403|read-only|pull-requests: write/);
    expect(main.outputs).not.toHaveProperty('comment-url');
    expect(main.summary).toMatch(/^### Pass/m);
    expect(main.annotations.filter((line) => line.startsWith('::error'))).toEqual([]);
    expect(api.operations()).toContain('issues/create-comment');
    expect(api.comments()).toEqual([]);
  });

  test('without a pull request in the event nothing is asked of GitHub', async () => {
    const api = await start();

    const main = await runFor(api, { ref: 'refs/heads/main' });

    expect(outcomeOf(main)).toEqual(PASSED);
    expect(main.outputs).not.toHaveProperty('comment-url');
    expect(api.operations()).toEqual([]);
  });
});
