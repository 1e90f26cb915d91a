/** An open pull request of the fake's repository. */
export interface StoredPullRequest {
  readonly number: number;
  readonly headSha: string;
  readonly headBranch: string;
  /** `owner/name`; null: the fork was deleted. */
  readonly headRepository: string | null;
}

type Json = Readonly<Record<string, unknown>>;

/** A pull request as GitHub answers it: its own example with these facts in the place of the example's. */
export function pullRequestRecord(stored: StoredPullRequest, repository: string, example: Json): Json {
  const { number, headSha, headBranch, headRepository } = stored;
  const [head, base] = [example['head'] as Json, example['base'] as Json];
  return {
    ...example,
    number,
    state: 'open',
    // The example's lacks a field that its own schema asks for.
    requested_teams: [],
    head: { ...head, ref: headBranch, sha: headSha, repo: named(head['repo'] as Json, headRepository) },
    base: { ...base, repo: named(base['repo'] as Json, repository) },
  };
}

function named(repository: Json, fullName: string | null): Json | null {
  return fullName === null ? null : { ...repository, full_name: fullName, name: fullName.split('/')[1] };
}
