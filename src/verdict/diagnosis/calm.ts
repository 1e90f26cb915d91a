import type { ScenarioEvidence } from '../../checks/evidence';
import { nobodyLeftIn } from '../../cluster/nginx/upstream';
import { replicaAt, waitedMs } from '../../traffic/attribution';
import type { Attempt, Sample } from '../../traffic/sample';
import { beforeFault } from '../soundness';
import type { Case } from './diagnosis';
import { counted, listed } from './wording';

/** NGINX's clock moves once a turn of its event loop: its times may be this much short, in milliseconds. */
export const CLOCK_STEP_MS = 20;

/** A request together with the scenario that it belongs to. */
export interface Seen {
  readonly sample: Sample;
  readonly scenario: ScenarioEvidence;
}

/** One attempt of NGINX on a replica. */
export interface SeenAttempt extends Seen {
  readonly attempt: Attempt;
  readonly replica: string;
}

/** Requests that were done before anything was broken, replaced or burdened. */
export function calmRequests({ scenarios }: Case): readonly Seen[] {
  const calm = scenarios.filter(({ check }) => check !== 'limits');
  return calm.flatMap((scenario) => beforeFault(scenario).map((sample) => ({ sample, scenario })));
}

/** Every request of every scenario. */
export function allRequests({ scenarios }: Case): readonly Seen[] {
  return scenarios.flatMap(requestsOf);
}

/** Every request of one scenario. */
export function requestsOf(scenario: ScenarioEvidence): readonly Seen[] {
  return scenario.samples.map((sample) => ({ sample, scenario }));
}

/** The first of those whose client waited longest; null: there are none. */
export function longestWait<T extends { readonly sample: Sample }>(ones: readonly T[]): T | null {
  return ones.reduce<T | null>((a, b) => (a === null || waitedMs(b.sample) > waitedMs(a.sample) ? b : a), null);
}

/** A server error that the replica itself gave. */
export function isServerError({ status, headerMs }: Attempt): boolean {
  return (status ?? 0) >= 500 && headerMs !== null;
}

/** The attempts of requests on replicas, in the order of the requests. */
export function attemptsOf(requests: readonly Seen[]): readonly SeenAttempt[] {
  return requests.flatMap(({ sample, scenario }) =>
    (sample.proxy?.attempts ?? []).flatMap((attempt) => {
      const replica = replicaAt(attempt.address, scenario.replicas);
      return replica === null ? [] : [{ sample, scenario, attempt, replica }];
    }),
  );
}

/** What {@link nobodyLeftIn} says of the probed path's group; undefined also where there is none. */
export function nobodyLeft({ nginx: { route } }: Case): string | undefined {
  return route === null ? undefined : nobodyLeftIn(route.upstream);
}

/** Whether a request found no server left in the probed path's group. */
export function metNobody(situation: Case): (sample: Sample) => boolean {
  const group = nobodyLeft(situation);
  return ({ proxy }) => group !== undefined && proxy?.attempts.at(-1)?.address === group;
}

/** Whether NGINX answered without asking any server. */
export function answeredByNginx({ outcome, proxy }: Sample): boolean {
  return outcome.kind === 'answered' && proxy !== null && proxy.attempts.length === 0;
}

/**
 * Whether a request ended as it does where an NGINX worker may open no more connections: NGINX closes the client's connection at once, or,
 * where it has that one and lacks the one to the replica, answers 500.
 */
export function lackedConnection(sample: Sample): boolean {
  return (
    (sample.outcome.kind === 'transport' && sample.proxy === null) ||
    (answeredByNginx(sample) && outcomeText(sample) === '500')
  );
}

/** What the client got, in a word: `200`, `ECONNRESET`, `timeout`. */
export function outcomeText({ outcome }: Sample): string {
  if (outcome.kind === 'answered') return String(outcome.status);
  return outcome.kind === 'transport' || outcome.kind === 'not-sent' ? outcome.code : outcome.kind;
}

/** What clients got, each once: `400 and 403`. */
export function statusesText(ones: readonly { readonly sample: Sample }[]): string {
  return listed([...new Set(ones.map(({ sample }) => outcomeText(sample)))].sort());
}

/** How many attempts, and the first of them. */
export function attemptsText(attempts: readonly SeenAttempt[]): string {
  return `${counted(attempts.length, 'attempt')} (the first of ${attempts[0]?.sample.method ?? ''} ${attempts[0]?.sample.id ?? ''})`;
}
