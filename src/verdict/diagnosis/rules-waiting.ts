import type { ScenarioEvidence } from '../../checks/evidence';
import type { Effective, Way } from '../../cluster/nginx/model';
import { clientError, waitedMs } from '../../traffic/attribution';
import type { Attempt, Sample } from '../../traffic/sample';
import { isOnVictim } from '../excuses';
import type { GateResult } from '../judgement';
import { sinceFault } from '../soundness';
import { lackedConnection, longestWait } from './calm';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { brokenGates, errorGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { CONNECT_TIMEOUT, READ_TIMEOUT, timeOutLine, type TimeOut } from './time-outs';
import { onSomeWay, type WayOfSome } from './ways';
import { counted, inSeconds, were } from './wording';

/** Gates that a wait breaks: a replica that hangs is noticed when the first of its requests has waited long enough. */
const WAITS: readonly string[] = ['stall', 'detect'];

/** What a slow attempt was stuck in. */
type Stuck = 'connecting' | 'answer';

interface SlowAttempt {
  readonly sample: Sample;
  readonly replica: string;
  readonly attempt: Attempt;
  readonly stuck: Stuck;
}

/** A client waited for NGINX to connect to a replica that is gone. */
export const connectTimeout: Rule = (situation) =>
  waiting(situation, 'connecting', {
    id: 'connect-timeout',
    suggestion: CONNECT_TIMEOUT,
    terms: (way) => way.connectTimeoutMs,
    story: 'A replica that is gone takes no connection, and NGINX waits for one',
  });

/** A client waited for the answer of a replica that took the connection and then said nothing. */
export const readTimeout: Rule = (situation) =>
  waiting(situation, 'answer', {
    id: 'read-timeout',
    suggestion: READ_TIMEOUT,
    terms: (way) => way.readTimeoutMs,
    story: 'A replica that hangs takes a request and does not answer, and NGINX waits for it',
  });

/** NGINX gives up on a replica that is only late. */
export const readTimeoutTight: Rule = (situation) => {
  const { way } = situation.nginx;
  const gates = errorGates(situation);
  const cut = situation.scenarios.filter(({ fault }) => fault?.name === 'slow').flatMap(cutOff);
  const spot = way?.readTimeoutMs.spot ?? null;
  if (way === null || spot === null || gates.length === 0 || cut.length === 0) return null;
  const line = timeOutLine(READ_TIMEOUT);
  return {
    id: 'read-timeout-tight',
    gates: metricsOf(gates),
    cause:
      `${placeName(situation, spot)} sets proxy_read_timeout to ${inSeconds(way.readTimeoutMs.value)}, so NGINX gives up on a ` +
      'replica that is only late, and a request that must not be repeated is lost.',
    evidence: `${counted(cut.length, 'request')} to a replica that was late ${were(cut.length)} cut off, for example ${cut[0]?.id ?? ''}.`,
    ...placed(situation, spot, { kind: 'replace', line: spot.line, lines: [line] }),
    fix: `Change it to \`${line}\`: longer than the slowest answer that a client should still get.`,
  };
};

/** Failed requests that the victim had got and not answered in time. */
function cutOff(scenario: ScenarioEvidence): readonly Sample[] {
  return sinceFault(scenario).filter((sample) => {
    const last = sample.proxy?.attempts.at(-1);
    const failed = clientError(sample, scenario.replicas) !== null;
    return failed && last?.headerMs === null && last.bytesSent > 0 && isOnVictim(last.address, scenario);
  });
}

interface Waiting {
  readonly id: string;
  readonly suggestion: TimeOut;
  readonly terms: (way: Way) => Effective<number>;
  readonly story: string;
}

function waiting(situation: Case, stuck: Stuck, kind: Waiting): Diagnosis | null {
  return onSomeWay(situation.nginx, (one) => waitingOn(one, situation, stuck, kind));
}

function waitingOn({ way, isFor }: WayOfSome, situation: Case, stuck: Stuck, kind: Waiting): Diagnosis | null {
  const gates = brokenGates(situation, ...WAITS);
  const found = gates.flatMap((gate) =>
    slowAttempts(situation, gate).filter((one) => one.stuck === stuck && isFor(one.sample)),
  );
  // Two gates may speak of one and the same request.
  const slow = [...new Map(found.map((one) => [one.sample.id, one])).values()];
  const worst = longestWait(slow);
  const suggestion = within(kind.suggestion, Math.min(...gates.map(({ allowed }) => allowed)));
  const terms = kind.terms(way);
  // Who set it as short as that waited for something else.
  if (worst === null || terms.value <= suggestion.ms) return null;
  const at = terms.spot ?? way.proxyPass;
  const line = timeOutLine(suggestion);
  const origin =
    terms.spot === null
      ? `${placeName(situation, way.location)} sets no ${suggestion.directive}, so NGINX's default of ${inSeconds(terms.value)} applies`
      : `${placeName(situation, terms.spot)} sets ${suggestion.directive} to ${inSeconds(terms.value)}`;
  return {
    id: kind.id,
    gates: metricsOf([...gates, ...aftermath(situation, slow)]),
    cause: `${kind.story}: ${origin}.`,
    evidence:
      `${counted(slow.length, 'request')} waited longer than the gate allows, ${slow.length === 1 ? '' : 'the longest '}${inSeconds(waitedMs(worst.sample))}: ` +
      `${worst.sample.method} ${worst.sample.id} on ${worst.replica}.`,
    ...placed(
      situation,
      at,
      terms.spot === null
        ? { kind: 'insert-after', line: at.line, lines: [line] }
        : { kind: 'replace', line: at.line, lines: [line] },
    ),
    fix:
      (terms.spot === null ? `Add \`${line}\` beside the proxy_pass.` : `Change it to \`${line}\`.`) +
      (suggestion.ms < kind.suggestion.ms ? TIGHT : stuck === 'answer' && terms.spot !== null ? ON_PURPOSE : '') +
      (stuck === 'answer' && takesUpgrades(way) ? WEB_SOCKETS : ''),
  };
}

/** What a gate that leaves less room than usual asks for. */
const TIGHT =
  ' The gate leaves no more time; where the slowest answer that a client should still get takes longer, raise the gate instead.';

/** What somebody wrote down may have its reason. */
const ON_PURPOSE =
  ' Where an answer is meant to take that long, give its path a location of its own, or raise the gate on waits (input gates).';

/** What a location for everything asks for: what is fine for a request is too short for a connection that both sides keep. */
const WEB_SOCKETS =
  ' WebSockets, which are handed on here as well and may be silent for longer, want a location of their own with the longer time-out.';

function takesUpgrades({ proxySetHeaders }: Way): boolean {
  return proxySetHeaders.some(({ name, value }) => name.toLowerCase() === 'upgrade' && value !== '');
}

/** A time-out that leaves the other half of what a client may wait, or a second of it, for a second try. */
function within({ directive, ms }: TimeOut, allowedMs: number): TimeOut {
  const roomMs = allowedMs < 2_000 ? allowedMs / 2 : allowedMs - 1_000;
  return { directive, ms: Math.max(1, Math.min(ms, Math.floor(roomMs))) };
}

/** With so many requests waiting at one time NGINX may have no connections left (512 a worker by default, two a request). */
const MANY = 200;

/**
 * Gates about what comes of such waits: clients gave up, or so many hung that NGINX closed connections, or answered 500, for
 * want of more; or the last ones outlast the fault.
 */
function aftermath(situation: Case, slow: readonly SlowAttempt[]): readonly GateResult[] {
  const gaveUp = slow.some(({ sample }) => sample.outcome.kind === 'timeout');
  const starved =
    slow.length >= MANY && situation.scenarios.some((scenario) => sinceFault(scenario).some(lackedConnection));
  return [...(gaveUp || starved ? errorGates(situation) : []), ...setAsideAgain(situation, slow)];
}

/** A wait that ends when the replica is mended already counts as its failure all the same, and sets it aside once more. */
function setAsideAgain(situation: Case, slow: readonly SlowAttempt[]): readonly GateResult[] {
  return brokenGates(situation, 'recover').filter(({ scenario }) => {
    const evidence = situation.scenarios.find(({ name }) => name === scenario);
    const healedAt = evidence?.fault?.healedAt ?? Infinity;
    return slow.some(({ sample }) => sample.doneAt > healedAt && evidence?.samples.includes(sample) === true);
  });
}

/** The attempts that requests spent most of their time on, on the victim, where they waited longer than the gate allows. */
function slowAttempts(situation: Case, gate: GateResult): readonly SlowAttempt[] {
  const isAbout = ({ name }: ScenarioEvidence): boolean =>
    name === gate.scenario || WAITS.some((ending) => gate.metric === `${name.split('.')[0] ?? ''}.${ending}`);
  return situation.scenarios.filter(isAbout).flatMap((evidence) =>
    sinceFault(evidence).flatMap((sample): readonly SlowAttempt[] => {
      // Who is mended answers as it always does.
      if (waitedMs(sample) < gate.allowed || sample.sentAt > (evidence.fault?.healedAt ?? Infinity)) return [];
      const attempt = slowest(sample, evidence);
      return attempt === null
        ? []
        : [{ sample, replica: evidence.fault?.victim ?? attempt.address, attempt, stuck: stuckIn(attempt) }];
    }),
  );
}

/** A connection that comes about at last, because the replica is mended meanwhile, was waited for all the same. */
function stuckIn({ bytesSent, connectMs, responseMs }: Attempt): Stuck {
  return bytesSent === 0 || (connectMs ?? 0) > (responseMs ?? 0) / 2 ? 'connecting' : 'answer';
}

function slowest(sample: Sample, scenario: ScenarioEvidence): Attempt | null {
  const longest = (sample.proxy?.attempts ?? []).reduce<Attempt | null>(
    (a, b) => (a === null || (b.responseMs ?? 0) > (a.responseMs ?? 0) ? b : a),
    null,
  );
  return isOnVictim(longest?.address, scenario) ? longest : null;
}
