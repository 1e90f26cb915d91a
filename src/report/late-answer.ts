import { quantity } from './quantities';

/** What is said of a request that asked the app for a late answer, behind its method and connection; milliseconds. */
export function lateAnswer(askedMs: number): string {
  return askedMs > 0 ? `, asks for ${quantity(askedMs, 'ms')}` : '';
}

/** Why such a request may have waited for less than its attempts took. */
export const LATE_ANSWERS =
  'A slow request asks the app for a late answer, so that it is under way when something breaks: what it got of that is not part of its wait.';
