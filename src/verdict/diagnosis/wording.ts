export { counted, listed } from '../../settings/wording';

/** The verb that goes with a number of things: `1 request was`, `2 requests were`. */
export function were(number: number): string {
  return number === 1 ? 'was' : 'were';
}

/** Milliseconds in seconds: `38.6 s`, `60 s`. */
export function inSeconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}

/** What servers call the time for which they keep an idle connection. */
export const KEEP_ALIVE_SETTINGS =
  'Node: `server.keepAliveTimeout`; gunicorn: `--keep-alive`; uvicorn: `--timeout-keep-alive`; Apache: `KeepAliveTimeout`; Tomcat: `keepAliveTimeout`';
