import type { Phase, ScenarioEvidence } from '../checks/evidence';
import { clientError, distributionOf, replicaAt, retriesOf, waitedMs } from '../traffic/attribution';
import type { ReplicaPlace } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';
import type { GateResult } from '../verdict/judgement';
import type { Measurement } from '../verdict/measurement';
import { notRunProof } from './not-run';
import { reportRollout } from './rollout';
import type { ReportInterval, ReportMetric, ReportRequest, ReportScenario } from './schema';

/** A timeline has about this many intervals, each a whole multiple of 250 ms. */
const TIMELINE_INTERVALS = 60;
const INTERVAL_STEP_MS = 250;
const MOST_NOTABLE = 50;
/** A wait is worth listing from here, and from this many times the median. */
export const SLOW_MS = 1_000;

/** What the verdict says of a scenario. */
export interface ScenarioJudgement {
  /** Of this and of other scenarios. */
  readonly measurements: readonly Measurement[];
  /** As this scenario alone meets them. */
  readonly gates: readonly GateResult[];
  /** Client-visible errors that no gate counts. */
  readonly excused: number;
}

/** One scenario's part of the report, made from what it saw and what that was found to mean. */
export function reportScenario(
  evidence: ScenarioEvidence,
  { measurements, gates, excused }: ScenarioJudgement,
): ReportScenario {
  const { samples, replicas, startedAt, endedAt, load, fault } = evidence;
  const offset = (instant: number): number => Math.max(0, instant - startedAt);
  const interval = intervalLength(endedAt - startedAt);
  return {
    name: evidence.name,
    check: evidence.check,
    startedAt,
    duration: endedAt - startedAt,
    phases: evidence.phases.map((phase) => ({
      name: phase.name,
      from: offset(phase.from),
      to: offset(phase.to),
      ...bothSides(dueIn(phase, samples), replicas),
    })),
    counts: {
      ...bothSides(samples, replicas),
      excused,
      answered: samples.filter((sample) => sample.outcome.kind === 'answered').length,
      clientRetries: load.clientRetries,
    },
    distribution: distributionOf(samples, replicas),
    latency: evidence.phases.map((phase) => ({
      phase: phase.name,
      ...percentiles(dueIn(phase, samples)),
    })),
    lag: { p99: Math.max(0, load.lagP99Ms), max: Math.max(0, load.lagMaxMs) },
    fault:
      fault === null
        ? null
        : {
            name: fault.name,
            victim: fault.victim ?? 'nginx',
            injectedAt: offset(fault.injectedAt),
            effectiveAt: offset(fault.effectiveAt),
            healStartedAt: offset(fault.healStartedAt),
            healedAt: fault.healedAt === null ? null : offset(fault.healedAt),
            tookEffect: fault.proof.took,
            proof: fault.notRun === null ? fault.proof.seen : notRunProof(fault.notRun),
          },
    probes: evidence.probes.map(({ id, subject, claim, seen, holds }) => ({ id, subject, claim, seen, holds })),
    rollout: reportRollout(evidence),
    gates: gates.map((gate) => ({ ...gate })),
    metrics: measurements.filter((measurement) => measurement.scenario === evidence.name).map(reportMetric),
    timeline: timeline(evidence, interval),
    interval,
    notable: notable(samples, replicas, startedAt),
  };
}

function dueIn({ from, to }: Phase, samples: readonly Sample[]): readonly Sample[] {
  return samples.filter((sample) => sample.scheduledAt >= from && sample.scheduledAt < to);
}

/** What clients saw, and what NGINX hid from them: failed attempts of requests that came to a good end. */
function bothSides(
  samples: readonly Sample[],
  replicas: readonly ReplicaPlace[],
): Pick<ReportScenario['counts'], 'requests' | 'errors' | 'retries'> {
  const good = samples.filter((sample) => clientError(sample, replicas) === null);
  return {
    requests: samples.length,
    errors: samples.length - good.length,
    retries: good.reduce((sum, sample) => sum + retriesOf(sample), 0),
  };
}

function reportMetric({ metric, unit, samples, observed }: Measurement): ReportMetric {
  if (observed.kind !== 'value') return { metric, unit, value: null, samples, remark: observed.why };
  const value = Number.isFinite(observed.value) ? observed.value : null;
  return { metric, unit, value, samples, remark: observed.remark };
}

function percentiles(samples: readonly Sample[]): Omit<ReportScenario['latency'][number], 'phase'> {
  const waits = samples.map(waitedMs).sort((a, b) => a - b);
  // Nearest rank: a percentile is a wait that really was.
  const rank = (part: number): number => waits[Math.max(0, Math.ceil(part * waits.length) - 1)] ?? 0;
  return { samples: waits.length, p50: rank(0.5), p90: rank(0.9), p99: rank(0.99), max: waits.at(-1) ?? 0 };
}

function intervalLength(durationMs: number): number {
  return Math.max(1, Math.ceil(durationMs / TIMELINE_INTERVALS / INTERVAL_STEP_MS)) * INTERVAL_STEP_MS;
}

function timeline({ samples, replicas, startedAt, endedAt }: ScenarioEvidence, interval: number): ReportInterval[] {
  const intervals = Array.from({ length: Math.max(1, Math.ceil((endedAt - startedAt) / interval)) }, (_, index) => ({
    from: index * interval,
    due: 0,
    errors: 0,
    retried: 0,
    slowest: 0,
  }));
  for (const sample of samples) {
    const index = Math.floor((sample.scheduledAt - startedAt) / interval);
    const place = intervals[Math.min(Math.max(index, 0), intervals.length - 1)];
    if (place === undefined) continue;
    const failed = clientError(sample, replicas) !== null;
    place.due += 1;
    if (failed) place.errors += 1;
    if (!failed && retriesOf(sample) > 0) place.retried += 1;
    place.slowest = Math.max(place.slowest, waitedMs(sample));
  }
  return intervals;
}

/** The requests that a reader would ask for: failed ones first, then the longest waits, then the retried ones. */
function notable(samples: readonly Sample[], replicas: readonly ReplicaPlace[], startedAt: number): ReportRequest[] {
  const rank = (sample: Sample): number => {
    if (clientError(sample, replicas) !== null) return 3;
    if (waitedMs(sample) >= SLOW_MS) return 2;
    return retriesOf(sample) > 0 ? 1 : 0;
  };
  return samples
    .filter((sample) => rank(sample) > 0)
    .sort((a, b) => rank(b) - rank(a) || waitedMs(b) - waitedMs(a))
    .slice(0, MOST_NOTABLE)
    .map((sample) => reportRequest(sample, replicas, startedAt));
}

function reportRequest(sample: Sample, replicas: readonly ReplicaPlace[], startedAt: number): ReportRequest {
  return {
    id: sample.id,
    method: sample.method,
    connection: sample.connection,
    at: Math.max(0, sample.scheduledAt - startedAt),
    ...(sample.delayMs > 0 ? { asked: sample.delayMs } : {}),
    waited: Math.max(0, waitedMs(sample)),
    outcome: outcomeText(sample),
    attempts: (sample.proxy?.attempts ?? []).map((attempt) => ({
      replica: replicaAt(attempt.address, replicas) ?? attempt.address,
      status: attempt.status,
      connect: attempt.connectMs,
      response: attempt.responseMs,
    })),
  };
}

/** What the client saw, in a word: `200`, `timeout`, `ECONNRESET`. */
export function outcomeText({ outcome }: Sample): string {
  switch (outcome.kind) {
    case 'answered':
      return String(outcome.status);
    case 'timeout':
      return 'timeout';
    case 'abandoned':
      return 'still waiting at the end';
    case 'transport':
    case 'not-sent':
      return outcome.code;
  }
}
