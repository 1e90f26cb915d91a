import type { RecognizedRequest } from './description';
import { refusal, type Answer } from './faults';
import { pullRequestRecord, type StoredPullRequest } from './pull-requests';
import { commentRecord, viewerRecord, type Author, type StoredComment } from './records';

/** Measured on GitHub by others: 262,144 bytes are stored, one more is refused, although the message says characters. */
const BODY_LIMIT_BYTES = 262_144;
const LARGEST_PAGE = 100;
const DEFAULT_PAGE = 30;

/**
 * The token's rights: `actions` is a GITHUB_TOKEN that may write, `fork` one that may only read, `personal` belongs to
 * a user.
 */
export type TokenKind = 'actions' | 'fork' | 'personal';

/** One repository's comments, and who asks for them. */
export interface CommentStore {
  /** `owner/name` */
  readonly repository: string;
  readonly token: TokenKind;
  readonly viewer: Author;
  /** Issues and pull requests that exist. */
  readonly issues: ReadonlySet<number>;
  readonly comments: StoredComment[];
  /** Those that are open, with what they would merge. */
  readonly pullRequests: readonly StoredPullRequest[];
  /** A pull request as GitHub's description shows one. */
  readonly pullRequestExample: Readonly<Record<string, unknown>>;
  nextId: number;
}

/**
 * What GitHub would answer, and does to its store.
 * @param api the fake's own base URL, for links.
 */
export function answerRequest(store: CommentStore, request: RecognizedRequest, body: unknown, api: string): Answer {
  const { operation, parameters } = request;
  if (operation === 'users/get-authenticated') return answerViewer(store, api);
  if (`${String(parameters['owner'])}/${String(parameters['repo'])}` !== store.repository) return notFound();
  if (operation === 'issues/list-comments') return answerList(store, parameters, api);
  if (operation === 'pulls/list') return answerPullRequests(store, parameters);
  if (store.token === 'fork') return refusal(403, 'Resource not accessible by integration');

  if (operation === 'issues/delete-comment') return remove(store, Number(parameters['comment_id']));
  const text = (body as { body: string }).body;
  const problem = bodyProblem(text);
  if (problem !== null) return problem;
  return operation === 'issues/create-comment'
    ? create(store, Number(parameters['issue_number']), text, api)
    : update(store, Number(parameters['comment_id']), text, api);
}

function answerViewer({ token, viewer }: CommentStore, api: string): Answer {
  if (token !== 'personal') return refusal(403, 'Resource not accessible by integration');
  return { status: 200, body: viewerRecord(viewer, api) };
}

function answerList(store: CommentStore, parameters: Readonly<Record<string, unknown>>, api: string): Answer {
  const issue = Number(parameters['issue_number']);
  if (!store.issues.has(issue)) return notFound();
  const all = store.comments.filter((comment) => comment.issue === issue);
  const size = Math.min(Number(parameters['per_page'] ?? DEFAULT_PAGE), LARGEST_PAGE);
  const page = Number(parameters['page'] ?? 1);
  const body = all
    .slice((page - 1) * size, page * size)
    .map((comment) => commentRecord(comment, store.repository, api));
  const last = Math.ceil(all.length / size);
  const link = (number: number, relation: string): string =>
    `<${api}/repos/${store.repository}/issues/${issue}/comments?per_page=${size}&page=${number}>; rel="${relation}"`;
  const headers = page < last ? { link: `${link(page + 1, 'next')}, ${link(last, 'last')}` } : {};
  return { status: 200, body, headers };
}

/** GitHub ignores a `head` that is not `owner:branch`, and then lists all. */
function answerPullRequests(store: CommentStore, parameters: Readonly<Record<string, unknown>>): Answer {
  const { head } = parameters;
  const [, owner, branch] = /^([^:]+):(.+)$/.exec(typeof head === 'string' ? head : '') ?? [];
  const found = store.pullRequests.filter(
    ({ headRepository, headBranch }) =>
      owner === undefined || (headRepository?.split('/')[0] === owner && headBranch === branch),
  );
  return {
    status: 200,
    body: found.map((one) => pullRequestRecord(one, store.repository, store.pullRequestExample)),
  };
}

function create(store: CommentStore, issue: number, body: string, api: string): Answer {
  if (!store.issues.has(issue)) return notFound();
  const comment = { id: store.nextId, issue, author: store.viewer, body };
  store.nextId += 1;
  store.comments.push(comment);
  return { status: 201, body: commentRecord(comment, store.repository, api) };
}

function update(store: CommentStore, id: number, body: string, api: string): Answer {
  const comment = store.comments.find((one) => one.id === id);
  if (comment === undefined) return notFound();
  comment.body = body;
  return { status: 200, body: commentRecord(comment, store.repository, api) };
}

function remove(store: CommentStore, id: number): Answer {
  const index = store.comments.findIndex((one) => one.id === id);
  if (index < 0) return notFound();
  store.comments.splice(index, 1);
  return { status: 204 };
}

function bodyProblem(body: string): Answer | null {
  const tooLong = Buffer.byteLength(body, 'utf8') > BODY_LIMIT_BYTES;
  if (!tooLong && body.trim() !== '') return null;
  const message = tooLong ? 'Body is too long (maximum is 65536 characters)' : "Body can't be blank";
  return {
    status: 422,
    body: {
      message: 'Validation Failed',
      documentation_url: 'https://docs.github.com/rest',
      errors: [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message }],
    },
  };
}

function notFound(): Answer {
  return refusal(404, 'Not Found');
}
