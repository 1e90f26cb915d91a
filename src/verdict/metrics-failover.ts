import type { FaultEvidence, ScenarioEvidence } from '../checks/evidence';
import { asideForTooLong, failTimeoutMs } from '../checks/observation';
import { repeatsPosts, type NginxModel } from '../cluster/nginx/model';
import type { FaultName } from '../settings/settings';
import { clientError, gotItsDelay, isIdempotent, replicaAt, retriesOf, servedBy } from '../traffic/attribution';
import type { Attempt, Sample } from '../traffic/sample';
import { allRecoveredAt } from '../traffic/share';
import type { Excuse } from './excuses';
import { excusesOf } from './excuses';
import type { Measurement } from './measurement';
import { measured, withdrawn, withdrawnIfEmpty } from './measurement';
import { beforeFault, EFFECTS, faultProblem, sampleProblem, sinceFault, trafficProblem } from './soundness';
import { stallMeasurement } from './stall';
import { inDoubtIfStarved, inDoubtIfStarvedFor } from './starvation';
import { attemptsOnVictim } from './victim-attempts';
import { counted, grouped, listed } from '../settings/wording';

/** A first attempt counts as the last of its burst when the victim gets no other for this long, in milliseconds. */
const QUIET_MS = 1_000;

/** The metrics of one failover scenario, named `failover.<fault>.<metric>`. */
export function failoverMeasurements(
  evidence: ScenarioEvidence,
  nginx: NginxModel,
  lagBoundMs: number,
): readonly Measurement[] {
  const { fault, replicas, name } = evidence;
  if (fault === null) return [];
  const samples = sinceFault(evidence);
  const idempotent = samples.filter(isIdempotent);
  const unsafe = samples.filter((sample) => !isIdempotent(sample));
  const excuses = excusesOf(evidence, nginx);
  const failed = (metric: string, some: readonly Sample[], words: string | null): Measurement => {
    const blamed = failures(some, evidence).filter((sample) => !excuses.has(sample));
    return inDoubtIfStarved(
      measured(name, metric, 'count', blamed.length, some.length, words),
      blamed,
      evidence,
      nginx,
    );
  };
  const recovery = recoveryOf(evidence, fault);
  const from = fault.healedAt ?? fault.healStartedAt;
  const hidden = samples.filter((sample) => clientError(sample, replicas) === null);
  const lost = (some: readonly Sample[]): readonly string[] => excuseWords(some, excuses, fault);

  const all = [
    failed(`${name}.errors`, idempotent, remark([...lost(idempotent), slowWords(evidence, fault)])),
    failed(`${name}.unsafe-errors`, unsafe, remark(lost(unsafe))),
    repetitionUnseen(
      measured(name, `${name}.duplicates`, 'count', duplicated(unsafe, evidence).length, unsafe.length),
      evidence,
      fault,
      nginx,
    ),
    secondTryUnseen(stallMeasurement(`${name}.stall`, samples, evidence, nginx.way), fault, nginx),
    detection(evidence, fault, samples.length),
    measured(name, `${name}.retries`, 'count', sum(hidden.map(retriesOf)), samples.length),
    inDoubtIfStarvedFor(
      measured(name, `${name}.recover`, 'ms', recovery.ms, recovery.samples, recovery.remark),
      { from, to: Math.min(evidence.endedAt, from + recovery.ms) },
      evidence,
    ),
  ];
  const why =
    faultProblem(evidence) ?? trafficProblem(evidence, lagBoundMs) ?? sampleProblem(samples, 'during the fault');
  return all.map((one) => withdrawnIfEmpty(withdrawn(one, why)));
}

/** The longest wait may be that of the request which is sent to the victim once `fail_timeout` is over, and this was too long to wait for. */
function secondTryUnseen(stall: Measurement, { victim }: FaultEvidence, nginx: NginxModel): Measurement {
  if (victim === null || !asideForTooLong(nginx, victim)) return stall;
  const unseen =
    `fail_timeout keeps NGINX from asking ${victim} again for ${Math.round(failTimeoutMs(nginx, victim) / 1000)} s, longer than a fault is watched: ` +
    'what the next request to it suffers was not seen';
  return { ...stall, unseen };
}

/** Faults that leave a request which is under way without an answer, whatever the app does about its end. */
const WITHOUT_GRACE: ReadonlySet<FaultName> = new Set(['crash', 'freeze', 'partition', 'oom']);

/** NGINX is told to repeat a POST whose replica is lost with it; where none was under way there, it had nothing to repeat. */
function repetitionUnseen(
  duplicates: Measurement,
  evidence: ScenarioEvidence,
  { name, victim }: FaultEvidence,
  nginx: NginxModel,
): Measurement {
  if (victim === null || !WITHOUT_GRACE.has(name) || !repeatsPosts(nginx)) return duplicates;
  const met = attemptsOnVictim(evidence).some((one) => !isIdempotent(one.sample) && one.sent && one.headerMs === null);
  if (met) return duplicates;
  const unseen = `NGINX is told to send POSTs again (\`non_idempotent\`), and none was under way on ${victim} when it was lost: whether two replicas carry one out was not seen`;
  return { ...duplicates, unseen };
}

/** Requests whose client saw an error. */
export function failures(samples: readonly Sample[], evidence: ScenarioEvidence): readonly Sample[] {
  return samples.filter((sample) => clientError(sample, evidence.replicas) !== null);
}

/** Requests that are not idempotent and whose bytes went to more than one replica: each may have carried them out. */
export function duplicated(unsafe: readonly Sample[], evidence: ScenarioEvidence): readonly Sample[] {
  return unsafe.filter((sample) => {
    const attempts = sample.proxy?.attempts ?? [];
    // What is asked for in the place of an answer is another request: a GET after X-Accel-Redirect (`ngx_http_upstream_process_headers`).
    const next = attempts.findIndex(({ anew }) => anew === true);
    const reached = (next < 0 ? attempts : attempts.slice(0, next))
      .filter((attempt) => attempt.bytesSent > 0)
      .map((attempt) => replicaAt(attempt.address, evidence.replicas))
      .filter((hostname) => hostname !== null);
    return new Set(reached).size > 1;
  });
}

/** What was lost and is nobody's fault. */
function excuseWords(
  samples: readonly Sample[],
  excuses: ReadonlyMap<Sample, Excuse>,
  { victim }: FaultEvidence,
): readonly string[] {
  const words: Readonly<Record<Excuse, string>> = {
    'in-flight': `in flight on ${victim ?? 'NGINX'} that could not be sent again`,
    'cut-short': `whose answer ${victim ?? 'NGINX'} had begun and could not end`,
    'lost-worker': 'in flight in the killed worker process',
    'closed-at-reload': 'on kept connections that a reload closed, which NGINX before 1.27.4 cannot avoid',
  };
  return (Object.keys(words) as Excuse[]).flatMap((excuse) => {
    const count = samples.filter((sample) => excuses.get(sample) === excuse).length;
    return count === 0 ? [] : [`beside ${count} ${words[excuse]}`];
  });
}

/** Slow requests that the fault found under way: on the victim, where it is a replica. */
function slowWords({ samples, replicas }: ScenarioEvidence, fault: FaultEvidence): string | null {
  const asked = samples.filter((sample) => sample.delayMs > 0);
  if (asked.length === 0) return null;
  if (!asked.some(gotItsDelay))
    return 'no slow request was in flight: the app answers at once when it is asked to wait';
  const met = asked.filter(
    ({ sentAt, doneAt, proxy }) =>
      sentAt < fault.effectiveAt &&
      doneAt >= fault.injectedAt &&
      (fault.victim === null ||
        proxy?.attempts.some(({ address }) => replicaAt(address, replicas) === fault.victim) === true),
  );
  return `${met.length === 0 ? 'no slow requests' : counted(met.length, 'slow request')} in flight when the fault struck`;
}

function remark(parts: readonly (string | null)[]): string | null {
  const words = parts.filter((part) => part !== null);
  return words.length === 0 ? null : words.join('; ');
}

/** Fault effective → the end of the first burst of first attempts on the victim, in milliseconds. */
function detection(evidence: ScenarioEvidence, fault: FaultEvidence, samples: number): Measurement {
  const metric = `${evidence.name}.detect`;
  const effect = EFFECTS[fault.name];
  if (effect !== 'silent' && effect !== 'refusing') {
    const why = 'this fault leaves every replica fit to serve, so there is none to be avoided';
    return { metric, unit: 'ms', samples, observed: { kind: 'unobservable', why }, scenario: evidence.name };
  }
  return measured(evidence.name, metric, 'ms', detectMs(evidence, fault), samples);
}

function detectMs(evidence: ScenarioEvidence, fault: FaultEvidence): number {
  const onVictim = (attempt: Attempt | undefined): boolean =>
    attempt !== undefined && replicaAt(attempt.address, evidence.replicas) === fault.victim;
  const times = evidence.samples
    .filter((sample) => onVictim(sample.proxy?.attempts[0]))
    .map((sample) => sample.sentAt)
    .filter((sentAt) => sentAt >= fault.effectiveAt && sentAt < fault.healStartedAt)
    .sort((a, b) => a - b);
  let last = fault.effectiveAt;
  for (const time of times) {
    if (time - last > QUIET_MS) break;
    last = time;
  }
  return last - fault.effectiveAt;
}

/** Healed → the victim, or with NGINX as the victim every replica, serves its usual share. */
function recoveryOf(
  evidence: ScenarioEvidence,
  fault: FaultEvidence,
): { readonly ms: number; readonly samples: number; readonly remark: string | null } {
  const { replicas, samples } = evidence;
  if (fault.healedAt === null) return { ms: Infinity, samples: samples.length, remark: fault.healProblem };
  const healedAt = fault.healedAt;
  const ended = (evidence.ended ?? []).map(({ hostname }) => hostname);
  if (ended.length > 0) {
    return { ms: Infinity, samples: samples.length, remark: `${listed(ended)} had ended by itself at the end` };
  }
  const after = samples.filter((sample) => sample.scheduledAt >= healedAt);
  const hostnames = fault.victim === null ? replicas.map(({ hostname }) => hostname) : [fault.victim];
  const at = allRecoveredAt(hostnames, beforeFault(evidence), samples, replicas, healedAt);
  if (at !== null) return { ms: at - healedAt, samples: after.length, remark: null };
  const served = after.filter((sample) => hostnames.includes(servedBy(sample, replicas) ?? '')).length;
  const watched = Math.round((evidence.endedAt - healedAt) / 1000);
  return {
    ms: Infinity,
    samples: after.length,
    remark: `${listed(hostnames)} served ${served === 0 ? 'none' : grouped(served)} of ${counted(after.length, 'request')} in the ${watched} s after it was mended`,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
