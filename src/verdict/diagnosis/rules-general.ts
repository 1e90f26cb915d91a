import type { ScenarioEvidence } from '../../checks/evidence';
import { clientError, waitedMs } from '../../traffic/attribution';
import type { Sample } from '../../traffic/sample';
import type { GateResult } from '../judgement';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import { placed } from './place';
import { counted, inSeconds } from './wording';

/** NGINX answered by itself, or sent the request to somebody else. */
export const noReplicaAnswered: Rule = (situation) => {
  const gates = brokenGates(situation, 'errors');
  const strange = situation.scenarios.flatMap((scenario) =>
    scenario.samples.filter((sample) => isStrange(sample, scenario)),
  );
  const first = strange[0];
  if (gates.length === 0 || first === undefined) return null;
  const { routeProblem, routeProblemSpot } = situation.nginx;
  const by = first.proxy?.attempts.at(-1)?.address;
  return {
    id: by === undefined ? 'no-replica-answered' : 'wrong-upstream',
    gates: metricsOf(gates),
    cause:
      (by === undefined
        ? 'NGINX answered by itself; no replica saw the request'
        : `NGINX sent the request to ${by}, which is no replica of this cluster`) +
      (routeProblem === null ? '.' : `: ${routeProblem}.`),
    evidence: `${counted(strange.length, 'answer')} came from no replica, for example ${first.id} with status ${statusOf(first)}.`,
    ...placed(situation, routeProblemSpot, null),
    fix: 'Send the path of the input probe-path to the upstream of the replicas with proxy_pass, and do not cache it.',
  };
};

/** All replicas were set aside at once. */
export const noLiveUpstreams: Rule = (situation) => {
  const upstream = situation.nginx.route?.upstream;
  const gates = brokenGates(situation, 'errors', 'unsafe-errors');
  if (upstream === undefined || gates.length === 0) return null;
  const refused = situation.scenarios.flatMap((scenario) =>
    scenario.samples.filter((sample) => sample.proxy?.attempts.at(-1)?.address === upstream.name),
  );
  if (refused.length === 0) return null;
  return {
    id: 'no-live-upstreams',
    gates: metricsOf(gates),
    cause: `NGINX had set aside every server of upstream ${upstream.name} at once, and answered 502 without asking any.`,
    evidence: `${counted(refused.length, 'request')} met no live upstream, the first ${refused[0]?.id ?? ''}.`,
    ...placed(situation, upstream.spot, null),
    fix: 'Use `max_fails=2 fail_timeout=3s` on every server line, so that one bad request cannot set a replica aside, nor for long.',
  };
};

/** The replicas themselves answer with errors, with nothing broken. */
export const appErrors: Rule = (situation) => {
  const gates = brokenGates(situation, 'baseline.errors');
  const failed = situation.scenarios.flatMap((scenario) =>
    scenario.samples.filter(
      (sample) =>
        (scenario.fault === null || sample.doneAt < scenario.fault.injectedAt) &&
        clientError(sample, scenario.replicas) === 'server-error' &&
        sample.proxy?.attempts.at(-1)?.headerMs !== null,
    ),
  );
  const first = failed[0];
  if (gates.length === 0 || first === undefined) return null;
  return {
    id: 'app-errors',
    gates: metricsOf(gates),
    cause: 'The replicas themselves answer with server errors while nothing is broken.',
    evidence: `${counted(failed.length, 'request')} got a 5xx from a replica, for example ${first.method} ${first.id}: ${statusOf(first)}.`,
    file: null,
    line: null,
    fix: 'Read the replicas’ logs; check that the input probe-path is a path that the app answers to GET and POST.',
    diff: null,
  };
};

/** What is left when no rule knows the mistake: the numbers, so that nobody has to open a log. */
export function unexplained(situation: Case, gate: GateResult): Diagnosis {
  const scenario = situation.scenarios.find((one) => one.name === gate.scenario);
  const worst = scenario === undefined ? null : worstRequest(scenario);
  return {
    id: 'unexplained',
    gates: [gate.metric],
    cause: `No known mistake explains ${gate.metric}${gate.reason === null ? '' : ` (${gate.reason})`}.`,
    evidence: worst === null ? 'No single request stands out.' : describeRequest(worst),
    file: null,
    line: null,
    fix: 'Look at the requests listed for this scenario in report.json: each with every attempt of NGINX.',
    diff: null,
  };
}

function isStrange(sample: Sample, scenario: ScenarioEvidence): boolean {
  const error = clientError(sample, scenario.replicas);
  return error === 'no-replica' || error === 'stranger';
}

function worstRequest({ samples, replicas }: ScenarioEvidence): Sample | null {
  const failed = samples.filter((sample) => clientError(sample, replicas) !== null);
  const pool = failed.length > 0 ? failed : samples;
  return pool.reduce<Sample | null>((a, b) => (a === null || waitedMs(b) > waitedMs(a) ? b : a), null);
}

function describeRequest(sample: Sample): string {
  const attempts = (sample.proxy?.attempts ?? []).map(
    (attempt) => `${attempt.address} → ${attempt.status ?? 'nothing'} after ${inSeconds(attempt.responseMs ?? 0)}`,
  );
  return (
    `The worst request, ${sample.method} ${sample.id}, waited ${inSeconds(waitedMs(sample))} and got ${statusOf(sample)}; ` +
    `NGINX's attempts: ${attempts.length === 0 ? 'none logged' : attempts.join(', ')}.`
  );
}

function statusOf({ outcome }: Sample): string {
  if (outcome.kind === 'answered') return String(outcome.status);
  return outcome.kind === 'transport' || outcome.kind === 'not-sent' ? outcome.code : outcome.kind;
}
