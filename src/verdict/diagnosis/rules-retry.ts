import type { ScenarioEvidence } from '../../checks/evidence';
import { groupsAsked, repeatsPosts, wayOfPosts, type Way } from '../../cluster/nginx/model';
import { isNeverSetAside, MOST_FAILS } from '../../cluster/nginx/upstream';
import { clientError, isIdempotent, replicaAt } from '../../traffic/attribution';
import type { Attempt, Sample } from '../../traffic/sample';
import { excusesOf, isOnVictim } from '../excuses';
import { duplicated } from '../metrics-failover';
import { sinceFault } from '../soundness';
import { attemptsOnVictim } from '../victim-attempts';
import { CLOCK_STEP_MS } from './calm';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { brokenGates, errorGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { onSomeWay } from './ways';
import { withFailTimeout, withMaxFails } from './rules-upstream';
import { counted, grouped, inSeconds, listed } from './wording';
import { serversRewritten } from './written';

/** NGINX does not try another replica: `proxy_next_upstream` forbids it. */
export const nextUpstreamOff: Rule = (situation) => whereNotRetried(situation, forbidsRetry);

function forbidsRetry(situation: Case, { nextUpstream }: Way, notRetried: readonly FailedAttempt[]): Finding | null {
  const { value, spot } = nextUpstream;
  const forbidden = value.includes('off') || !value.includes('error') || !value.includes('timeout');
  // An answer is neither an error nor a time-out to NGINX: only `off` forbids what would have been done about it.
  const failed = notRetried.filter(({ attempt }) => value.includes('off') || attempt.headerMs === null);
  if (!forbidden || spot === null || failed.length === 0) return null;
  const kept = value.filter((word) => !['off', 'error', 'timeout', 'non_idempotent'].includes(word));
  const refused = situation.scenarios.some((scenario) => refusals(scenario).length > 0) ? [REFUSED] : [];
  const line = `proxy_next_upstream ${[...new Set(['error', 'timeout', ...kept, ...refused])].join(' ')};`;
  return {
    id: 'next-upstream-off',
    cause:
      `${placeName(situation, spot)} says \`proxy_next_upstream ${value.join(' ')}\`, so when a replica is gone NGINX ` +
      'hands the error to the client instead of asking the next replica.',
    evidence: failedText(failed),
    ...placed(situation, spot, { kind: 'replace', line: spot.line, lines: [line] }),
    fix: `Change it to \`${line}\`.${value.includes('off') ? ` ${NEVER_TWICE}` : ''}`,
  };
}

/** For whoever turned it off lest a POST be carried out twice (`ngx_http_upstream_test_next`, src/http/ngx_http_upstream.c). */
const NEVER_TWICE = 'A POST that a replica has got is not sent again by that: only `non_idempotent` would do so.';

/** NGINX may try once only. */
export const nextUpstreamTriesOne: Rule = (situation) => whereNotRetried(situation, allowsOneTry);

function allowsOneTry(situation: Case, { nextUpstreamTries }: Way, failed: readonly FailedAttempt[]): Finding | null {
  const { value, spot } = nextUpstreamTries;
  if (value !== 1 || spot === null || failed.length === 0) return null;
  const line = 'proxy_next_upstream_tries 2;';
  return {
    id: 'next-upstream-tries',
    cause: `${placeName(situation, spot)} allows one try in all, so NGINX never asks a second replica.`,
    evidence: failedText(failed),
    ...placed(situation, spot, { kind: 'replace', line: spot.line, lines: [line] }),
    fix: `Change it to \`${line}\` or more.`,
  };
}

/** A time-out on the first replica uses up the time that is allowed for a retry. */
export const nextUpstreamTimeoutShort: Rule = (situation) => whereNotRetried(situation, endsTriesEarly);

function endsTriesEarly(situation: Case, way: Way, notRetried: readonly FailedAttempt[]): Finding | null {
  const { value, spot } = way.nextUpstreamTimeoutMs;
  const longest = Math.max(way.connectTimeoutMs.value, way.readTimeoutMs.value);
  const failed = notRetried.filter(({ attempt }) => (attempt.responseMs ?? 0) >= value - CLOCK_STEP_MS);
  if (spot === null || value === 0 || value > longest || failed.length === 0) return null;
  const line = `proxy_next_upstream_timeout ${Math.ceil(longest / 1000) + 3}s;`;
  return {
    id: 'next-upstream-timeout',
    cause:
      `${placeName(situation, spot)} ends all tries after ${inSeconds(value)}, and a single one may take ${inSeconds(longest)}, so after ` +
      'a time-out there is no second one.',
    evidence: failedText(failed),
    ...placed(situation, spot, { kind: 'replace', line: spot.line, lines: [line] }),
    fix: `Change it to \`${line}\`: longer than connect and read time-out.`,
  };
}

type Finding = Omit<Diagnosis, 'gates'>;

/** Looks for one cause on each way that requests go, with what failed there. */
function whereNotRetried(
  situation: Case,
  find: (situation: Case, way: Way, notRetried: readonly FailedAttempt[]) => Finding | null,
): Diagnosis | null {
  const gates = errorGates(situation);
  if (gates.length === 0) return null;
  const failed = notRetried(situation);
  return onSomeWay(situation.nginx, ({ way, isFor }) => {
    const found = find(
      situation,
      way,
      failed.filter(({ sample }) => isFor(sample)),
    );
    return found === null ? null : { ...found, gates: metricsOf(gates) };
  });
}

/** A replica says that it cannot serve now, and NGINX passes that on. */
export const refusalNotRetried: Rule = (situation) => {
  const { way } = situation.nginx;
  const gates = errorGates(situation);
  const refused = situation.scenarios.flatMap(refusals);
  if (way === null || gates.length === 0 || refused.length === 0) return null;
  const { value, spot } = way.nextUpstream;
  if (value.includes('off') || value.includes(REFUSED)) return null;
  const at = spot ?? way.proxyPass;
  const line = `proxy_next_upstream ${[...value, REFUSED].join(' ')};`;
  return {
    id: 'refusal-not-retried',
    gates: metricsOf(gates),
    cause:
      `${placeName(situation, at)} ${spot === null ? 'leaves proxy_next_upstream at its default' : 'says `proxy_next_upstream'}` +
      `${spot === null ? ', `error timeout`' : ` ${value.join(' ')}\``}, so when a replica answers 503 ("not me, not now") NGINX ` +
      'hands that to the client, and goes on sending it its share.',
    evidence: `${counted(refused.length, 'GET')} got 503 while the others could have served, for example ${refused[0]?.id ?? ''}.`,
    ...placed(situation, at, { kind: spot === null ? 'insert-after' : 'replace', line: at.line, lines: [line] }),
    fix: spot === null ? `Add \`${line}\` beside the proxy_pass.` : `Change it to \`${line}\`.`,
  };
};

/** NGINX never leaves a failed replica alone, or not before so many requests have failed there that it comes to the same. */
export const maxFailsZero: Rule = (situation) => {
  const gates = brokenGates(situation, 'unsafe-errors', 'detect', 'retries', 'stall');
  const servers = groupsAsked(situation.nginx).flatMap(({ servers: all }) =>
    all.filter((server) => server.replica !== null && isNeverSetAside(server)),
  );
  const first = servers[0];
  const wasted = situation.scenarios.map(
    (scenario) => attemptsOnVictim(scenario).filter(({ failed }) => failed).length,
  );
  const most = Math.max(0, ...wasted);
  if (first === undefined || gates.length === 0 || most === 0) return null;
  const { maxFails } = first;
  const isMany = maxFails > MOST_FAILS;
  const wanted = [
    'max_fails=2',
    ...(servers.some(({ failTimeoutMs }) => failTimeoutMs === 0) ? ['fail_timeout=3s'] : []),
  ];
  return {
    id: isMany ? 'max-fails-many' : 'max-fails-zero',
    gates: metricsOf(gates),
    cause:
      `${placeName(situation, first.spot)} says max_fails=${maxFails}, so NGINX ` +
      `${isMany ? `leaves a failed replica alone only once ${grouped(maxFails)} requests have failed there` : 'never leaves a failed replica alone'}: ` +
      'every request whose turn it is there fails first, and one that must not be repeated is lost.',
    evidence: `${counted(most, 'attempt')} on the broken replica failed${wasted.filter((one) => one > 0).length > 1 ? ', in the worst of the scenarios' : ''}.`,
    ...placed(
      situation,
      first.spot,
      serversRewritten(situation, servers, (text) => setAsideIn(text)),
    ),
    fix: `Use ${listed(wanted.map((one) => `\`${one}\``))} on ${servers.length === 1 ? 'that server line' : 'every server line'}.`,
  };
};

/** A `server` line by which NGINX leaves a failed replica alone for some seconds. */
function setAsideIn(text: string): string {
  const counting = withMaxFails(text, 2);
  return /\bfail_timeout=0(?:ms|s|m|h|d)?(?=[\s;])/.test(counting) ? withFailTimeout(counting, 3) : counting;
}

/** NGINX repeats requests that must not be repeated. */
export const nonIdempotent: Rule = (situation) => {
  const way = wayOfPosts(situation.nginx);
  const gates = brokenGates(situation, 'duplicates');
  if (way === null || gates.length === 0 || !repeatsPosts(situation.nginx)) return null;
  const { value, spot } = way.nextUpstream;
  if (spot === null) return null;
  const twice = postsToMany(situation);
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

/** POSTs that more than one replica may have carried out. */
export function postsToMany({ scenarios }: Case): readonly Sample[] {
  return scenarios.flatMap((scenario) =>
    duplicated(
      scenario.samples.filter((sample) => !isIdempotent(sample)),
      scenario,
    ),
  );
}

interface FailedAttempt {
  readonly sample: Sample;
  readonly attempt: Attempt;
  readonly replica: string;
}

/** The status of a server that cannot serve now (RFC 9110, section 15.6.4), as proxy_next_upstream names it. */
const REFUSED = 'http_503';
export const REFUSAL = 503;

/** Idempotent requests that the victim answered 503, and NGINX passed on. */
function refusals(scenario: ScenarioEvidence): readonly Sample[] {
  return sinceFault(scenario).filter((sample) => {
    const last = sample.proxy?.attempts.at(-1);
    return (
      isIdempotent(sample) && last?.status === REFUSAL && last.headerMs !== null && isOnVictim(last.address, scenario)
    );
  });
}

/**
 * Requests that failed on the victim, and that NGINX might have tried on another replica. An `error_page` may have led them to the
 * victim once more.
 */
function notRetried(situation: Case): readonly FailedAttempt[] {
  return situation.scenarios.flatMap((scenario) => {
    const excuses = excusesOf(scenario, situation.nginx);
    return sinceFault(scenario).flatMap((sample) => {
      if (excuses.has(sample)) return [];
      const [attempt, ...others] = sample.proxy?.attempts ?? [];
      if (attempt === undefined || clientError(sample, scenario.replicas) === null) return [];
      const replica = replicaAt(attempt.address, scenario.replicas);
      if (others.some(({ address }) => replicaAt(address, scenario.replicas) !== replica)) return [];
      return replica !== null && replica === scenario.fault?.victim ? [{ sample, attempt, replica }] : [];
    });
  });
}

function failedText(failed: readonly FailedAttempt[]): string {
  const first = failed[0];
  const example =
    first === undefined ? '' : `, for example ${first.sample.method} ${first.sample.id} on ${first.replica}`;
  return `${counted(failed.length, 'request')} failed without a try on another replica${example}.`;
}
