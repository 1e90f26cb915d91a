/**
 * Who asks. NGINX and apps often refuse clients that do not say who they are (`if ($http_user_agent = "") { return 403; }`), as
 * browsers and HTTP libraries always do (RFC 9110, section 10.1.5).
 */
export const USER_AGENT = 'lb-cluster-action';

/** NGINX's address as its clients have it, when nobody gave them a name. */
export const CLIENT_HOST = '127.0.0.1';

/**
 * What a question of our own carries.
 *
 * @param host what the requests through NGINX ask for; null: NGINX's address. Some frameworks refuse hosts that nobody told them of, and would refuse a
 *   replica's address, which changes from run to run.
 */
export function questionHeaders(host: string | null): Readonly<Record<'host' | 'accept' | 'user-agent', string>> {
  return { host: host ?? CLIENT_HOST, accept: '*/*', 'user-agent': USER_AGENT };
}
