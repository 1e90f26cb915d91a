import type { ScenarioEvidence } from '../../checks/evidence';
import { clientError, isIdempotent, servedBy } from '../../traffic/attribution';
import type { Sample } from '../../traffic/sample';
import { deafSince, isOnVictim } from '../excuses';
import { sinceFault } from '../soundness';
import { attemptsOnVictim } from '../victim-attempts';
import { isServerError, outcomeText, requestsOf } from './calm';
import type { Case, Rule } from './diagnosis';
import { errorGates, metricsOf } from './diagnosis';
import { NOWHERE } from './place';
import { REFUSAL } from './rules-retry';
import { counted, inSeconds, listed } from './wording';

/** A replica that is told to end goes on to answer for a while, with errors that NGINX hands on. */
export const errorsWhileEnding: Rule = (situation) => {
  const gates = errorGates(situation);
  const stops = stopsOf(situation);
  const failed = stops.flatMap((scenario) =>
    lastOnVictim(scenario).filter(({ proxy }) => {
      const last = proxy?.attempts.at(-1);
      // What says that it cannot serve now is another matter: NGINX can be told to ask elsewhere.
      return last !== undefined && isServerError(last) && last.status !== REFUSAL;
    }),
  );
  const first = failed[0];
  if (gates.length === 0 || first === undefined) return null;
  return {
    id: 'errors-while-ending',
    gates: metricsOf(gates),
    cause: 'A replica that is told to end (SIGTERM) goes on to take requests, and answers them with errors.',
    evidence:
      `${counted(failed.length, 'request')} that came after that got a server error of ${stops[0]?.fault?.victim ?? ''}, for example ` +
      `${first.method} ${first.id}: ${outcomeText(first)}.`,
    ...NOWHERE,
    fix:
      'Once told to end, finish what is under way and close the socket that takes new connections: NGINX then asks the next replica. Where ' +
      'the app has to answer, let it say 503, and NGINX try another one then (`http_503` in proxy_next_upstream).',
  };
};

/** A replica that is told to end breaks off the answers that it has begun. */
export const answersCutWhileEnding: Rule = (situation) => {
  const gates = errorGates(situation);
  const stops = stopsOf(situation);
  const cut = stops.flatMap((scenario) =>
    lastOnVictim(scenario).filter(({ outcome, proxy }) => {
      const last = proxy?.attempts.at(-1);
      return outcome.kind === 'transport' && last !== undefined && last.headerMs !== null;
    }),
  );
  const first = cut[0];
  if (gates.length === 0 || first === undefined) return null;
  return {
    id: 'answers-cut-while-ending',
    gates: metricsOf(gates),
    cause: 'A replica that is told to end (SIGTERM) ends at once, in the middle of answers that it has begun.',
    evidence:
      `${counted(cut.length, 'answer')} of ${stops[0]?.fault?.victim ?? ''} broke off after the header, for example that to ${first.method} ` +
      `${first.id}; NGINX had passed the beginning on, and can try no other replica.`,
    ...NOWHERE,
    fix:
      'Once told to end, take no new connections, finish the answers that are under way, and only then end (gunicorn: `--graceful-timeout`, ' +
      'longer than the longest answer; Node: `server.close()`; Go: `Shutdown`).',
  };
};

/** A replica that is told to end takes no requests any more, and leaves the socket open to which NGINX sends them. */
export const deafWhileEnding: Rule = (situation) => {
  const gates = errorGates(situation);
  const lost = stopsOf(situation).flatMap((scenario) => {
    const from = deafSince(scenario);
    const unread = attemptsOnVictim(scenario).filter(
      ({ sample, beganAt, sent, headerMs }) =>
        beganAt >= from &&
        sent &&
        headerMs === null &&
        !isIdempotent(sample) &&
        clientError(sample, scenario.replicas) !== null,
    );
    return unread.map((attempt) => ({ attempt, scenario }));
  });
  const [first] = lost;
  if (gates.length === 0 || first === undefined) return null;
  const { attempt, scenario } = first;
  return {
    id: 'deaf-while-ending',
    gates: metricsOf(gates),
    cause:
      'A replica that is told to end (SIGTERM) answers no more requests, and leaves its socket open until it ends: NGINX goes on sending ' +
      'them there, and nobody reads them. POSTs are lost that way.',
    evidence:
      `${counted(lost.length, 'POST')} went to ${scenario.fault?.victim ?? ''} after it had ceased to answer and before it was gone, for example ` +
      `${attempt.sample.id}, which waited for ${inSeconds(attempt.endedAt - attempt.beganAt)}: ${outcomeText(attempt.sample)}.`,
    ...NOWHERE,
    fix:
      'Once told to end, close the socket that takes new connections first, and do what is left to do after that: NGINX then asks the next ' +
      'replica, and nothing is lost. Where the app cannot, mark the replica `down` and reload NGINX before it is stopped.',
  };
};

/** A replica that ends breaks answers off of which nothing but the connection's end tells that they are whole. */
export const answersEndUnnoticed: Rule = (situation) => {
  const cut = situation.scenarios.flatMap((scenario) =>
    requestsOf(scenario).filter(({ sample }) => clientError(sample, scenario.replicas) === 'cut-off'),
  );
  const isOf = (metric: string): boolean =>
    cut.some(
      ({ sample, scenario }) =>
        metric.startsWith(`${scenario.check}.`) && metric.endsWith(isIdempotent(sample) ? '.errors' : '.unsafe-errors'),
    );
  const gates = metricsOf(errorGates(situation)).filter(isOf);
  const [first] = cut;
  if (first === undefined || gates.length === 0) return null;
  const { sample } = first;
  const by = cut.flatMap((one) => servedBy(one.sample, one.scenario.replicas) ?? []);
  const { way } = situation.nginx;
  return {
    id: 'answers-end-unnoticed',
    gates,
    cause:
      'Nothing but the end of the connection tells that an answer is whole, so one that breaks off because its replica ends looks whole to NGINX and to ' +
      'clients, with status 200.',
    evidence:
      `${counted(cut.length, 'answer')} ended with ${listed([...new Set(by)])}, for example ${sample.method} ${sample.id} ` +
      `after ${sample.proxy?.openEndedBytes ?? 0} bytes, where whole ones have ${sample.wholeBytes ?? 0}.`,
    ...NOWHERE,
    fix:
      'Let the app send Content-Length, or chunks (Transfer-Encoding: chunked, which needs HTTP/1.1' +
      `${way?.httpVersion.value === '1.0' ? ', and so `proxy_http_version 1.1;` in NGINX' : ''}): then NGINX and clients see that an answer ` +
      'broke off. And let it finish what it has begun when it is told to end.',
  };
};

function stopsOf({ scenarios }: Case): readonly ScenarioEvidence[] {
  return scenarios.filter(({ fault }) => fault?.name === 'stop');
}

/** Requests since the fault whose last attempt was on the victim, before it was started again. */
function lastOnVictim(scenario: ScenarioEvidence): readonly Sample[] {
  return sinceFault(scenario).filter(
    ({ proxy, sentAt }) =>
      isOnVictim(proxy?.attempts.at(-1)?.address, scenario) && sentAt < (scenario.fault?.healStartedAt ?? 0),
  );
}
