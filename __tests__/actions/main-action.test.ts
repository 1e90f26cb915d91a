import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { endSteps, ROOT, runMain, type Inputs, type MainResult } from '../support/action';
import { startGithubApi, type GithubApi } from '../support/github-api/github-api';

// Each test starts a process; a busy machine takes its time.
jest.setTimeout(60_000);

const REPOSITORY = 'octo-org/shop';
const EVENT = {
  pull_request: {
    number: 7,
    head: { sha: 'c0ffee1'.padEnd(40, '0'), repo: { full_name: REPOSITORY } },
    base: { repo: { full_name: REPOSITORY } },
  },
};

let github: GithubApi | null = null;

afterEach(async () => {
  await endSteps();
  await github?.stop();
  github = null;
});

async function run(inputs: Inputs, workspace = ROOT): Promise<MainResult & { readonly comments: readonly string[] }> {
  github = await startGithubApi({ repository: REPOSITORY });
  const env = { GITHUB_API_URL: github.url, DOCKER_HOST: 'unix:///nonexistent.sock' };
  const result = await runMain({ 'github-token': 'x', ...inputs }, { event: EVENT, env, workspace });
  return { ...result, comments: github.comments().map(({ body }) => body) };
}

describe('an input that is not accepted', () => {
  test('stands in the comment: an earlier one would be taken for this commit’s', async () => {
    const { exitCode, outputs, annotations, comments, report } = await run({ replicas: 'one' });

    expect({ exitCode, verdict: outputs['verdict'] }).toEqual({ exitCode: 1, verdict: 'error' });
    expect(annotations).toHaveLength(1);
    expect(comments).toEqual([expect.stringContaining('The inputs are not accepted, so nothing was checked.')]);
    expect(comments[0]).toContain('Input `replicas`: "one" is not accepted; give a whole number from 2 to 16.');
    expect(comments[0]).toContain('commit <code>c0ffee1</code>');
    expect(report).toMatchObject({
      ...{ verdict: 'error', message: 'The inputs are not accepted, so nothing was checked.', gates: [] },
      details: ['Input `replicas`: "one" is not accepted; give a whole number from 2 to 16.'],
    });
    expect(Object.keys(outputs)).toEqual(expect.arrayContaining(['markdown', 'html', 'junit', 'sarif']));
  });

  test('is told in no comment where none is wanted', async () => {
    const { exitCode, comments } = await run({ replicas: 'one', comment: 'never' });
    expect({ exitCode, comments }).toEqual({ exitCode: 1, comments: [] });
  });

  test('is told in no comment where it says how to comment', async () => {
    const { exitCode, annotations, comments } = await run({ comment: 'loud' });
    expect({ exitCode, comments, told: annotations.length }).toEqual({ exitCode: 1, comments: [], told: 1 });
  });

  test('is in the folder that report-dir names, which is relative to the workspace', async () => {
    const workspace = await mkdtemp(join(tmpdir(), 'lb-cluster-workspace-'));
    const { outputs } = await run({ replicas: 'one', 'report-dir': 'out/report' }, workspace);
    await rm(workspace, { recursive: true });
    expect(outputs['report']).toBe(join(workspace, 'out/report/report.json'));
  });
});
