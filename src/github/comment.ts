import type { CommentMode } from '../settings/settings';
import type { GithubApi, PullRequestComment } from './api';
import { explainTrouble } from './api-trouble';
import { createMarker, formatMarker, parseMarker, type CommentMarker } from './comment-marker';
import type { RepositoryName } from './event';
import { fitSections, utf16Units } from './text-limit';

/**
 * GitHub says that a body has at most 65,536 characters. UTF-16 units are at least as many as characters however
 * they are counted, and four times 65,536 bytes, the limit that others measured, cannot be reached with them.
 */
const BODY_LIMIT = 65_536;

/** What is told on the pull request, and how. */
export interface CommentRequest {
  /** Connects to GitHub; called only when there is something to ask. */
  readonly api: () => Promise<GithubApi>;
  readonly repository: RepositoryName | null;
  readonly pullRequest: number | null;
  /** One comment for each key; any text. */
  readonly key: string;
  /** null: the run was cancelled, and says nothing that is worth a comment, or its inputs do not say how to comment. */
  readonly mode: CommentMode | null;
  /** Markdown sections, the most important first; later ones are left out when there is no room. */
  readonly body: readonly string[];
  /** Changes exactly when the gates' outcomes do; any text. */
  readonly digest: string;
  /** Page of the run, whose summary has what does not fit here; null: unknown. */
  readonly runUrl: string | null;
  /** True when the verdict is one that the author must act on. */
  readonly failing: boolean;
}

/** What became of the comment. None of it changes the verdict; `why` is one sentence for the log. */
export type CommentOutcome =
  | { readonly kind: 'created' | 'updated' | 'unchanged'; readonly url: string }
  | { readonly kind: 'skipped' | 'not-allowed' | 'failed'; readonly why: string };

interface OwnComment extends PullRequestComment {
  readonly marker: CommentMarker;
}

/**
 * Keeps one comment of ours for each key on the pull request: creates it, or updates it in place.
 *
 * Modes: `always`; `changes` writes when the outcomes differ from those of the last comment; `failures` starts a comment
 * only for a failure, but updates one that exists, so that it never tells a failure that is over; `never`.
 * Of runs that write at the same moment the first one's comment stays, and the others put theirs into it. A write that GitHub
 * carried out while answering with an error may be repeated; the next run deletes the surplus.
 * Never throws: trouble with GitHub is an outcome.
 */
export async function publishComment(request: CommentRequest): Promise<CommentOutcome> {
  const { repository, pullRequest, mode } = request;
  if (mode === null) {
    const why =
      'The run was cancelled, or its inputs do not say how to comment: the pull-request comment stays as it is.';
    return { kind: 'skipped', why };
  }
  if (mode === 'never') return { kind: 'skipped', why: 'The comment is switched off (comment: never).' };
  if (repository === null || pullRequest === null) {
    return { kind: 'skipped', why: 'This run belongs to no pull request, so there is no comment.' };
  }
  try {
    return await publish(await request.api(), repository, pullRequest, request);
  } catch (error) {
    return explainTrouble(error);
  }
}

async function publish(
  api: GithubApi,
  repository: RepositoryName,
  pullRequest: number,
  request: CommentRequest,
): Promise<CommentOutcome> {
  const marker = createMarker(request.key, request.digest);
  const own = ownComments(await api.listComments(repository, pullRequest), marker.key);
  const [existing, ...later] = await byThisToken(api, own);
  await deleteDuplicates(api, repository, existing, later);

  if (existing === undefined) {
    if (request.mode === 'failures' && !request.failing) {
      return { kind: 'skipped', why: 'Nothing fails, and there is no earlier comment (comment: failures).' };
    }
    const body = composeBody(marker, request);
    const created = await api.createComment(repository, pullRequest, body);
    const first = await firstOfRace(api, repository, pullRequest, created, marker.key);
    if (first === null) return { kind: 'created', url: created.url };
    const { url } = await api.updateComment(repository, first.id, body);
    await api.deleteComment(repository, created.id).catch(() => undefined);
    return { kind: 'updated', url };
  }
  if (request.mode === 'changes' && existing.marker.digest === marker.digest) {
    return { kind: 'unchanged', url: existing.url };
  }
  const { url } = await api.updateComment(repository, existing.id, composeBody(marker, request));
  return { kind: 'updated', url };
}

function composeBody(marker: CommentMarker, { body, runUrl }: CommentRequest): string {
  const start = `${formatMarker(marker)}\n`;
  const summary = runUrl === null ? 'the job summary' : `[the job summary](${encodeURI(runUrl)})`;
  const note = `_The rest did not fit into a comment: the whole report is in ${summary}._`;
  return start + fitSections(body, BODY_LIMIT - start.length, note, utf16Units);
}

/**
 * Two runs at the same moment may both have found no comment, and written one each. Each looks again after its own write, so
 * that all but the first see an older one. null: ours is the first.
 */
async function firstOfRace(
  api: GithubApi,
  repository: RepositoryName,
  pullRequest: number,
  created: PullRequestComment,
  key: string,
): Promise<OwnComment | null> {
  // Not worth losing the comment that is written: the next run would delete the surplus.
  const all = await api.listComments(repository, pullRequest).catch(() => []);
  const first = ownComments(all, key).find(({ author }) => author?.login === created.author?.login);
  return first === undefined || first.id >= created.id ? null : first;
}

function ownComments(comments: readonly PullRequestComment[], key: string): readonly OwnComment[] {
  return comments
    .flatMap((comment) => {
      const marker = parseMarker(comment.body);
      return marker?.key === key ? [{ ...comment, marker }] : [];
    })
    .sort((a, b) => a.id - b.id);
}

/**
 * Of comments with our marker, those that the token's owner wrote: anyone can paste a marker. An app's token cannot
 * ask who it is, so there every bot's comment counts, and no human's: no name of theirs can have brackets.
 */
async function byThisToken(api: GithubApi, comments: readonly OwnComment[]): Promise<readonly OwnComment[]> {
  if (comments.length === 0) return [];
  const viewer = await api.viewer();
  return comments.filter(({ author }) => (viewer === null ? isBot(author) : author?.login === viewer));
}

function isBot(author: PullRequestComment['author']): boolean {
  return author !== null && (author.type === 'Bot' || author.login.endsWith('[bot]'));
}

/** What an earlier race or a repeated write has left: the oldest stays. */
async function deleteDuplicates(
  api: GithubApi,
  repository: RepositoryName,
  kept: OwnComment | undefined,
  later: readonly OwnComment[],
): Promise<void> {
  for (const { id, author } of later) {
    if (author?.login !== kept?.author?.login) continue;
    // Tidying must not keep the comment itself from being written.
    await api.deleteComment(repository, id).catch(() => undefined);
  }
}
