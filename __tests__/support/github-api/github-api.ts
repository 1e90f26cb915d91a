import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerRequest, type CommentStore, type TokenKind } from './comments';
import { loadDescription, type ApiDescription, type OperationName } from './description';
import { faultAnswer, FaultScript, refusal, type Answer, type Fault } from './faults';
import type { Author, StoredComment } from './records';

export type { Author, StoredComment } from './records';
export type { Fault } from './faults';
export type { TokenKind } from './comments';

/** What the fake GitHub holds at its start. */
export interface GithubApiOptions {
  /** `owner/name`; 'octo-org/shop' unless said otherwise. */
  readonly repository?: string;
  /** Pull requests that exist; [7] unless said otherwise. */
  readonly pullRequests?: readonly number[];
  /** Rights of whatever token is sent; 'actions' unless said otherwise. */
  readonly token?: TokenKind;
  /** Where the API is on its host, such as GitHub Enterprise Server's `/api/v3`; at its root unless said otherwise. */
  readonly basePath?: string;
  /** Login of the token's user, for a personal token. */
  readonly login?: string;
}

/** A request that arrived. */
export interface SeenRequest {
  /** null: nothing that GitHub describes. */
  readonly operation: OperationName | null;
  readonly method: string;
  readonly url: string;
  /** Status of the answer; null: there was none. */
  readonly status: number | null;
}

/** A GitHub that runs on this machine. */
export interface GithubApi {
  /** For GITHUB_API_URL. */
  readonly url: string;
  readonly repository: string;
  /** The comments that stand now, the oldest first. */
  comments(): readonly Readonly<StoredComment>[];
  requests(): readonly SeenRequest[];
  /** Operations asked for, in order: the short form of `requests`. */
  operations(): readonly (OperationName | null)[];
  /** Adds a comment as if someone had written it. */
  addComment(comment: { readonly body: string; readonly author: Author; readonly pullRequest?: number }): number;
  /** Scripts a fault; faults are met in the order in which they were added. */
  fail(fault: Fault): void;
  /** @throws Error listing each request or answer that does not match GitHub's description. */
  stop(): Promise<void>;
}

export const ACTIONS_BOT: Author = { login: 'github-actions[bot]', type: 'Bot' };

let description: ApiDescription | undefined;

/**
 * Starts a GitHub REST API on a free port of 127.0.0.1. It knows the comments of one repository, and holds each request
 * and each answer against GitHub's official OpenAPI description. Whoever starts it awaits `stop()`, which throws when
 * something did not match.
 */
export async function startGithubApi(options: GithubApiOptions = {}): Promise<GithubApi> {
  description ??= loadDescription();
  const store = createStore(options);
  const basePath = options.basePath ?? '';
  const context: Context = {
    store,
    description,
    faults: new FaultScript(),
    seen: [],
    violations: [],
    basePath,
    url: '',
  };
  const server = createServer((request, response) => {
    handle(context, request, response).catch((error: unknown) => {
      context.violations.push(`the fake itself failed: ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`;

  return {
    url: context.url,
    repository: store.repository,
    comments: () => store.comments.map((comment) => ({ ...comment })),
    requests: () => [...context.seen],
    operations: () => context.seen.map(({ operation }) => operation),
    addComment({ body, author, pullRequest = 7 }) {
      const id = store.nextId++;
      store.comments.push({ id, issue: pullRequest, author, body });
      return id;
    },
    fail: (fault) => context.faults.add(fault),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (context.violations.length > 0) {
        throw new Error(`Against GitHub's API description:\n${context.violations.join('\n')}`);
      }
    },
  };
}

interface Context {
  readonly store: CommentStore;
  readonly description: ApiDescription;
  readonly faults: FaultScript;
  readonly seen: SeenRequest[];
  readonly violations: string[];
  readonly basePath: string;
  url: string;
}

function createStore({ repository, pullRequests, token, login }: GithubApiOptions): CommentStore {
  return {
    repository: repository ?? 'octo-org/shop',
    token: token ?? 'actions',
    viewer: token === 'personal' ? { login: login ?? 'octocat', type: 'User' } : ACTIONS_BOT,
    issues: new Set(pullRequests ?? [7]),
    comments: [],
    nextId: 1001,
  };
}

async function handle(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url: path = '/' } = request;
  // One that asks past the base is answered like any other that GitHub does not describe.
  const url = path.startsWith(`${context.basePath}/`) ? path.slice(context.basePath.length) : `/outside${path}`;
  const text = await readText(request);
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const recognized = context.description.recognize(method, new URL(url, context.url), body);
  const fault = recognized === null ? null : context.faults.next(recognized.operation);
  const note = (status: number | null): number =>
    context.seen.push({ operation: recognized?.operation ?? null, method, url, status });

  if (fault?.kind === 'silence') return void note(null);
  const answer = decide();
  note(answer.status);
  if (recognized !== null) {
    const { operation } = recognized;
    context.violations.push(...context.description.answerViolations(operation, answer.status, answer.body));
  }
  send(response, answer, fault?.kind === 'broken-off');

  function decide(): Answer {
    if (recognized === null) return reject([`${method} ${url}: not an operation that the fake knows`]);
    if (recognized.violations.length > 0) return reject(recognized.violations);
    if (request.headers['user-agent'] === undefined) return reject([`${method} ${url}: without a User-Agent`]);
    if (!/^(token|bearer) \S+$/i.test(request.headers.authorization ?? '')) return refusal(401, 'Bad credentials');
    const scripted = fault === null ? null : faultAnswer(fault);
    return scripted ?? answerRequest(context.store, recognized, body, context.url);
  }

  /** 400 is an answer that no client repeats; the test fails when it stops the fake. */
  function reject(problems: readonly string[]): Answer {
    context.violations.push(...problems);
    return refusal(400, 'Problems parsing JSON');
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer, breakOff: boolean): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  const type = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, { ...type, 'content-length': Buffer.byteLength(text), ...headers });
  if (!breakOff) return void response.end(text);
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
