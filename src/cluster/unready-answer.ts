import { quoted } from '../settings/wording';
import type { ProbeAnswer } from './readiness';

/** Statuses with which frameworks refuse a host that nobody told them of: Django 400, Rails 403 (`ActionDispatch::HostAuthorization`). */
const HOST_REFUSED: readonly number[] = [400, 403, 421];
/** Statuses for who has not said who they are (RFC 9110, sections 15.5.2 and 15.5.4). */
const SIGN_IN: readonly number[] = [401, 403];

/** How Node says that what came is no HTTP, or that the connection was closed in its place. */
const NO_HTTP = /Parse Error|socket hang up|ECONNRESET/;

/** What a replica's answer on the health path other than 2xx most often comes of, and which input helps; null: that does not show. */
export function adviceForAnswer(answer: ProbeAnswer): string | null {
  if (answer.kind === 'none') return NO_HTTP.test(answer.why) ? NO_HTTP_ADVICE : null;
  const { status, location } = answer;
  if (status >= 300 && status < 400) return redirectAdvice(location ?? '');
  const advice = [
    ...(HOST_REFUSED.includes(status)
      ? ['an app that knows its hosts refuses others: give it one (input host), or tell it of this one (input app-env)']
      : []),
    ...(SIGN_IN.includes(status)
      ? [
          'where it wants to know who asks, let requests say that (input request-headers), or give a path that is open (input health-path)',
        ]
      : []),
    ...(status === 404 ? ['give a path that it serves (input health-path)'] : []),
  ];
  return advice.length === 0 ? null : advice.join('; ');
}

function redirectAdvice(location: string): string {
  return /^https:/i.test(location)
    ? 'it sends on to HTTPS whoever comes without: let requests say, as a proxy in front does, that they came by it (input request-headers: `X-Forwarded-Proto: https`)'
    : `it sends whoever asks on to ${quoted(location)}: give a path that it answers itself (input health-path)`;
}

const NO_HTTP_ADVICE =
  'it takes connections, and answers none in HTTP, which is all that is spoken here: FastCGI (php-fpm), uWSGI’s own protocol and gRPC are not; let it ' +
  'serve HTTP on this port (uWSGI: `http-socket`; PHP: a web server in the same image)';
