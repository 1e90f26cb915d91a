import { createApi, type ApiOptions } from '../../../src/github/api';
import { publishComment, type CommentOutcome, type CommentRequest } from '../../../src/github/comment';
import { createMarker, formatMarker } from '../../../src/github/comment-marker';
import type { GithubApi } from './github-api';

/** Waiting is switched off: a second lasts no time. */
export const IMPATIENT: Partial<ApiOptions> = { secondMs: 0 };

/** Publishes an ordinary report to the fake; `change` says what is not ordinary. */
export async function publishTo(
  github: GithubApi,
  change: Partial<CommentRequest> = {},
  options = IMPATIENT,
): Promise<CommentOutcome> {
  return publishComment({
    api: () => createApi('a-token', github.url, options),
    repository: { owner: 'octo-org', repo: 'shop' },
    pullRequest: 7,
    key: 'ci/gate',
    mode: 'always',
    body: ['**pass**', 'table'],
    digest: 'all pass',
    runUrl: 'https://github.example/octo-org/shop/actions/runs/42',
    failing: false,
    ...change,
  });
}

/** A body that carries our marker, as an earlier run would have written it. */
export function marked(text: string, key = 'ci/gate', digest = 'all pass'): string {
  return `${formatMarker(createMarker(key, digest))}\n${text}`;
}
