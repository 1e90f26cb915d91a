export { capitalized, counted, grouped, listed } from '../../settings/wording';

/** The verb that goes with a number of things: `1 request was`, `2 requests were`. */
export function were(number: number): string {
  return number === 1 ? 'was' : 'were';
}

/** In which scenario, in words: `in rotation`, `under crash`, `during the rolling update`. */
export function under(scenario: string): string {
  if (scenario === 'rollout') return 'during the rolling update';
  const [check, fault] = scenario.split('.');
  return fault === undefined ? `in ${check ?? scenario}` : `under ${fault}`;
}

/** Milliseconds in seconds: `38.6 s`, `60 s`. */
export function inSeconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}

/** Milliseconds as a reader wants them: `14 ms`, `1.5 s`. */
export function duration(ms: number): string {
  return Math.round(ms) < 1_000 ? `${Math.round(ms)} ms` : inSeconds(ms);
}

/** What servers call the time for which they keep an idle connection. */
export const KEEP_ALIVE_SETTINGS =
  'Node: `server.keepAliveTimeout`; gunicorn: `--keep-alive`; uvicorn: `--timeout-keep-alive`; Apache: `KeepAliveTimeout`; Tomcat: `keepAliveTimeout`';
