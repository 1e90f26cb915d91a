/**
 * Who asks. NGINX and apps often refuse clients that do not say who they are (`if ($http_user_agent = "") { return 403; }`), as
 * browsers and HTTP libraries always do (RFC 9110, section 10.1.5).
 */
const USER_AGENT = 'lb-cluster-action';

/** NGINX's address as its clients have it, when nobody gave them a name. */
export const CLIENT_HOST = '127.0.0.1';

/** How requests and questions present themselves. */
export interface Introduction {
  /** What they say that they ask for; null: NGINX's address on this machine. */
  readonly host: string | null;
  /** What they say besides: of their own, or in place of what they would say. */
  readonly requestHeaders: readonly (readonly [name: string, value: string])[];
}

/** For those that nobody else has a say in. */
export const PLAIN: Introduction = { host: null, requestHeaders: [] };

/** The headers that tell who asks, and what for: each name once, whatever its case. */
export function introducingHeaders({
  requestHeaders,
}: Pick<Introduction, 'requestHeaders'>): Introduction['requestHeaders'] {
  const usual: Introduction['requestHeaders'] = [
    ['User-Agent', USER_AGENT],
    ['Accept', '*/*'],
  ];
  const given = new Set(requestHeaders.map(([name]) => name.toLowerCase()));
  return [...usual.filter(([name]) => !given.has(name.toLowerCase())), ...requestHeaders];
}

/**
 * What a question of our own carries, with names in lower case. Some frameworks refuse hosts that nobody told them of, and would refuse a
 * replica's address, which changes from run to run: replicas, too, are asked for what the requests through NGINX ask for.
 */
export function questionHeaders(introduction: Introduction): Readonly<Record<string, string>> {
  const { host } = introduction;
  const others = introducingHeaders(introduction).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { host: host ?? CLIENT_HOST, ...Object.fromEntries(others) };
}
