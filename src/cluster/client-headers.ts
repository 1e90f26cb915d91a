/**
 * Who asks. NGINX and apps often refuse clients that do not say who they are (`if ($http_user_agent = "") { return 403; }`), as
 * browsers and HTTP libraries always do (RFC 9110, section 10.1.5).
 */
export const USER_AGENT = 'lb-cluster-action';

/**
 * What is sent to a replica that is asked directly: the host of the traffic that comes through NGINX. Some frameworks refuse hosts that nobody
 * told them of, and would refuse an address that changes from run to run.
 */
export const PROBE_HEADERS = { host: '127.0.0.1', accept: '*/*', 'user-agent': USER_AGENT } as const;
