import { isFields, type Fields } from '../settings/json-fields';
import type { OpenPullRequest } from './api';
import type { RepositoryName } from './event';
import { parseRepository } from './event';

/** The run whose end started this one, as GitHub's event `workflow_run` tells it: nothing of it comes from an artifact. */
export interface FinishedRun {
  readonly id: number;
  /** What had started it, such as `pull_request`. */
  readonly event: string;
  readonly repository: RepositoryName;
  readonly headSha: string;
  readonly headBranch: string;
  /** Where the commit is from: a fork, or the repository itself. */
  readonly headRepository: RepositoryName;
}

/** The pull request that a run was made for, or why there is none (a whole sentence). */
export type RunOrigin = { readonly pullRequest: number } | { readonly pullRequest: null; readonly why: string };

/** Reads the payload of the event; null: it is of no `workflow_run`, or not whole. Never throws. */
export function readFinishedRun(payload: string | null): FinishedRun | null {
  const run = fields(fields(jsonOf(payload))['workflow_run']);
  const { id, event, head_sha: headSha, head_branch: headBranch } = run;
  const repository = parseRepository(fullName(run['repository']));
  const headRepository = parseRepository(fullName(run['head_repository']));
  const sound =
    typeof id === 'number' && Number.isSafeInteger(id) && typeof event === 'string' && typeof headBranch === 'string';
  if (!sound || typeof headSha !== 'string' || !/^[0-9a-f]{40,64}$/.test(headSha)) return null;
  if (repository === null || headRepository === null) return null;
  return { id, event, repository, headSha, headBranch, headRepository };
}

/** Why a run's report is published nowhere, before GitHub is asked for anything; null: it may be. */
export function refusalOf(run: FinishedRun, here: RepositoryName | null): string | null {
  if (here === null || nameOf(run.repository) !== nameOf(here)) {
    return `That run is of ${nameOf(run.repository)}, and not of this repository.`;
  }
  return run.event === 'pull_request' ? null : `That run was started by ${run.event}, and belongs to no pull request.`;
}

/**
 * The one open pull request whose head is the very commit that the run tested, from the very repository that it came from.
 * @param open what GitHub says now about the pull requests from that branch.
 */
export function originOf(run: FinishedRun, open: readonly OpenPullRequest[]): RunOrigin {
  const fromThere = open.filter(
    ({ headRepository, headBranch, baseRepository }) =>
      headRepository === nameOf(run.headRepository) &&
      headBranch === run.headBranch &&
      baseRepository === nameOf(run.repository),
  );
  const same = fromThere.filter(({ headSha }) => headSha === run.headSha);
  const [first, ...others] = same;
  if (first !== undefined && others.length === 0) return { pullRequest: first.number };
  if (first !== undefined) {
    const numbers = same.map(({ number }) => `#${number}`).join(' and ');
    return { pullRequest: null, why: `${numbers} have the same head: which one the run was made for cannot be known.` };
  }
  const why =
    fromThere.length === 0
      ? `No open pull request comes from ${nameOf(run.headRepository)}, branch ${run.headBranch}.`
      : `The pull request has moved on from ${run.headSha.slice(0, 7)}: the run of its newest commit tells its own result.`;
  return { pullRequest: null, why };
}

/** `owner/name`. */
export function nameOf({ owner, repo }: RepositoryName): string {
  return `${owner}/${repo}`;
}

function fullName(repository: unknown): string | undefined {
  const name = fields(repository)['full_name'];
  return typeof name === 'string' ? name : undefined;
}

function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function jsonOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
