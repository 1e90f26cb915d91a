import type { ScenarioEvidence } from '../../checks/evidence';
import type { Effective, Route } from '../../cluster/nginx/model';
import { replicaAt, waitedMs } from '../../traffic/attribution';
import type { Attempt, Sample } from '../../traffic/sample';
import type { GateResult } from '../judgement';
import { sinceFault } from '../soundness';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { counted, inSeconds } from './wording';

/** What a slow attempt was stuck in. */
type Stuck = 'connecting' | 'answer';

interface SlowAttempt {
  readonly sample: Sample;
  readonly attempt: Attempt;
  readonly stuck: Stuck;
}

/** A client waited for NGINX to connect to a replica that is gone. */
export const connectTimeout: Rule = (situation) =>
  waiting(situation, 'connecting', {
    id: 'connect-timeout',
    directive: 'proxy_connect_timeout',
    suggestion: '1s',
    terms: (route) => route.connectTimeoutMs,
    story: 'A request that NGINX sends to a replica that is gone waits for a connection that never comes',
  });

/** A client waited for the answer of a replica that took the connection and then said nothing. */
export const readTimeout: Rule = (situation) =>
  waiting(situation, 'answer', {
    id: 'read-timeout',
    directive: 'proxy_read_timeout',
    suggestion: '5s',
    terms: (route) => route.readTimeoutMs,
    story: 'A request on a connection to a replica that no longer answers waits for the answer',
  });

interface Waiting {
  readonly id: string;
  readonly directive: string;
  readonly suggestion: string;
  readonly terms: (route: Route) => Effective<number>;
  readonly story: string;
}

function waiting(situation: Case, stuck: Stuck, kind: Waiting): Diagnosis | null {
  const { route } = situation.nginx;
  if (route === null) return null;
  const gates = brokenGates(situation, 'stall');
  const slow = gates.flatMap((gate) => slowAttempts(situation, gate).filter((one) => one.stuck === stuck));
  const worst = slow.reduce<SlowAttempt | null>(
    (a, b) => (a === null || waitedMs(b.sample) > waitedMs(a.sample) ? b : a),
    null,
  );
  if (worst === null) return null;
  const terms = kind.terms(route);
  const at = terms.spot ?? route.proxyPass;
  const line = `${kind.directive} ${kind.suggestion};`;
  const origin =
    terms.spot === null
      ? `${placeName(situation, route.location)} sets no ${kind.directive}, so NGINX's default of ${inSeconds(terms.value)} applies`
      : `${placeName(situation, terms.spot)} sets ${kind.directive} to ${inSeconds(terms.value)}`;
  return {
    id: kind.id,
    gates: metricsOf(gates),
    cause: `${kind.story}: ${origin}.`,
    evidence:
      `${counted(slow.length, 'request')} waited for it, the longest ${inSeconds(waitedMs(worst.sample))} in all: ` +
      `request ${worst.sample.id} spent ${inSeconds(worst.attempt.responseMs ?? 0)} on ${worst.attempt.address}.`,
    ...placed(
      situation,
      at,
      terms.spot === null
        ? { kind: 'insert-after', line: at.line, lines: [line] }
        : { kind: 'replace', line: at.line, lines: [line] },
    ),
    fix:
      terms.spot === null
        ? `Add \`${line}\` beside the proxy_pass at ${placeName(situation, route.proxyPass)}.`
        : `Change it to \`${line}\`.`,
  };
}

/** Attempts on the victim that each took longer than the gate allows a whole request. */
function slowAttempts(situation: Case, gate: GateResult): readonly SlowAttempt[] {
  const evidence = situation.scenarios.find((scenario) => scenario.name === gate.scenario);
  if (evidence === undefined) return [];
  return sinceFault(evidence).flatMap((sample) => {
    if (waitedMs(sample) < gate.allowed) return [];
    const attempt = slowest(sample, evidence);
    return attempt === null ? [] : [{ sample, attempt, stuck: attempt.bytesSent === 0 ? 'connecting' : 'answer' }];
  });
}

function slowest(sample: Sample, { replicas, fault }: ScenarioEvidence): Attempt | null {
  const onVictim = (sample.proxy?.attempts ?? []).filter(
    (attempt) => replicaAt(attempt.address, replicas) === fault?.victim,
  );
  return onVictim.reduce<Attempt | null>(
    (a, b) => (a === null || (b.responseMs ?? 0) > (a.responseMs ?? 0) ? b : a),
    null,
  );
}
