import { clientError, replicaAt } from '../../traffic/attribution';
import type { ReplicaPlace } from '../../traffic/attribution';
import type { Sample } from '../../traffic/sample';
import { duplicated } from '../metrics-failover';
import { sinceFault } from '../soundness';
import type { Case, Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { counted } from './wording';

/** NGINX does not try another replica: `proxy_next_upstream` forbids it. */
export const nextUpstreamOff: Rule = (situation) => {
  const { route } = situation.nginx;
  const gates = brokenGates(situation, 'errors', 'unsafe-errors').filter((gate) => gate.metric !== 'baseline.errors');
  const failed = notRetried(situation);
  if (route === null || gates.length === 0 || failed.length === 0) return null;
  const { value, spot } = route.nextUpstream;
  const forbidden = value.includes('off') || !value.includes('error') || !value.includes('timeout');
  if (!forbidden || spot === null) return null;
  const kept = value.filter((word) => !['off', 'error', 'timeout', 'non_idempotent'].includes(word));
  const line = `proxy_next_upstream ${['error', 'timeout', ...kept].join(' ')};`;
  return {
    id: 'next-upstream-off',
    gates: metricsOf(gates),
    cause:
      `${placeName(situation, spot)} says \`proxy_next_upstream ${value.join(' ')}\`, so when a replica is gone NGINX ` +
      'hands the error to the client instead of asking the next replica.',
    evidence: failedText(failed),
    ...placed(situation, spot, { kind: 'replace', line: spot.line, lines: [line] }),
    fix: `Change it to \`${line}\`, which is NGINX's default.`,
  };
};

/** NGINX may try once only. */
export const nextUpstreamTriesOne: Rule = (situation) => {
  const { route } = situation.nginx;
  const gates = brokenGates(situation, 'errors', 'unsafe-errors').filter((gate) => gate.metric !== 'baseline.errors');
  const failed = notRetried(situation);
  if (route === null || gates.length === 0 || failed.length === 0) return null;
  const { value, spot } = route.nextUpstreamTries;
  if (value !== 1 || spot === null) return null;
  const line = 'proxy_next_upstream_tries 2;';
  return {
    id: 'next-upstream-tries',
    gates: metricsOf(gates),
    cause: `${placeName(situation, spot)} allows one try in all, so NGINX never asks a second replica.`,
    evidence: failedText(failed),
    ...placed(situation, spot, { kind: 'replace', line: spot.line, lines: [line] }),
    fix: `Change it to \`${line}\` or more.`,
  };
};

/** A time-out on the first replica uses up the time that is allowed for a retry. */
export const nextUpstreamTimeoutShort: Rule = (situation) => {
  const { route } = situation.nginx;
  const gates = brokenGates(situation, 'errors', 'unsafe-errors').filter((gate) => gate.metric !== 'baseline.errors');
  const failed = notRetried(situation);
  if (route === null || gates.length === 0 || failed.length === 0) return null;
  const { value, spot } = route.nextUpstreamTimeoutMs;
  const longest = Math.max(route.connectTimeoutMs.value, route.readTimeoutMs.value);
  if (spot === null || value === 0 || value > longest) return null;
  const line = `proxy_next_upstream_timeout ${Math.ceil(longest / 1000) + 3}s;`;
  return {
    id: 'next-upstream-timeout',
    gates: metricsOf(gates),
    cause:
      `${placeName(situation, spot)} ends all tries after ${value} ms, and a single try may take ${longest} ms, so after ` +
      'a time-out there is no second one.',
    evidence: failedText(failed),
    ...placed(situation, spot, { kind: 'replace', line: spot.line, lines: [line] }),
    fix: `Change it to \`${line}\`: longer than connect and read time-out.`,
  };
};

/** NGINX repeats requests that must not be repeated. */
export const nonIdempotent: Rule = (situation) => {
  const { route } = situation.nginx;
  const gates = brokenGates(situation, 'duplicates');
  if (route === null || gates.length === 0) return null;
  const { value, spot } = route.nextUpstream;
  if (!value.includes('non_idempotent') || spot === null) return null;
  const twice = situation.scenarios.flatMap((scenario) => duplicated(scenario.samples, scenario));
  const line = `proxy_next_upstream ${value.filter((word) => word !== 'non_idempotent').join(' ')};`;
  return {
    id: 'non-idempotent',
    gates: metricsOf(gates),
    cause: `${placeName(situation, spot)} says \`non_idempotent\`, so NGINX sends a POST again that a replica may have carried out.`,
    evidence: `${counted(twice.length, 'POST')} went to more than one replica, for example ${twice[0]?.id ?? 'none'}.`,
    ...placed(situation, spot, { kind: 'replace', line: spot.line, lines: [line] }),
    fix: `Change it to \`${line}\`.`,
  };
};

interface FailedAttempt {
  readonly sample: Sample;
  readonly replica: string;
}

/** Requests that failed on one attempt, on the victim. */
function notRetried(situation: Case): readonly FailedAttempt[] {
  return situation.scenarios.flatMap((scenario) =>
    sinceFault(scenario).flatMap((sample) => {
      const attempts = sample.proxy?.attempts ?? [];
      const replica = attempts.length === 1 ? replicaOf(attempts[0]?.address, scenario.replicas) : null;
      const failed = clientError(sample, scenario.replicas) !== null;
      return failed && replica !== null && replica === scenario.fault?.victim ? [{ sample, replica }] : [];
    }),
  );
}

function replicaOf(address: string | undefined, replicas: readonly ReplicaPlace[]): string | null {
  return address === undefined ? null : replicaAt(address, replicas);
}

function failedText(failed: readonly FailedAttempt[]): string {
  const first = failed[0];
  const example =
    first === undefined ? '' : `, for example ${first.sample.method} ${first.sample.id} on ${first.replica}`;
  return `${counted(failed.length, 'request')} failed after a single attempt${example}.`;
}
