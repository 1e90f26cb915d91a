import type { ScenarioEvidence } from '../../checks/evidence';
import type { Sample } from '../../traffic/sample';
import { attemptsOf, attemptsText, calmRequests, outcomeText, requestsOf, type SeenAttempt } from './calm';
import { complaintsOf, complaintText } from './complaints';
import type { Case, Rule } from './diagnosis';
import { brokenGates, listGates, metricsOf } from './diagnosis';
import { lastWordsOf } from './last-words';
import { NOWHERE, placeName } from './place';
import { keptNone } from './rules-kept';
import { staysOf } from './stays';
import { counted, KEEP_ALIVE_SETTINGS } from './wording';

/** Such a part of one method, and nothing of another, is no accident: a connection that is just closing does not ask for the method. */
const PART_OF_METHOD = 0.5;
const LEAST_OF_METHOD = 8;
/** What NGINX writes of headers that it refuses (`ngx_http_proxy_process_header` and others in src/http). */
const NOT_ACCEPTED = /^upstream sent (?!too big)/;

/** Replicas send an answer before the answer (1xx), and NGINX takes it for the answer. */
export const informational: Rule = (situation) => {
  const gates = listGates(situation);
  const taken = attemptsOf(calmRequests(situation)).filter(
    ({ attempt: { status } }) => status !== null && status >= 100 && status < 200,
  );
  const [first] = taken;
  if (gates.length === 0 || first === undefined) return null;
  const status = first.attempt.status ?? 0;
  return {
    id: 'informational-answer',
    gates,
    cause: `The app sends ${status} before its answer (RFC 9110, section 15.2); this NGINX takes it for the answer itself, and waits for its end in vain.`,
    evidence: `${attemptsText(taken)} came to ${status}.`,
    ...NOWHERE,
    fix: 'Let the app leave it out (103 Early Hints is a setting of many frameworks); NGINX passes 103 over from 1.29.0 on (input nginx-image).',
  };
};

/** Replicas that nobody broke take requests and end the connection, or send what is no answer. */
export const noValidAnswer: Rule = (situation) => {
  const { nginx } = situation;
  const stays = staysOf(situation).flatMap(({ attempts }) => attempts);
  const asked = [...stays, ...attemptsInUpdates(situation)].filter(
    ({ attempt, sample, scenario }) => attempt.bytesSent > 0 && !isAfterFaultOfNginx(sample, scenario),
  );
  const broken = asked.filter(isLost);
  const met = checksOf(broken);
  const atRest = listGates(situation).filter((metric) => met.has(metric.split('.')[0] ?? ''));
  // Each of them sets its replica aside, one that is just back, too.
  const gates = [...atRest, ...metricsOf(brokenGates(situation, 'recover'))];
  if (nginx.route === null || atRest.length === 0 || broken.length === 0) return null;
  const { keepalive } = nginx.route.upstream;
  const refused = complaintsOf(situation.scenarios, NOT_ACCEPTED);
  const evidence =
    `${attemptsText(broken)} sent the request and got no valid answer, though nobody had broken the replica.` +
    complaintText(refused) +
    lastWordsOf(broken).quoted;
  if (refused.length > 0) {
    return {
      id: 'answer-not-accepted',
      gates,
      cause:
        'The replicas answer some requests with a header that NGINX does not accept, and it answers 502 in their place.',
      evidence,
      ...NOWHERE,
      fix: 'Let the app send what NGINX misses: one length of the body, names and values without control characters, a status line of HTTP.',
    };
  }
  if (keepalive.value === null || isOfOneMethod(broken, asked)) {
    return {
      id: 'app-drops-connections',
      gates,
      cause:
        'The replicas take some requests and then close the connection, or send a header that NGINX does not accept.',
      evidence,
      ...NOWHERE,
      fix: 'Look at what the app does with these requests (a crash of a worker?); a large header needs a larger proxy_buffer_size.',
    };
  }
  const { spot } = keepalive;
  return {
    id: 'keepalive-race',
    gates: [...gates, ...metricsOf(brokenGates(situation, 'closed'))],
    cause:
      'NGINX keeps idle connections to the replicas' +
      `${spot === null ? '' : ` (${placeName(situation, spot)})`} for longer than the app does, and so sends requests on ` +
      'connections that the app is just closing; a POST is lost then.',
    evidence,
    ...keptNone(situation),
    fix:
      `Let the app keep idle connections (${KEEP_ALIVE_SETTINGS}) longer than NGINX does (\`keepalive_timeout\` in the upstream block, 60 s by default); where ` +
      'it cannot, or ends workers of its own accord (gunicorn: `--max-requests`), keep none.',
  };
};

/** It took the request, and gave no answer. */
function isLost({ attempt }: SeenAttempt): boolean {
  return attempt.bytesSent > 0 && attempt.headerMs === null && attempt.status === 502;
}

/** First words of the metrics that attempts can have broken: what one check met says nothing of the errors of another. */
function checksOf(attempts: readonly SeenAttempt[]): ReadonlySet<string> {
  return new Set(['baseline', ...attempts.map(({ scenario }) => scenario.check)]);
}

/** What replicas were sent while others had their turn in a rolling update. */
function attemptsInUpdates({ scenarios }: Case): readonly SeenAttempt[] {
  return scenarios.flatMap((scenario) => {
    const { rollout } = scenario;
    if (rollout === null) return [];
    const turns = new Map(rollout.steps.map((step) => [step.replica, step]));
    return attemptsOf(requestsOf(scenario)).filter(({ sample, replica }) => {
      const turn = turns.get(replica);
      if (sample.sentAt < rollout.startedAt) return false;
      return sample.doneAt < (turn?.drainAt ?? turn?.stopAt ?? Infinity) || sample.sentAt >= (turn?.backAt ?? Infinity);
    });
  });
}

/** What NGINX's own processes had under way when one was broken says nothing of replicas. */
function isAfterFaultOfNginx({ doneAt }: Sample, { fault }: ScenarioEvidence): boolean {
  return fault?.victim === null && doneAt >= fault.injectedAt;
}

function isOfOneMethod(broken: readonly SeenAttempt[], asked: readonly SeenAttempt[]): boolean {
  const methods = new Set(broken.map(({ sample }) => sample.method));
  const alike = asked.filter(({ sample }) => methods.has(sample.method));
  // Of a few requests all may be of one method by chance.
  const enough = Math.min(broken.length, asked.length - alike.length) >= LEAST_OF_METHOD;
  return methods.size === 1 && enough && broken.length > PART_OF_METHOD * alike.length;
}

/** With nothing broken, answers end before they are whole. */
export const answersCutShort: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'errors', 'unsafe-errors'));
  const cut = calmRequests(situation).filter(({ sample }) => {
    const last = sample.proxy?.attempts.at(-1);
    return sample.outcome.kind === 'transport' && last !== undefined && last.headerMs !== null;
  });
  const first = cut[0]?.sample;
  if (gates.length === 0 || first === undefined) return null;
  return {
    id: 'answers-cut-short',
    gates,
    cause:
      'Replicas begin an answer and end the connection before it is whole; NGINX cannot take that back, nor try another.',
    evidence: `${counted(cut.length, 'request')} (the first ${first.id}, which got ${outcomeText(first)}) broke off after the header of the answer, with nothing broken.`,
    ...NOWHERE,
    fix: 'Let Content-Length tell the true length, and let no worker of the app be ended in the middle of an answer.',
  };
};
