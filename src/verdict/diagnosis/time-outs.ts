/** A time-out of NGINX as a fix suggests it. */
export interface TimeOut {
  readonly directive: string;
  readonly ms: number;
}

/*
 * The same as in the configuration that is generated (src/cluster/nginx/render.ts). Together they stay below the six seconds that
 * the standard gate on the longest wait allows: a replica that is gone costs one, one that hangs five.
 */
export const CONNECT_TIMEOUT: TimeOut = { directive: 'proxy_connect_timeout', ms: 1_000 };
export const READ_TIMEOUT: TimeOut = { directive: 'proxy_read_timeout', ms: 5_000 };
export const KEEPALIVE_MIN_TIMEOUT: TimeOut = { directive: 'keepalive_min_timeout', ms: 5_000 };

/** The directive as it is to be written: `proxy_connect_timeout 1s;`. */
export function timeOutLine({ directive, ms }: TimeOut): string {
  return `${directive} ${ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`};`;
}
