import type { FaultEvidence, ScenarioEvidence } from '../../src/checks/evidence';
import type { FaultName } from '../../src/settings/settings';
import { FAULT_NAMES } from '../../src/settings/settings';
import type { ReplicaPlace } from '../../src/traffic/attribution';
import { createRandom } from '../../src/traffic/random';
import type { Attempt, Sample } from '../../src/traffic/sample';

/** What traffic on a broken replica comes to. */
export type Fate =
  /** NGINX gives up on it at once, and asks another. */
  | 'refused'
  /** NGINX waits for it, then asks another. */
  | 'waits'
  /** NGINX waits for it, and gives up altogether. */
  | 'fails';

export interface SyntheticScenario {
  readonly fault: FaultName | null;
  readonly replicas: number;
  readonly samples: number;
  /** Requests a second. */
  readonly rate: number;
  readonly fate: Fate;
  /** How long a request waits for the victim, in milliseconds. */
  readonly patience?: number;
  /** One in so many requests is still sent to the victim. */
  readonly oneIn?: number;
  readonly lag?: number;
  readonly start?: number;
}

const START = 1_700_000_000_000;

/** Replicas app1, app2 and so on at addresses of their own. */
export function manyReplicas(count: number): readonly ReplicaPlace[] {
  return Array.from({ length: count }, (_, index) => ({
    hostname: `app${index + 1}`,
    address: `198.18.0.${index + 10}:5000`,
  }));
}

/**
 * A scenario with as many samples as asked for, by chance and yet the same each time. It is made to be looked at and measured, not to
 * be true to NGINX.
 */
export function syntheticScenario(order: SyntheticScenario): ScenarioEvidence {
  const replicas = manyReplicas(order.replicas);
  const startedAt = order.start ?? START;
  const duration = (order.samples / order.rate) * 1_000;
  const at = (part: number): number => startedAt + duration * part;
  const fault = order.fault === null ? null : faultOf(order.fault, replicas[1]?.hostname ?? 'app2', at);
  const random = createRandom(order.samples + (order.fault?.length ?? 0));
  const samples = Array.from({ length: order.samples }, (_, index) =>
    sampleOf(order, { index, startedAt, replicas, fault, random }),
  );
  const [broken, mended] = fault === null ? [at(1), at(1)] : [fault.injectedAt, fault.healStartedAt];
  return {
    name: order.fault === null ? 'rotation' : `failover.${order.fault}`,
    check: order.fault === null ? 'rotation' : 'failover',
    replicas,
    phases: [
      { name: 'baseline', from: startedAt, to: broken },
      ...(fault === null
        ? []
        : [
            { name: 'fault' as const, from: broken, to: mended },
            { name: 'recovery' as const, from: mended, to: at(1) },
          ]),
    ],
    samples,
    missingLines: 0,
    load: {
      sent: samples.length,
      notSent: 0,
      lagP99Ms: order.lag ?? 2.5,
      lagMaxMs: 2 * (order.lag ?? 2.5),
      clientRetries: 0,
    },
    fault,
    rollout: null,
    probes: [],
    startedAt,
    endedAt: at(1),
  };
}

/** The largest run there is: 16 replicas, every fault, 100,000 requests. */
export function largestRun(fate: Fate = 'waits', patience = 5_000): readonly ScenarioEvidence[] {
  const scenarios: readonly (FaultName | null)[] = [null, ...FAULT_NAMES];
  const each = Math.ceil(100_000 / scenarios.length);
  return scenarios.map((fault, index) =>
    syntheticScenario({ fault, replicas: 16, samples: each, rate: 250, fate, patience, start: START + index * 60_000 }),
  );
}

function faultOf(name: FaultName, victim: string, at: (part: number) => number): FaultEvidence {
  return {
    name,
    victim: name.startsWith('lb-') ? null : victim,
    notRun: null,
    injectedAt: at(0.15),
    effectiveAt: at(0.15) + 60,
    proof: { took: true, seen: name === 'freeze' ? 'paused' : 'not running, exit code 137' },
    healStartedAt: at(0.65),
    healedAt: at(0.65) + 900,
    healProblem: null,
  };
}

interface Circumstances {
  readonly index: number;
  readonly startedAt: number;
  readonly replicas: readonly ReplicaPlace[];
  readonly fault: FaultEvidence | null;
  readonly random: () => number;
}

function sampleOf(order: SyntheticScenario, { index, startedAt, replicas, fault, random }: Circumstances): Sample {
  const { rate, fate, patience = 5_000, oneIn = 12 } = order;
  const scheduledAt = startedAt + (index / rate) * 1_000;
  const broken = fault !== null && scheduledAt >= fault.injectedAt - 20 && scheduledAt < (fault.healedAt ?? Infinity);
  const others = broken ? replicas.filter(({ hostname }) => hostname !== fault.victim) : replicas;
  const served = others[index % others.length] ?? { hostname: '', address: '' };
  const quick = 3 + 5 * random() ** 3 + (random() < 0.01 ? 60 * random() : 0);
  const answer = attemptOf(served.address, 200, quick);
  const victim = replicas.find(({ hostname }) => hostname === fault?.victim);
  const hit = broken && victim !== undefined && index % oneIn === 0;
  const lost = fate === 'refused' ? 0.4 : patience + 20 * random();
  const attempts = !hit
    ? [answer]
    : fate === 'fails'
      ? [failure(victim.address, lost)]
      : [failure(victim.address, lost), answer];
  const waited = attempts.reduce((sum, { responseMs }) => sum + (responseMs ?? 0), 0) + 1 + random();
  const status = attempts.at(-1)?.status ?? 502;
  const id = `${order.fault ?? 'rotation'}-${index}`;
  const method = index % 3 === 0 ? 'POST' : 'GET';
  return {
    ...{ id, method, connection: index % 2 === 0 ? 'kept' : 'fresh', path: '/', delayMs: 0, scheduledAt },
    ...{ sentAt: scheduledAt + random(), doneAt: scheduledAt + waited },
    outcome: { kind: 'answered', status },
    proxy: {
      ...{ id, loggedAt: scheduledAt + waited, workerPid: 7 + (index % 2), method, status },
      ...{ requestMs: waited, bodyBytes: 300, attempts },
    },
  };
}

function attemptOf(address: string, status: number, took: number): Attempt {
  return { address, status, connectMs: 0, headerMs: took, responseMs: took, bytesSent: 180 };
}

function failure(address: string, took: number): Attempt {
  return { address, status: took > 100 ? 504 : 502, connectMs: null, headerMs: null, responseMs: took, bytesSent: 0 };
}
