const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `step` as in `ngx_parse_time`: a unit may only follow one of a lower step. A blank after digits means seconds. */
const TIME_UNITS: Readonly<Record<string, { readonly step: number; readonly ms: number }>> = {
  y: { step: 1, ms: 365 * DAY },
  M: { step: 2, ms: 30 * DAY },
  w: { step: 3, ms: 7 * DAY },
  d: { step: 4, ms: DAY },
  h: { step: 5, ms: HOUR },
  m: { step: 6, ms: MINUTE },
  s: { step: 7, ms: SECOND },
  ms: { step: 8, ms: 1 },
  ' ': { step: 9, ms: SECOND },
};
const MONTH_STEP = 2;
const SECOND_STEP = 7;

/** What NGINX keeps a time in: time-outs in milliseconds, `fail_timeout` and its like in seconds. */
export type TimeGrain = 'milliseconds' | 'seconds';

/**
 * A time as NGINX writes it (`60`, `60s`, `1m30s`, `1m 30s`, `500ms`, `1d`) in milliseconds; a number without a unit is
 * in seconds. null: not a time. The rules of `ngx_parse_time` in NGINX's src/core/ngx_parse.c: units go from large to
 * small, each once; `ms` needs a grain of milliseconds, `y` and `M` one of seconds.
 */
export function parseTime(text: string, grain: TimeGrain = 'milliseconds'): number | null {
  const last = /^(?:.*\D)?(\d*)$/s.exec(text)?.[1] ?? '';
  const united = text.slice(0, text.length - last.length);
  let step = grain === 'seconds' ? 0 : MONTH_STEP;
  let total = Number(last) * SECOND;
  let read = 0;
  for (const [part, digits = '', suffix = ''] of united.matchAll(/(\d*)(ms|[yMwdhms ]) */g)) {
    const unit = TIME_UNITS[suffix];
    if (unit === undefined || (suffix === 'ms' && grain === 'seconds')) return null;
    if (step >= (suffix === ' ' ? SECOND_STEP : unit.step)) return null;
    step = unit.step;
    total += Number(digits) * unit.ms;
    read += part.length;
  }
  return read === united.length && /\d/.test(text) && Number.isSafeInteger(total) ? total : null;
}

/** A plain count, digits only (`ngx_atoi` in src/core/ngx_string.c); null: not one. */
export function parseCount(text: string): number | null {
  if (!/^\d+$/.test(text)) return null;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : null;
}

/** Since this version `keepalive_min_timeout` makes a worker that shuts down wait for its clients' next requests. */
export const KEEPALIVE_MIN_TIMEOUT_SINCE = '1.27.4';
const KEEPALIVE_BY_DEFAULT_SINCE = '1.29.7';

/** Whether `version` (`1.27.4`, as `nginx -v` names it) is `other` or later; a version that is none is not. */
export function isVersionAtLeast(version: string, other: string): boolean {
  const [left, right] = [versionParts(version), versionParts(other)];
  if (left === null || right === null) return false;
  const differing = left.findIndex((part, index) => part !== right[index]);
  return differing === -1 || (left[differing] ?? 0) > (right[differing] ?? 0);
}

/**
 * Whether NGINX speaks HTTP/1.1 to upstreams, and keeps connections to those of named groups, unless told otherwise. A version that is not known
 * is taken for an older one.
 */
export function keepsByDefault(version: string | null | undefined): boolean {
  return version != null && isVersionAtLeast(version, KEEPALIVE_BY_DEFAULT_SINCE);
}

function versionParts(version: string): readonly number[] | null {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match === null ? null : match.slice(1).map(Number);
}
