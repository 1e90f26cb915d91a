import { escapeLogLine } from './log-text';
import { cutText } from './text-limit';

/** Why GitHub did not do what it was asked: the token may not, or something else is wrong. */
export interface Trouble {
  readonly kind: 'not-allowed' | 'failed';
  /** One sentence for the log. */
  readonly why: string;
}

/** What is read of an Octokit RequestError; `response` is missing when no answer came. */
interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly response: { readonly headers: Readonly<Record<string, unknown>> } | null;
}

/** How long to wait when a secondary limit does not say
 * (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api). */
const UNSAID_WAIT_SECONDS = 60;
const LONGEST_QUOTE_BYTES = 200;

/**
 * How long GitHub asks to wait, in seconds, when it refused because of too many requests; null when that was not the
 * reason. A secondary limit names itself in its message, or says `retry-after`; a used-up hourly quota has
 * `x-ratelimit-remaining: 0` and is infinite here: nobody waits for it.
 */
export function rateLimitWaitSeconds(error: unknown): number | null {
  const refusal = asRefusal(error);
  if (refusal === null || (refusal.status !== 403 && refusal.status !== 429)) return null;
  const headers = refusal.response?.headers ?? {};
  const asked = Number(headers['retry-after'] ?? Number.NaN);
  if (Number.isFinite(asked) && asked >= 0) return asked;
  if (headers['x-ratelimit-remaining'] === '0') return Number.POSITIVE_INFINITY;
  return refusal.status === 429 || /secondary rate limit/i.test(refusal.message) ? UNSAID_WAIT_SECONDS : null;
}

/** One sentence on what went wrong with the comment, whatever was thrown. It never holds the token. */
export function explainTrouble(error: unknown): Trouble {
  const refusal = asRefusal(error);
  if (refusal === null) return failed(`The comment could not be published: ${quote(messageOf(error))}`);
  if (refusal.response === null) return failed(`GitHub could not be reached: ${quote(networkReason(error))}`);
  if (rateLimitWaitSeconds(error) !== null) {
    return failed(`GitHub's rate limit kept the comment from being published (${refusal.status}).`);
  }
  if (refusal.status >= 500) return failed(`GitHub answered ${refusal.status} each time the comment was tried.`);
  return explainRefusal(refusal);
}

function explainRefusal({ status, message }: Refusal): Trouble {
  switch (status) {
    case 401:
      return notAllowed('GitHub does not accept the github-token (401), so there is no comment.');
    case 403:
      return notAllowed(
        'The token may not comment on this pull request (403): it needs the permission pull-requests: write, ' +
          `which runs for a fork's pull request never get. GitHub said: ${quote(message)}`,
      );
    case 404:
      return failed('GitHub found no such pull request, or the token may not see it (404), so there is no comment.');
    default:
      return failed(`GitHub refused the comment (${status}): ${quote(message)}`);
  }
}

function asRefusal(error: unknown): Refusal | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null;
  const response = 'response' in error ? error.response : null;
  const headers = isFields(response) && isFields(response['headers']) ? response['headers'] : null;
  return { status: error.status, message: error.message, response: headers === null ? null : { headers } };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The system's name for a network error (ECONNREFUSED) stands in the innermost cause; the messages around it say less. */
function networkReason(error: unknown): string {
  for (let at: unknown = error; isFields(at); at = at['cause']) {
    if (typeof at['code'] === 'string') return at['code'];
  }
  return messageOf(error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A message of someone else, short and on one line. */
function quote(message: string): string {
  return cutText(escapeLogLine(message.trim().split(/[\r\n]/)[0] ?? ''), LONGEST_QUOTE_BYTES);
}

function failed(why: string): Trouble {
  return { kind: 'failed', why };
}

function notAllowed(why: string): Trouble {
  return { kind: 'not-allowed', why };
}
