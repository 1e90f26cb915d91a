import { counted as countedWhole, grouped as groupedWhole } from '../settings/wording';
import type { ReportGate } from './schema';

export { capitalized, listed } from '../settings/wording';

/** A number in its unit: `38.6 s`, `15 ms`, `100 %`, `1,200`. */
export function quantity(value: number, unit: ReportGate['unit']): string {
  if (unit === '%') return `${trimmed(value, 1)} %`;
  if (unit === 'count') return grouped(value);
  // 999.6 is a second, and not 1000 ms.
  if (Math.round(value) >= 1000) return `${trimmed(value / 1000, 1)} s`;
  return `${trimmed(value, value < 10 ? 1 : 0)} ms`;
}

/** `1200` → `1,200`. */
export function grouped(value: number): string {
  return groupedWhole(Math.round(value));
}

/** `1 request`, `1,200 requests`. */
export function counted(number: number, noun: string): string {
  return countedWhole(Math.round(number), noun);
}

/** How many of the claims about a cluster hold: `all 16 claims hold`, `7 of 8 claims hold`. */
export function claimWords(holding: number, all: number): string {
  if (all === 1) return holding === 1 ? 'its claim holds' : 'its claim does not hold';
  return `${holding === all ? `all ${grouped(all)}` : `${grouped(holding)} of ${grouped(all)}`} claims hold`;
}

/** What NGINX hid, in words: `no failed attempts`, `1 failed attempt`. */
export function hiddenWords(attempts: number): string {
  return attempts === 0 ? 'no failed attempts' : counted(attempts, 'failed attempt');
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
