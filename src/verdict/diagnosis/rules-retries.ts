import type { ScenarioEvidence } from '../../checks/evidence';
import { groupsAsked, type UpstreamModel, type UpstreamServer } from '../../cluster/nginx/model';
import { isAskedEachSecond, isNeverSetAside } from '../../cluster/nginx/upstream';
import type { GateResult } from '../judgement';
import { attemptsOnVictim, type VictimAttempt } from '../victim-attempts';
import { CLOCK_STEP_MS } from './calm';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import type { Change } from './diff';
import { placed, placeName } from './place';
import { withFailTimeout, withMaxFails } from './rules-upstream';
import { timeOutLine, type TimeOut } from './time-outs';
import { capitalized, counted, inSeconds, under, were } from './wording';
import { serversRewritten } from './written';

/** NGINX's default (`ngx_http_upstream_server`, src/http/ngx_http_upstream.c), and longer than a fault is kept up for a shorter one. */
const USUAL_ASIDE_SECONDS = 10;
/** A time-out that is shorter than this notices at once, in milliseconds. */
const AT_ONCE_MS = 100;
/** Shorter than this a time-out fails what is only slow, in milliseconds: a connection inside a machine, an answer of an app. */
const LEAST_MS = { proxy_connect_timeout: 100, proxy_read_timeout: 1_000 } as const;
/** What is left of a number, or a time-out, that just suffices. */
const MARGIN = 0.7;

/** Retries that the loss of a replica cost, by what they are due to. */
interface Shares {
  /** NGINX had made them before the first of them failed. */
  readonly waiting: readonly VictimAttempt[];
  /** Not enough had failed (`max_fails`). */
  readonly counting: readonly VictimAttempt[];
  /** The time for which it had left the replica alone was over (`fail_timeout`). */
  readonly again: readonly VictimAttempt[];
}

/** What is known of the retries that break a gate. */
interface Retries {
  readonly situation: Case;
  readonly shares: Shares;
  /** As many as the gate allows. */
  readonly most: number;
  readonly upstream: UpstreamModel;
  /** The victim's own line. */
  readonly server: UpstreamServer;
  readonly isShared: boolean;
}

type Finding = Omit<Diagnosis, 'gates' | 'evidence'>;

/** NGINX takes long to notice that a replica is lost, to leave it alone, or asks it again soon: each time costs a retry. */
export const retriesOften: Rule = (situation) => {
  const gates = brokenGates(situation, 'retries').toSorted((one, other) => (other.observed ?? 0) - (one.observed ?? 0));
  const [gate] = gates;
  const scenario = situation.scenarios.find(({ name }) => name === gate?.scenario);
  const upstream = groupsAsked(situation.nginx).find(({ servers }) => servers.some((one) => isOf(one, scenario)));
  const server = upstream?.servers.find((one) => isOf(one, scenario));
  if (gate === undefined || scenario === undefined || upstream === undefined || server === undefined) return null;
  if (isNeverSetAside(server)) return null;
  const isShared = upstream.zone.value || situation.nginx.workers === 1;
  const shares = sharesOf(attemptsOnVictim(scenario), server.maxFails, isShared);
  const { waiting, counting, again } = shares;
  const sum = waiting.length + counting.length + again.length;
  // Most of them were made for another reason.
  if (sum === 0 || 2 * sum < (gate.observed ?? 0)) return null;
  const known = { situation, shares, most: mostOf(gate), upstream, server, isShared };
  return {
    ...causeOf(known),
    gates: metricsOf(gates),
    evidence:
      `${capitalized(under(scenario.name))} ${counted(sum, 'attempt')} on ${server.replica ?? ''} failed and ${were(sum)} made again elsewhere: ` +
      `${waiting.length} before NGINX knew of the loss, ${counting.length} until it left the replica alone, ${again.length} when it asked it again.`,
  };
};

function isOf({ replica }: UpstreamServer, scenario: ScenarioEvidence | undefined): boolean {
  return replica !== null && replica === scenario?.fault?.victim;
}

function mostOf({ operator, allowed }: GateResult): number {
  return Math.max(0, operator === '<' ? Math.ceil(allowed) - 1 : Math.floor(allowed));
}

/** Workers that share no state find out each by itself. */
function sharesOf(attempts: readonly VictimAttempt[], maxFails: number, isShared: boolean): Shares {
  const shares: Record<keyof Shares, VictimAttempt[]> = { waiting: [], counting: [], again: [] };
  const groups = Map.groupBy(attempts, ({ worker }) => (isShared ? 0 : worker));
  for (const group of groups.values()) {
    const failed = group.filter((one) => one.failed).toSorted((one, other) => one.endedAt - other.endedAt);
    const knownAt = failed[0]?.endedAt ?? Infinity;
    const asideAt = failed[maxFails - 1]?.endedAt ?? Infinity;
    for (const one of failed.filter(({ last }) => !last)) {
      const share = one.beganAt <= knownAt ? 'waiting' : one.beganAt <= asideAt ? 'counting' : 'again';
      shares[share].push(one);
    }
  }
  return shares;
}

function causeOf(known: Retries): Finding {
  const { waiting, counting, again } = known.shares;
  const largest = Math.max(waiting.length, counting.length, again.length);
  if (counting.length === largest) return leftAloneLate(known);
  if (again.length === largest) return askedAgainSoon(known) ?? unavoidable(known);
  return noticedLate(known) ?? unavoidable(known);
}

function leftAloneLate({ situation, shares, most, upstream, server, isShared }: Retries): Finding {
  // Those that were under way when the last one failed come on top.
  const overlap = Math.max(0, shares.waiting.length + shares.counting.length - server.maxFails);
  const room = Math.floor(MARGIN * (most - overlap - shares.again.length));
  const fewer = Math.max(1, Math.min(server.maxFails - 1, room));
  const servers = upstream.servers.filter(({ maxFails }) => maxFails > fewer);
  const parameter = `max_fails=${fewer}`;
  return {
    id: 'max-fails-many',
    cause:
      `${placeName(situation, server.spot)} says max_fails=${server.maxFails}, so NGINX leaves a lost replica alone only after that many attempts ` +
      `have failed there${isShared ? '' : ', in each of its workers'}: each is a retry.`,
    ...placed(
      situation,
      server.spot,
      serversRewritten(situation, servers, (text) => withMaxFails(text, fewer)),
    ),
    fix: `Use \`${parameter}\` on every server line, or allow more in the gate.`,
  };
}

function askedAgainSoon({ situation, upstream, server, isShared }: Retries): Finding | null {
  const isShort = ({ failTimeoutMs }: UpstreamServer): boolean => failTimeoutMs < USUAL_ASIDE_SECONDS * 1_000;
  if (!isShort(server)) return null;
  return {
    id: 'fail-timeout-short',
    cause:
      `${placeName(situation, server.spot)} has NGINX leave a failed replica alone for ${asideWords(server)}, and ` +
      `then ask it again${isShared ? '' : ', in each of its workers'}, by a request of a client: each that fails is a retry.`,
    ...placed(
      situation,
      server.spot,
      serversRewritten(situation, upstream.servers.filter(isShort), (text) =>
        withFailTimeout(text, USUAL_ASIDE_SECONDS),
      ),
    ),
    fix:
      `Use \`fail_timeout=${USUAL_ASIDE_SECONDS}s\` on every server line: a replica that is back waits as long for its share, though. Or allow more in ` +
      'the gate.',
  };
}

/** Zero is no "never": NGINX counts whole seconds, and that of the failure is not over. */
function asideWords(server: UpstreamServer): string {
  return isAskedEachSecond(server)
    ? 'the rest of that second (fail_timeout=0)'
    : `${inSeconds(server.failTimeoutMs)} (fail_timeout)`;
}

/** With `fail_timeout=0` there is no end to the first attempts on a lost replica. */
export const askedEachSecond: Rule = (situation) => {
  const gates = brokenGates(situation, 'detect');
  const scenario = situation.scenarios.find(({ name }) => name === gates[0]?.scenario);
  const upstream = groupsAsked(situation.nginx).find(({ servers }) => servers.some((one) => isOf(one, scenario)));
  const server = upstream?.servers.find((one) => isOf(one, scenario));
  if (gates.length === 0 || scenario === undefined || upstream === undefined || server === undefined) return null;
  if (!isAskedEachSecond(server)) return null;
  return {
    id: 'fail-timeout-short',
    gates: metricsOf(gates),
    cause:
      `${placeName(situation, server.spot)} has NGINX leave a failed replica alone for ${asideWords(server)}, and then ask it again: each ` +
      'second a request of a client goes there first.',
    evidence: `${capitalized(under(scenario.name))}, ${counted(attemptsOnVictim(scenario).filter(({ failed }) => failed).length, 'attempt')} on ${server.replica ?? ''} failed.`,
    ...placed(
      situation,
      server.spot,
      serversRewritten(situation, upstream.servers.filter(isAskedEachSecond), (text) =>
        withFailTimeout(text, USUAL_ASIDE_SECONDS),
      ),
    ),
    fix: `Use \`fail_timeout=${USUAL_ASIDE_SECONDS}s\` on every server line.`,
  };
};

/** null: it is noticed at once, or by no time-out. */
function noticedLate({ situation, shares, most }: Retries): Finding | null {
  const { way } = situation.nginx;
  if (way === null) return null;
  const sent = shares.waiting.filter((one) => one.sent);
  const isSent = 2 * sent.length > shares.waiting.length;
  const directive = isSent ? 'proxy_read_timeout' : 'proxy_connect_timeout';
  const { value, spot } = isSent ? way.readTimeoutMs : way.connectTimeoutMs;
  const timedOut = shares.waiting.filter(
    (one) => one.sent === isSent && one.endedAt - one.beganAt >= value - CLOCK_STEP_MS,
  );
  if (value < AT_ONCE_MS || 2 * timedOut.length < shares.waiting.length) return null;
  const room = most - shares.counting.length - shares.again.length;
  const ms = Math.floor((MARGIN * value * Math.max(0, room)) / shares.waiting.length / 50) * 50;
  const line = timeOutLine({ directive, ms } satisfies TimeOut);
  const at = spot ?? way.proxyPass;
  const isEnough = ms >= LEAST_MS[directive];
  const change: Change = { kind: spot === null ? 'insert-after' : 'replace', line: at.line, lines: [line] };
  return {
    id: isSent ? 'read-timeout' : 'connect-timeout',
    cause:
      `A request that NGINX sends to a lost replica waits for ${inSeconds(value)} (${directive}, ` +
      `${spot === null ? 'by default' : placeName(situation, spot)}), and until the first of them has failed NGINX sends more there: each is a ` +
      'retry then.',
    ...placed(situation, at, isEnough ? change : null),
    fix: isEnough
      ? `${spot === null ? 'Add' : 'Change it to'} \`${line}\`, or allow more in the gate: as many as the replica gets in that time.`
      : 'Allow more in the gate: as many as the replica gets in that time, and no time-out that is short enough leaves a slow one time.',
  };
}

/** That a replica is lost NGINX learns by requests that fail there, and by nothing else. */
function unavoidable({ situation, shares, server, isShared }: Retries): Finding {
  const sum = shares.waiting.length + shares.counting.length + shares.again.length;
  return {
    id: 'retries-unavoidable',
    cause:
      `The gate allows fewer retries than it takes NGINX to notice that a replica is lost: it learns that by requests that fail there, ` +
      `${counted(server.maxFails, 'request')}${isShared ? '' : ' for each of its workers'} at first (max_fails, ` +
      `${placeName(situation, server.spot)}) and one more each time that fail_timeout is over.`,
    ...placed(situation, server.spot, null),
    fix: `Allow for them in the gate; here it took ${sum}.`,
  };
}
