import type { FaultEvidence, ScenarioEvidence } from '../../src/checks/evidence';
import type { NginxModel } from '../../src/cluster/nginx/model';
import { understandConfig } from '../../src/cluster/nginx/model';
import type { Attempt, ClientOutcome, Method, Sample } from '../../src/traffic/sample';
import { treeOf } from './config-tree';

/** Three replicas as evidence names them. */
export const REPLICAS = [1, 2, 3].map((n) => ({ hostname: `app${n}`, address: `198.18.0.1${n}:5000` }));

/** When scenarios made here begin, in epoch milliseconds. */
export const START = 1_700_000_000_000;

/** One attempt that a replica answered, unless told otherwise. */
export function attempt(replica: string, changes: Partial<Attempt> = {}): Attempt {
  const address = REPLICAS.find((one) => one.hostname === replica)?.address ?? replica;
  return { address, status: 200, connectMs: 0, headerMs: 5, responseMs: 5, bytesSent: 120, ...changes };
}

/** An attempt that never got a connection. */
export function unconnected(replica: string, waitedMs: number, status = 502): Attempt {
  return attempt(replica, { status, connectMs: null, headerMs: null, responseMs: waitedMs, bytesSent: 0 });
}

/** An attempt that sent its request and got nothing back. */
export function unanswered(replica: string, waitedMs: number, status = 504): Attempt {
  return attempt(replica, { status, headerMs: null, responseMs: waitedMs });
}

interface SampleChanges {
  readonly method?: Method;
  /** Milliseconds after START. */
  readonly at: number;
  readonly waited?: number;
  readonly outcome?: ClientOutcome;
  /** null: NGINX logged nothing. */
  readonly attempts: readonly Attempt[] | null;
  readonly worker?: number;
  /** The delay that it asked for, in milliseconds. */
  readonly delayMs?: number;
  /** Of the answer. */
  readonly bodyBytes?: number;
}

let made = 0;

/** One request that came to what its attempts say. */
export function sample({
  method = 'GET',
  at,
  waited = 6,
  outcome,
  attempts,
  worker = 7,
  delayMs = 0,
  bodyBytes = 300,
}: SampleChanges): Sample {
  const id = `test-${made++}`;
  const status = attempts?.at(-1)?.status ?? 200;
  const scheduledAt = START + at;
  return {
    ...{
      id,
      method,
      connection: 'fresh',
      path: '/',
      delayMs,
      scheduledAt,
      sentAt: scheduledAt,
      doneAt: scheduledAt + waited,
    },
    outcome: outcome ?? { kind: 'answered', status },
    proxy:
      attempts === null
        ? null
        : {
            id,
            loggedAt: scheduledAt + waited,
            workerPid: worker,
            method,
            status,
            requestMs: waited,
            bodyBytes,
            attempts,
          },
  };
}

/** `count` requests 10 ms apart from `from` on, going round the given replicas, every second one a POST. */
export function steady(from: number, count: number, replicas: readonly string[] = ['app1', 'app2', 'app3']): Sample[] {
  return Array.from({ length: count }, (_, index) =>
    sample({
      at: from + index * 10,
      method: index % 2 === 0 ? 'GET' : 'POST',
      attempts: [attempt(replicas[index % replicas.length] ?? '')],
    }),
  );
}

/** Rotation as it was seen, with nothing wrong about the generator. */
export function rotationEvidence(
  samples: readonly Sample[],
  changes: Partial<ScenarioEvidence> = {},
): ScenarioEvidence {
  const endedAt = Math.max(START, ...samples.map((one) => one.doneAt));
  return {
    name: 'rotation',
    check: 'rotation',
    replicas: REPLICAS,
    phases: [{ name: 'baseline', from: START, to: endedAt }],
    samples,
    missingLines: 0,
    load: { sent: samples.length, notSent: 0, lagP99Ms: 1, lagMaxMs: 2, clientRetries: 0 },
    fault: null,
    rollout: null,
    probes: [],
    startedAt: START,
    endedAt,
    ...changes,
  };
}

/** Milliseconds after START: app2 crashes, NGINX may try it again, it is back. */
export const CRASH = { injected: 2_000, effective: 2_050, healed: 9_000, ready: 9_500, end: 12_000 };

/** A crash of app2 as the engine reported it. */
export const FAULT: FaultEvidence = {
  name: 'crash',
  victim: 'app2',
  notRun: null,
  injectedAt: START + CRASH.injected,
  effectiveAt: START + CRASH.effective,
  proof: { took: true, seen: 'not running, exit code 137' },
  healStartedAt: START + CRASH.healed,
  healedAt: START + CRASH.ready,
  healProblem: null,
};

/** Traffic around a crash that nobody noticed. */
export function calmCrash(): Sample[] {
  return [
    ...steady(0, 200),
    ...steady(CRASH.injected, 700, ['app1', 'app3']),
    ...steady(CRASH.healed, 50, ['app1', 'app3']),
    ...steady(CRASH.ready, 250),
  ];
}

/** A crash of app2 with this traffic around it. */
export function crashEvidence(samples: readonly Sample[], changes: Partial<ScenarioEvidence> = {}): ScenarioEvidence {
  return {
    ...rotationEvidence(samples.toSorted((a, b) => a.scheduledAt - b.scheduledAt)),
    name: 'failover.crash',
    check: 'failover',
    phases: [
      { name: 'baseline', from: START, to: START + CRASH.injected },
      { name: 'fault', from: START + CRASH.injected, to: START + CRASH.healed },
      { name: 'recovery', from: START + CRASH.healed, to: START + CRASH.end },
    ],
    fault: FAULT,
    endedAt: START + CRASH.end,
    ...changes,
  };
}

/** Path in the container of a server configuration. */
export const CONFIG_PATH = '/etc/nginx/conf.d/default.conf';

/** What a server configuration means, as if an NGINX of this version had printed it. */
export function modelOf(text: string, nginxVersion = '1.30.4'): NginxModel {
  const tree = treeOf(`http {${text}\n}`, CONFIG_PATH);
  return understandConfig(tree, {
    replicas: REPLICAS.map(({ hostname }) => ({ hostname, address: hostname })),
    appPort: 5000,
    probePath: '/',
    nginxVersion,
  });
}
