import { repeatsPosts, type NginxModel } from '../cluster/nginx/model';
import { isOneForEachClient } from '../cluster/nginx/upstream';
import type { SlowPart } from '../traffic/traffic';

/** Slow requests that are under way on a replica at any time: few enough to burden no app, though another's come on top. */
const UNDER_WAY = 2;
const MOST_PER_SECOND = 2;
/** As many replicas share a client's requests, or more, unless each client has one of its own. */
const USUAL_REPLICAS = 3;
/** The part of all that the others have room for, when one is lost, that slow requests may take: users come as well. */
const PART_OF_ROOM = 0.5;
/** How late they ask the app to answer, in milliseconds. */
const USUAL_MS = 1_000;
/** Less where others have to wait behind them, or that wait would count as theirs. */
const BRIEF_MS = 300;
const FEW_WORKERS = 4;
/** Where NGINX cuts off what its old workers still have after a short while: longer than that. */
const LONG_MS = 2_000;
/** The part of the configuration's read time-out that a slow request may take, so that it is late and not lost. */
const PART_OF_READ_TIMEOUT = 0.4;
/** Together with what a fault adds to it; and what is left of it where that is nearly all. */
const PART_WITH_FAULT = 0.9;
const LEAST_PART = 0.05;

/** How many slow requests the replicas have room for. */
export interface SlowRoom {
  readonly replicas: number;
  /** That one replica works on at the same time. */
  readonly ofEach: number;
}

/**
 * The requests of a scenario that ask for a late answer, so that some are always under way; the more workers a replica has, the later.
 * Where NGINX repeats POSTs, all of them are POSTs: one has to be under way on a replica when it is lost, and what becomes of it becomes
 * of a GET.
 *
 * @param latenessMs how much later still a fault makes answers, in milliseconds.
 */
export function slowPartOf(nginx: NginxModel, { replicas, ofEach }: SlowRoom, latenessMs = 0): SlowPart {
  const longestMs = slowDelayMs(nginx, latenessMs);
  const delayMs = ofEach < FEW_WORKERS ? Math.min(longestMs, BRIEF_MS) : longestMs;
  const isOne = nginx.route !== null && isOneForEachClient(nginx.route.upstream.algorithm);
  const [sharing, left] = isOne ? [1, 1] : [USUAL_REPLICAS, Math.max(1, replicas - 1)];
  const underWay = Math.min(sharing * UNDER_WAY, PART_OF_ROOM * left * ofEach);
  const perSecond = Math.min(sharing * MOST_PER_SECOND, (underWay * 1_000) / delayMs);
  return repeatsPosts(nginx) ? { perSecond, delayMs, method: 'POST' } : { perSecond, delayMs };
}

/**
 * How late they ask the app to answer at the most, in milliseconds. A `worker_shutdown_timeout` below two seconds cuts off requests that take longer, so
 * they do then.
 */
export function slowDelayMs({ way, shutdownTimeoutMs }: NginxModel, latenessMs = 0): number {
  const shutdownMs = shutdownTimeoutMs.value;
  const wantedMs = shutdownMs > 0 && shutdownMs < LONG_MS ? LONG_MS : USUAL_MS;
  const readTimeoutMs = way?.readTimeoutMs.value ?? Infinity;
  const mostMs = Math.max(
    readTimeoutMs * LEAST_PART,
    Math.min(readTimeoutMs * PART_OF_READ_TIMEOUT, readTimeoutMs * PART_WITH_FAULT - latenessMs),
  );
  return Math.round(Math.min(wantedMs, mostMs));
}

/** How long traffic must run for slow requests to have come back, so that it is seen whether the app takes the time it is asked to. */
export function slowSeenMs({ delayMs, perSecond }: SlowPart): number {
  // Each stretch of the schedule has one, wherever in it.
  return delayMs + 2_000 / perSecond;
}
