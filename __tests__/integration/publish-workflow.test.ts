import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { failing, passing } from '../report/reports';
import { OPEN_PULL, REPOSITORY, workflowRunEvent } from '../support/act/events';
import { openExamples, type ExampleHouse, type ExampleRun } from '../support/act/examples';
import { describeWithAct } from '../support/act/run-act';
import { startGithubApi, type GithubApi, type GithubApiOptions } from '../support/github-api/github-api';

// Each test starts some processes; a busy machine takes its time.
jest.setTimeout(120_000);

const ARTIFACT = 'lb-cluster-report.cluster';

/** Of a hostile fork: the report is read as data, and no line of it becomes a command of the runner. */
const HOSTILE = '::error::boo\n::set-output name=verdict::pass\n</details><img src=x onerror=alert(1)> @octocat';

describeWithAct('the publisher for forks, by act', () => {
  let house: ExampleHouse;
  let github: GithubApi | null;

  beforeAll(async () => {
    house = await openExamples();
  });
  beforeEach(() => {
    github = null;
  });
  // Throws where a request or an answer does not match GitHub's own description.
  afterEach(async () => {
    await house.clear();
    await github?.stop();
  });
  afterAll(() => house.close());

  async function start(options: GithubApiOptions = {}): Promise<GithubApi> {
    github = await startGithubApi({ repository: REPOSITORY, open: [OPEN_PULL], ...options });
    return github;
  }

  /** The workflow of a user, which calls ours. */
  function publish({ url }: GithubApi, changes: Readonly<Record<string, unknown>> = {}): Promise<ExampleRun> {
    return house.run({
      ...{ example: 'fork-safe-comment.yml', job: 'Publish', event: 'workflow_run', apiUrl: url },
      ...{ files: {}, payload: workflowRunEvent(changes) },
    });
  }

  test('the comment is written by the first run, and updated by the next', async () => {
    const api = await start();
    await house.keep(ARTIFACT, JSON.stringify(failing()));
    const first = await publish(api);
    const [written] = api.comments();
    await house.keep(ARTIFACT, JSON.stringify(passing()));
    const second = await publish(api);

    expect([first, second].map(({ exitCode, verdict }) => ({ exitCode, verdict }))).toEqual([
      { exitCode: 0, verdict: 'fail' },
      { exitCode: 0, verdict: 'pass' },
    ]);
    expect(written).toMatchObject({ issue: 7, body: expect.stringMatching(/^### Fail/m) });
    expect(written?.body).toContain('It comes from a fork');
    expect(written?.body).toContain(`https://github.com/${REPOSITORY}/actions/runs/42`);
    expect(api.comments()).toEqual([{ ...written, body: expect.stringMatching(/^### Pass/m) }]);
    expect(first.log).toContain('Artifacts of run 42');
  });

  test.each<[name: string, changes: Readonly<Record<string, unknown>>, told: string]>([
    ['its commit is no longer the head', { head_sha: 'b'.repeat(40) }, 'has moved on from bbbbbbb'],
    ['it is another repository’s', { repository: { full_name: 'mallory/trap' } }, 'That run is of mallory/trap'],
    ['no such pull request is open', { head_branch: 'other' }, 'No open pull request'],
  ])('nothing is written after a run when %s', async (_, changes, told) => {
    const api = await start();
    await house.keep(ARTIFACT, JSON.stringify(passing()));

    const { exitCode, log } = await publish(api, changes);

    expect({ exitCode, comments: api.comments() }).toEqual({ exitCode: 0, comments: [] });
    expect(log).toContain(told);
  });

  test('a run of a push is none of its business: the job is skipped', async () => {
    const api = await start();
    await house.keep(ARTIFACT, JSON.stringify(passing()));

    const { exitCode, log } = await publish(api, { event: 'push' });

    expect({ exitCode, operations: api.operations() }).toEqual({ exitCode: 0, operations: [] });
    expect(log).not.toContain('Artifacts of run');
  });

  test('a run without a report is no failure', async () => {
    const api = await start();
    const { exitCode, log } = await publish(api);
    expect({ exitCode, operations: api.operations() }).toEqual({ exitCode: 0, operations: [] });
    expect(log).toContain('That run has left no report.');
  });

  test('an artifact that is no report fails the job, and GitHub is asked for nothing', async () => {
    const api = await start();
    await house.keep(ARTIFACT, JSON.stringify({ ...passing(), pullRequest: 1 }));

    const { exitCode, log } = await publish(api);

    expect({ exitCode, operations: api.operations() }).toEqual({ exitCode: 1, operations: [] });
    expect(log).toContain('does not keep the schema');
  });

  test('hostile text in the artifact stays text, in the comment and to the runner', async () => {
    const api = await start();
    const report = failing();
    const diagnoses = report.diagnoses.map((one) => ({ ...one, cause: HOSTILE, evidence: HOSTILE, fix: HOSTILE }));
    await house.keep(ARTIFACT, JSON.stringify({ ...report, diagnoses }));

    const { exitCode, verdict } = await publish(api);

    expect({ exitCode, verdict }).toEqual({ exitCode: 0, verdict: 'fail' });
    const body = api.comments()[0]?.body ?? '';
    expect(body).toContain('onerror');
    expect(body.replaceAll(/`[^`\n]+`/g, 'code')).not.toMatch(/<img|@octocat/);
  });

  test('a token that may not write fails the job, and the log says what it needs', async () => {
    const api = await start({ token: 'fork' });
    await house.keep(ARTIFACT, JSON.stringify(passing()));

    const { exitCode, log } = await publish(api);

    expect({ exitCode, comments: api.comments() }).toEqual({ exitCode: 1, comments: [] });
    expect(log).toContain('pull-requests: write');
  });
});
