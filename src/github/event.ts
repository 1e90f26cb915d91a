import { isFields, type Fields } from '../settings/json-fields';

/** A repository on GitHub. */
export interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** Where and for what this run happens. */
export interface RunContext {
  /** null: outside of GitHub Actions. */
  readonly repository: RepositoryName | null;
  /** The pull request that the run is about; null in a push, a merge group, a manual run or a terminal. */
  readonly pullRequest: number | null;
  /** The commit under test: a pull request's own head, not the merge that GitHub makes of it. null: unknown. */
  readonly headSha: string | null;
  /** True when the pull request comes from another repository: its token is read-only. */
  readonly fork: boolean;
  /** Base of GitHub's REST API, without a slash at its end. */
  readonly apiUrl: string;
  /** Where the pages are, without a slash at its end. */
  readonly serverUrl: string;
  /** The run's own page; null: outside of GitHub Actions. */
  readonly runUrl: string | null;
  /** What tells this run's comment from others on the same pull request. */
  readonly keyParts: { readonly workflow: string; readonly job: string };
  /** One sentence when the event could not be understood; otherwise null. */
  readonly note: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the run's environment and event. Whatever they hold, it answers: what it cannot read is null, with a note.
 * @param env the process's environment variables
 *   (https://docs.github.com/en/actions/reference/workflows-and-actions/variables).
 * @param payload text of the file at GITHUB_EVENT_PATH; null: there is none.
 */
export function readRunContext(env: Environment, payload: string | null): RunContext {
  const event = parseObject(payload);
  const repository = parseRepository(env['GITHUB_REPOSITORY']);
  const pullRequest = repository === null ? null : pullRequestNumber(event.fields);
  return {
    repository,
    pullRequest,
    headSha: text(child(event.fields, 'pull_request', 'head')['sha']) ?? text(env['GITHUB_SHA']),
    fork: isFork(child(event.fields, 'pull_request')),
    apiUrl: baseUrl(env['GITHUB_API_URL'], 'https://api.github.com'),
    serverUrl: serverUrl(env),
    runUrl: runUrl(env, repository),
    keyParts: { workflow: env['GITHUB_WORKFLOW'] ?? '', job: env['GITHUB_JOB'] ?? '' },
    note: event.note,
  };
}

function parseObject(payload: string | null): { fields: Fields; note: string | null } {
  if (payload === null) return { fields: {}, note: null };
  try {
    const value: unknown = JSON.parse(payload);
    if (isFields(value)) return { fields: value, note: null };
  } catch {
    // The same answer as for JSON that is no object.
  }
  return { fields: {}, note: 'The event payload is not a JSON object, so no pull request was looked for.' };
}

/** A repository by its full name; null: the text is none. */
export function parseRepository(name: string | undefined): RepositoryName | null {
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(name ?? '') ?? [];
  return owner !== undefined && repo !== undefined ? { owner, repo } : null;
}

/** `pull_request` and `pull_request_target` carry the pull request; `issue_comment` an issue that says it is one. */
function pullRequestNumber(event: Fields): number | null {
  const issue = child(event, 'issue');
  const number = child(event, 'pull_request')['number'] ?? (isFields(issue['pull_request']) ? issue['number'] : null);
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : null;
}

/** A head without a repository is a fork that was deleted since. */
function isFork(pullRequest: Fields): boolean {
  const base = text(child(pullRequest, 'base', 'repo')['full_name']);
  return base !== null && base !== text(child(pullRequest, 'head', 'repo')['full_name']);
}

function runUrl(env: Environment, repository: RepositoryName | null): string | null {
  const run = env['GITHUB_RUN_ID'];
  if (repository === null || !run) return null;
  return `${serverUrl(env)}/${repository.owner}/${repository.repo}/actions/runs/${encodeURIComponent(run)}`;
}

function serverUrl(env: Environment): string {
  return baseUrl(env['GITHUB_SERVER_URL'], 'https://github.com');
}

function baseUrl(url: string | undefined, otherwise: string): string {
  const usable = url !== undefined && /^https?:\/\//.test(url) && URL.canParse(url);
  return usable ? url.replace(/\/+$/, '') : otherwise;
}

function child(fields: Fields, ...path: readonly string[]): Fields {
  return path.reduce<Fields>((at, name) => {
    const value = at[name];
    return isFields(value) ? value : {};
  }, fields);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
