import { IDLE_PROBE, LENGTH_PROBE } from '../../checks/evidence';
import { failedProbes } from '../metrics-findings';
import type { Case, Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import type { Change } from './diff';
import { NOWHERE, placed, placeName } from './place';
import { timeOutLine } from './time-outs';
import { inSeconds, KEEP_ALIVE_SETTINGS } from './wording';
import { replacedBy, writtenDirectives } from './written';

/** Of the app's time, what NGINX may keep a connection for: the rest is for the way of its closing to NGINX. */
const PART = 0.75;
const LEAST_MS = 100;

/** The app closes idle connections that NGINX still keeps, though no request of this run was sent on one just then. */
export const closesEarly: Rule = (situation) => {
  const gates = brokenGates(situation, 'closed');
  const [probe] = situation.scenarios.flatMap(failedProbes).filter(({ id }) => id === IDLE_PROBE);
  const upstream = situation.nginx.route?.upstream;
  if (gates.length === 0 || probe === undefined || upstream === undefined) return null;
  const { keepalive, keepaliveTimeoutMs } = upstream;
  const spot = keepaliveTimeoutMs.spot ?? keepalive.spot ?? upstream.servers[0]?.spot ?? upstream.spot;
  const line = timeOutLine({ directive: 'keepalive_timeout', ms: shorterThan(probe.afterMs ?? 0) });
  return {
    id: 'keepalive-race',
    gates: metricsOf(gates),
    cause:
      `NGINX keeps an idle connection to a replica for ${inSeconds(keepaliveTimeoutMs.value)} (${placeName(situation, spot)}), and the app closes it ` +
      'before: a request that NGINX sends on it just then is lost, and a POST is not tried again.',
    evidence: `An idle connection to ${probe.subject}: ${probe.seen}. No request of this run was sent at such a moment.`,
    ...placed(situation, spot, changeOf(situation, spot.line, line)),
    fix: `Let the app keep idle connections for longer than NGINX does (${KEEP_ALIVE_SETTINGS}), or let NGINX keep them for less: \`${line}\` in upstream ${upstream.name}.`,
  };
};

/** The app sends more than it announces. */
export const lengthTooShort: Rule = (situation) => {
  const gates = brokenGates(situation, 'cut');
  const [probe] = situation.scenarios.flatMap(failedProbes).filter(({ id }) => id === LENGTH_PROBE);
  if (gates.length === 0 || probe === undefined) return null;
  return {
    id: 'content-length-short',
    gates: metricsOf(gates),
    cause:
      'The app announces fewer bytes than it sends (Content-Length), so NGINX, as every client, cuts its answers off where they say that they end, and nobody is ' +
      'told of it. Often characters were counted in the place of bytes, or the body was changed after it had been counted.',
    evidence: `${probe.subject}, asked directly: ${probe.seen}.`,
    ...NOWHERE,
    fix: 'Let the server or the framework set Content-Length, or count the bytes that are really sent.',
  };
};

/** In milliseconds; whole seconds where there are any, and else twentieths of one. */
function shorterThan(afterMs: number): number {
  const ms = Math.max(LEAST_MS, PART * afterMs);
  const step = ms < 1_000 ? 50 : 1_000;
  return step * Math.floor(ms / step);
}

/** The time that is set there is changed, or else set before what stands there: `keepalive`, or the first server. */
function changeOf(situation: Case, at: number, line: string): Change {
  const set = writtenDirectives(situation).find(
    (one) => one.name === 'keepalive_timeout' && one.line === at && one.block === null,
  );
  return set === undefined ? { kind: 'insert-before', line: at, lines: [line] } : replacedBy(set, line);
}
