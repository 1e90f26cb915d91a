import type { StoredPullRequest } from '../github-api/pull-requests';

/** The user's repository, and a fork of it. */
export const [REPOSITORY, FORK] = ['octo-org/shop', 'mallory/shop'];

const SHA = 'a'.repeat(40);
const BRANCH = 'feature';

/** The fork's pull request, as GitHub has it. */
export const OPEN_PULL: StoredPullRequest = { number: 7, headSha: SHA, headBranch: BRANCH, headRepository: FORK };

/** Payload of `pull_request`, as far as anything here looks at it. */
export function pullRequestEvent(from: string): unknown {
  const head = { sha: SHA, ref: BRANCH, repo: { full_name: from } };
  return {
    ...{ action: 'synchronize', number: 7 },
    pull_request: { number: 7, head, base: { ref: 'main', repo: { full_name: REPOSITORY } } },
  };
}

/** Payload of `workflow_run` after the fork's run, with changes. */
export function workflowRunEvent(changes: Readonly<Record<string, unknown>> = {}): unknown {
  const run = { id: 42, name: 'Cluster', event: 'pull_request', head_sha: SHA, head_branch: BRANCH, pull_requests: [] };
  const repositories = { repository: { full_name: REPOSITORY }, head_repository: { full_name: FORK } };
  return { action: 'completed', workflow_run: { ...run, ...repositories, ...changes } };
}
