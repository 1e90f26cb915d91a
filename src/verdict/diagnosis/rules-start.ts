import { ENDING_FAULTS } from '../../checks/evidence';
import { clientError } from '../../traffic/attribution';
import { silenceBoundMs } from '../metrics-early';
import { attemptsWhileMended } from '../victim-attempts';
import { outcomeText } from './calm';
import type { Diagnosis, Rule } from './diagnosis';
import { brokenGates, errorGates, metricsOf } from './diagnosis';
import { lastWordsOf } from './last-words';
import { NOWHERE } from './place';
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
