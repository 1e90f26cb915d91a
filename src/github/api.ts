import type { getOctokit } from '@actions/github';
import type { RepositoryName } from './event';
import { rateLimitWaitSeconds } from './api-trouble';

/** A comment on a pull request. */
export interface PullRequestComment {
  readonly id: number;
  /** Its page. */
  readonly url: string;
  readonly body: string;
  /** null: the account is gone. */
  readonly author: { readonly login: string; readonly type: string } | null;
}

/** An open pull request. */
export interface OpenPullRequest {
  readonly number: number;
  /** The commit at its head now. */
  readonly headSha: string;
  readonly headBranch: string;
  /** `owner/name`; null: the fork is gone. */
  readonly headRepository: string | null;
  readonly baseRepository: string;
}

/** What this program asks of GitHub. Each verb throws an error that `explainTrouble` understands. */
export interface GithubApi {
  /** Login of the user whose token this is; null: GitHub does not say, as to an app's token (GITHUB_TOKEN is one), which has no user. */
  viewer(): Promise<string | null>;
  /** All comments, the oldest first. */
  listComments(repository: RepositoryName, pullRequest: number): Promise<readonly PullRequestComment[]>;
  createComment(repository: RepositoryName, pullRequest: number, body: string): Promise<PullRequestComment>;
  updateComment(repository: RepositoryName, id: number, body: string): Promise<PullRequestComment>;
  deleteComment(repository: RepositoryName, id: number): Promise<void>;
  /** Those that would merge a branch of a user's or an organization's fork (or of the repository itself). */
  openPullRequests(repository: RepositoryName, headOwner: string, branch: string): Promise<readonly OpenPullRequest[]>;
}

/** How patient the client is. */
export interface ApiOptions {
  /** Tries after the first one; they wait 1, 4 and 9 times `secondMs`. */
  readonly retries: number;
  /** How long a second of waiting lasts, in milliseconds: 1000, but for tests. */
  readonly secondMs: number;
  /** Limit of one try, in milliseconds. */
  readonly timeoutMs: number;
  /** A rate limit that asks for a longer wait than this is not waited for, in seconds. */
  readonly longestWaitSeconds: number;
}

const PATIENCE: ApiOptions = { retries: 3, secondMs: 1000, timeoutMs: 10_000, longestWaitSeconds: 60 };
const COMMENTS_ON_A_PAGE = 100;

type Octokit = ReturnType<typeof getOctokit>;
type Plugin = Parameters<typeof getOctokit>[2];
type Fetch = typeof globalThis.fetch;
type IssueComment = Awaited<ReturnType<Octokit['rest']['issues']['createComment']>>['data'];

/**
 * A client of GitHub's REST API. Octokit is loaded here and not before: it costs start-up time, and many runs end
 * without needing it.
 * @param apiUrl base of the API, as in GITHUB_API_URL.
 * @throws Error when the token is empty.
 */
export async function createApi(token: string, apiUrl: string, options: Partial<ApiOptions> = {}): Promise<GithubApi> {
  if (token === '') throw new Error('The github-token input is empty.');
  const patience = { ...PATIENCE, ...options };
  const [{ getOctokit }, { defaults }, { retry }] = await Promise.all([
    import('@actions/github'),
    import('@actions/github/lib/utils'),
    import('@octokit/plugin-retry'),
  ]);
  // The default fetch of @actions/github knows the runner's proxy.
  const proxied = (defaults.request?.fetch ?? globalThis.fetch) as Fetch;
  const settings = {
    baseUrl: apiUrl,
    request: { fetch: limitTime(proxied, patience.timeoutMs) },
    // Rate limits are left out of the plugin's own rule, which does not look at `retry-after`.
    retry: {
      retries: patience.retries,
      retryAfterBaseValue: patience.secondMs,
      doNotRetry: [400, 401, 403, 404, 410, 422, 429, 451],
    },
  };
  return adapt(getOctokit(token, settings, retryRateLimits(patience), retry));
}

function adapt(octokit: Octokit): GithubApi {
  const { issues, pulls, users } = octokit.rest;
  return {
    async viewer() {
      try {
        return (await users.getAuthenticated()).data.login;
      } catch (error) {
        // An app's token has no user, and GitHub forbids the question; what stands before a server of one's own may hide it.
        const status = statusOf(error);
        if (status === 404 || (status === 403 && rateLimitWaitSeconds(error) === null)) return null;
        throw error;
      }
    },
    async listComments(repository, pullRequest) {
      const comments: PullRequestComment[] = [];
      for (let page = 1, more = true; more; page += 1) {
        const target = { ...repository, issue_number: pullRequest, per_page: COMMENTS_ON_A_PAGE, page };
        const { data, headers } = await issues.listComments(target);
        // Octokit gives an answer that broke off as a text; taken for "no comments" it would make us write a second one.
        if (!Array.isArray(data)) throw new Error("GitHub's list of comments broke off.");
        comments.push(...data.map(toComment));
        more = data.length > 0 && (headers.link ?? '').includes('rel="next"');
      }
      return comments;
    },
    async createComment(repository, pullRequest, body) {
      return toComment((await issues.createComment({ ...repository, issue_number: pullRequest, body })).data);
    },
    async updateComment(repository, id, body) {
      return toComment((await issues.updateComment({ ...repository, comment_id: id, body })).data);
    },
    async deleteComment(repository, id) {
      await issues.deleteComment({ ...repository, comment_id: id });
    },
    async openPullRequests(repository, headOwner, branch) {
      const { data } = await pulls.list({
        ...repository,
        state: 'open',
        head: `${headOwner}:${branch}`,
        per_page: 100,
      });
      if (!Array.isArray(data)) throw new Error("GitHub's list of pull requests broke off.");
      return data.map(({ number, head, base }) => ({
        number,
        headSha: head.sha,
        headBranch: head.ref,
        // GitHub's description says that it is always there; of a fork that was deleted it is null.
        headRepository: (head.repo as { readonly full_name: string } | null)?.full_name ?? null,
        baseRepository: base.repo.full_name,
      }));
    },
  };
}

function toComment({ id, html_url: url, body, user }: IssueComment): PullRequestComment {
  return { id, url, body: body ?? '', author: user === null ? null : { login: user.login, type: user.type } };
}

/** Gives each try its own time limit: one signal for all of them would end the last tries at once. */
function limitTime(fetch: Fetch, timeoutMs: number): Fetch {
  return (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
}

/**
 * Marks an answer that says "too many requests" for @octokit/plugin-retry, with the wait that GitHub asks for.
 * It must be registered before that plugin: error hooks run in the order in which they were added.
 */
function retryRateLimits({ retries, longestWaitSeconds }: ApiOptions): Plugin {
  return (octokit) => {
    octokit.hook.error('request', (error) => {
      const wait = rateLimitWaitSeconds(error);
      if (wait !== null && wait <= longestWaitSeconds && 'request' in error) {
        error.request.request = { ...error.request.request, retries, retryAfter: wait };
      }
      throw error;
    });
    return {};
  };
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null;
}
