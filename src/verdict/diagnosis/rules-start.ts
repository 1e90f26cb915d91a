import { ENDING_FAULTS } from '../../checks/evidence';
import { clientError } from '../../traffic/attribution';
import { silenceBoundMs } from '../metrics-early';
import { attemptsWhileMended } from '../victim-attempts';
import { attemptsText, outcomeText } from './calm';
import type { Diagnosis, Rule } from './diagnosis';
import { brokenGates, errorGates, metricsOf } from './diagnosis';
import { lastWordsOf } from './last-words';
import { NOWHERE } from './place';
import { staysOf } from './stays';
import { counted, inSeconds } from './wording';

const LISTENS_TOO_SOON: Omit<Diagnosis, 'gates' | 'evidence'> = {
  id: 'listens-too-soon',
  cause:
    'The app opens its socket before it can serve: NGINX, which tries a replica again after fail_timeout, connects to one that is ' +
    'just starting, and what it sends there waits for long, or gets no answer at all, or an error. POSTs are lost that way.',
  ...NOWHERE,
  fix:
    'Load first, and open the socket last (gunicorn: `--preload`; other servers: `listen` once everything is there): a connection that is ' +
    'refused costs nothing, NGINX asks the next replica.',
};

/** A replica that starts takes connections before it can serve, and NGINX, which learns of no failure by that, sends it requests. */
export const listensTooSoon: Rule = (situation) => {
  const gates = errorGates(situation);
  const lost = situation.scenarios
    .filter(({ fault }) => fault !== null && ENDING_FAULTS.has(fault.name))
    .flatMap((scenario) =>
      attemptsWhileMended(scenario)
        .filter(({ sample, beganAt, sent, last }) => {
          const isOfStart = beganAt >= (scenario.fault?.healStartedAt ?? Infinity);
          return isOfStart && sent && last && clientError(sample, scenario.replicas) !== null;
        })
        .map(({ sample }) => ({ sample, replica: scenario.fault?.victim ?? '', scenario })),
    );
  const [first] = lost;
  if (gates.length === 0 || first === undefined) return null;
  return {
    ...LISTENS_TOO_SOON,
    gates: metricsOf(gates),
    evidence:
      `${counted(lost.length, 'request')} went to ${first.replica} after it was started again and before it was ready, and failed there, for ` +
      `example ${first.sample.method} ${first.sample.id}: ${outcomeText(first.sample)}.${lastWordsOf(lost).quoted}`,
  };
};

/** The same, as the replica itself showed it: NGINX need not have sent it anything just then. */
export const listensEarly: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'listens-early'));
  const bound = silenceBoundMs(situation.nginx);
  const [first] = situation.scenarios.flatMap(({ fault }) =>
    fault?.silentMs === undefined || fault.silentMs <= bound ? [] : [{ ...fault, silentMs: fault.silentMs }],
  );
  if (gates.length === 0 || first === undefined) return null;
  return {
    ...LISTENS_TOO_SOON,
    gates,
    evidence:
      `${first.victim ?? ''}, started again, took connections for ${inSeconds(first.silentMs)} before it answered for the first time; ` +
      `NGINX waits ${inSeconds(situation.nginx.way?.readTimeoutMs.value ?? 0)} for an answer (proxy_read_timeout).`,
  };
};

/** What NGINX logs for an attempt that it gave up on. */
const TIMED_OUT = 504;
/** Of the attempts that came to nothing no more than this part came later: a replica that hangs now and then is another matter. */
const MOST_LATER = 0.2;

/** What a replica loads when it is first asked for it takes longer than NGINX waits. */
export const firstRequestSlow: Rule = (situation) => {
  const gates = brokenGates(situation, 'errors', 'unsafe-errors', 'stall', 'recover');
  const way = situation.nginx.way;
  const stays = staysOf(situation).map((stay) => ({
    stay,
    lost: stay.attempts.filter(({ attempt }) => attempt.status === TIMED_OUT && attempt.bytesSent > 0),
  }));
  const early = stays.flatMap(({ stay, lost }) =>
    lost.filter(({ sample }) => sample.sentAt <= stay.firstGoodAt && stay.firstGoodAt < Infinity),
  );
  const all = stays.flatMap(({ lost }) => lost);
  if (way === null || gates.length === 0 || early.length === 0) return null;
  if (all.length - early.length > MOST_LATER * all.length) return null;
  return {
    id: 'first-request-slow',
    gates: metricsOf(gates),
    cause:
      `The first requests that a replica gets after its start take longer than NGINX waits (proxy_read_timeout, ${inSeconds(way.readTimeoutMs.value)}): ` +
      'it answers its health path before, and loads or compiles what the others need only when it is asked for it.',
    evidence: `${attemptsText(early)} ended without an answer, before the same replica gave its first one; later ones ${all.length === early.length ? 'did not' : 'hardly did'}.`,
    ...NOWHERE,
    fix:
      'Let the app do that at its start, before it answers its health path, for example by one request to itself; or give as input health-path a path ' +
      'that needs all of it, and let whatever deploys it wait for the same.',
  };
};
