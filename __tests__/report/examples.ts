import { readFileSync } from 'node:fs';
import type { FaultEvidence, Probe, RolloutEvidence, RolloutStep, ScenarioEvidence } from '../../src/checks/evidence';
import type { NginxModel } from '../../src/cluster/nginx/model';
import { understandConfig } from '../../src/cluster/nginx/model';
import type { RunFacts } from '../../src/report/build';
import { buildReport } from '../../src/report/build';
import type { Report } from '../../src/report/schema';
import { profileGates } from '../../src/settings/profiles';
import type { FaultName } from '../../src/settings/settings';
import { CHECK_NAMES, FAULT_NAMES } from '../../src/settings/settings';
import type { ReplicaPlace } from '../../src/traffic/attribution';
import type { Attempt, Sample } from '../../src/traffic/sample';
import { judge } from '../../src/verdict/verdict';
import { attempt, CONFIG_PATH, rotationEvidence, sample, START, unanswered, unconnected } from '../support/evidence';
import { treeOf } from '../support/config-tree';

/** How a cluster of an example is made, and how its NGINX deals with what is broken. */
export interface Scene {
  readonly replicas: number;
  /** Requests per second. */
  readonly rate: number;
  /** `good`: NGINX gives a lost replica up after seconds; `textbook`: after a minute. */
  readonly config: 'good' | 'textbook';
  /** Seconds that a fault lasts. */
  readonly lasts: number;
}

const SCENE: Scene = { replicas: 3, rate: 100, config: 'good', lasts: 13 };
const BASELINE_MS = 2_500;
const RECOVERY_MS = 5_000;
const READY_MS = 700;
const CONFIG_FILE = 'nginx/default.conf';

/** Nobody noticed anything. */
export function passExample(): Report {
  const faults: readonly FaultName[] = ['crash', 'stop', 'freeze', 'partition'];
  return reportOf(SCENE, [rotation(SCENE), ...faults.map((fault) => failover(SCENE, fault)), rollout(SCENE)]);
}

/** The textbook's configuration: who meets the frozen replica waits for a minute. */
export function freezeExample(): Report {
  const scene: Scene = { ...SCENE, config: 'textbook', lasts: 66 };
  return reportOf(scene, [
    rotation(scene),
    failover({ ...SCENE, lasts: 12 }, 'stop'),
    failover(scene, 'freeze'),
    failover({ ...SCENE, lasts: 12 }, 'lb-reload'),
  ]);
}

/** A runner that was too busy to send on time. */
export function inconclusiveExample(): Report {
  const load = { sent: 2_000, notSent: 0, lagP99Ms: 221, lagMaxMs: 640, clientRetries: 0 };
  return reportOf(SCENE, [rotation(SCENE), { ...failover(SCENE, 'crash'), load }]);
}

/** As many replicas as there can be, and everything that can be broken. */
export function largeExample(scene: Scene = { ...SCENE, replicas: 16, rate: 200 }): Report {
  return reportOf(scene, largeEvidence(scene));
}

/** The evidence of the largest run. */
export function largeEvidence(scene: Scene): readonly ScenarioEvidence[] {
  return [rotation(scene), ...FAULT_NAMES.map((fault) => failover(scene, fault)), rollout(scene), isolation(scene)];
}

/** What a run with these scenarios reports. */
export function reportOf(scene: Scene, scenarios: readonly ScenarioEvidence[]): Report {
  return buildReport(factsOf(scene, scenarios));
}

/** What a run with these scenarios knows when it ends. */
export function factsOf(scene: Scene, scenarios: readonly ScenarioEvidence[]): RunFacts {
  const text = configOf(scene);
  const places = placesOf(scene);
  const judgement = judge({
    scenarios,
    gates: profileGates(
      'standard',
      CHECK_NAMES.filter((check) => scenarios.some((one) => one.check === check)),
    ),
    nginx: modelOf(text, places),
    config: { containerPath: CONFIG_PATH, workspacePath: CONFIG_FILE, text },
    appPort: 5_000,
    dockerfile: null,
  });
  return {
    ...judgement,
    ...{ message: null, details: [], seed: 482_193, scenarios, timings: { total: 41_300 } },
    cluster: {
      replicas: places.map(({ hostname }) => hostname),
      images: [{ role: 'app', reference: 'shop:pr-482', id: 'sha256:1', digests: [] }],
      nginxVersion: '1.30.4',
      config: { source: 'user', file: CONFIG_FILE, text },
    },
  };
}

/** The fixture of the same name, with a server line for each replica. */
function configOf({ config, replicas }: Scene): string {
  const text = readFileSync(`fixtures/nginx/${config === 'good' ? 'good-server' : 'textbook'}.conf`, 'utf8');
  const [line = ''] = /^.*app1:5000.*\n/m.exec(text) ?? [];
  const all = Array.from({ length: replicas }, (_, index) => line.replace('app1', `app${index + 1}`)).join('');
  return text.replace(/(?:^.*app\d:5000.*\n)+/m, all);
}

function modelOf(text: string, places: readonly ReplicaPlace[]): NginxModel {
  return understandConfig(treeOf(`http {${text}\n}`, CONFIG_PATH), {
    replicas: places.map(({ hostname }) => ({ hostname, address: hostname })),
    ...{ appPort: 5_000, probePath: '/', nginxVersion: '1.30.4' },
  });
}

function placesOf({ replicas }: Scene): readonly ReplicaPlace[] {
  return Array.from({ length: replicas }, (_, index) => ({
    hostname: `app${index + 1}`,
    address: `198.18.7.${index + 10}:5000`,
  }));
}

/** What happens to a request whose turn it is at a certain replica; null: NGINX passes that replica over. */
type Fate = (
  at: number,
  isGet: boolean,
  address: string,
  next: string,
) => { readonly attempts: readonly Attempt[]; readonly waited: number } | null;

/** Traffic round the replicas until `end`, a third of it POSTs. Latencies go up and down without being random. */
function traffic(scene: Scene, end: number, fate: Fate, worker: (at: number, index: number) => number): Sample[] {
  const addresses = placesOf(scene).map(({ address }) => address);
  const samples: Sample[] = [];
  for (let index = 0, turn = 0; index < (end / 1_000) * scene.rate; index += 1) {
    const at = (index * 1_000) / scene.rate;
    const isGet = index % 3 !== 2;
    let outcome: ReturnType<Fate> = null;
    while (outcome === null) {
      const address = addresses[turn % addresses.length] ?? '';
      turn += 1;
      outcome = fate(at, isGet, address, addresses[turn % addresses.length] ?? '');
    }
    const { attempts, waited } = outcome;
    const jitter = 3 + ((index * 7_919) % 13);
    samples.push(
      sample({ at, method: isGet ? 'GET' : 'POST', attempts, waited: waited + jitter, worker: worker(at, index) }),
    );
  }
  return samples;
}

const served: Fate = (_, __, address) => ({ attempts: [attempt(address)], waited: 0 });
const twoWorkers = (_: number, index: number): number => 7 + (index % 2);

function rotation(scene: Scene): ScenarioEvidence {
  const samples = traffic(scene, 3_000, served, twoWorkers);
  return { ...rotationEvidence(samples), replicas: placesOf(scene) };
}

/** One fault on the second replica, or on NGINX. */
export function failover(scene: Scene, name: FaultName): ScenarioEvidence {
  const healStarted = BASELINE_MS + scene.lasts * 1_000;
  const ready = healStarted + READY_MS;
  const end = ready + RECOVERY_MS;
  const onNginx = name === 'lb-reload' || name === 'lb-worker-crash';
  const [, place] = placesOf(scene);
  const worker = (at: number, index: number): number =>
    onNginx && at > BASELINE_MS
      ? name === 'lb-reload'
        ? 17 + (index % 2)
        : 8 + 10 * (index % 2)
      : twoWorkers(at, index);
  const fate = onNginx || name === 'dns' ? served : fateOf(scene, name, place?.address ?? '', healStarted, ready);
  const fault: FaultEvidence = {
    ...{ name, victim: onNginx ? null : (place?.hostname ?? null), notRun: null },
    ...{ injectedAt: START + BASELINE_MS, effectiveAt: START + BASELINE_MS + 40 },
    proof: { took: true, seen: name === 'freeze' ? 'paused' : 'not running, exit code 137' },
    ...{ healStartedAt: START + healStarted, healedAt: START + ready, healProblem: null },
  };
  return {
    ...rotationEvidence(traffic(scene, end, fate, worker)),
    ...{ name: `failover.${name}`, check: 'failover', replicas: placesOf(scene), fault, endedAt: START + end },
    phases: [
      { name: 'baseline', from: START, to: START + BASELINE_MS },
      { name: 'fault', from: START + BASELINE_MS, to: START + healStarted },
      { name: 'recovery', from: START + healStarted, to: START + end },
    ],
  };
}

function fateOf(scene: Scene, name: FaultName, victim: string, healStarted: number, ready: number): Fate {
  let failures = 0;
  let asideUntil = 0;
  const hangs = name === 'freeze';
  const patience = scene.config === 'textbook' ? 60_000 : hangs ? 5_000 : 1_000;
  return (at, isGet, address, next) => {
    if (address !== victim || at < BASELINE_MS || at >= ready) return served(at, isGet, address, next);
    if (name === 'throttle' || name === 'slow') {
      return { attempts: [attempt(address, { headerMs: 420, responseMs: 420 })], waited: 420 };
    }
    // While it is known to be lost, NGINX tries it with what can be repeated only: so the example has no failure in it.
    if (at < asideUntil || (name === 'error' && !isGet && at > BASELINE_MS + 200)) return null;
    failures += 1;
    const early = at < BASELINE_MS + 200;
    const spent = early && !hangs ? 1 : Math.min(patience, Math.max(1, healStarted - at));
    const thawed = hangs && spent < patience;
    // It takes NGINX its whole patience to find out, and two failures to act on it.
    if (failures % 2 === 0 && !(hangs && at + patience > healStarted)) {
      asideUntil = hangs ? (at > BASELINE_MS + patience ? at + 3_000 : 0) : at + 3_000;
    }
    if (thawed) return { attempts: [attempt(address, { headerMs: spent, responseMs: spent })], waited: spent };
    const status = name === 'error' ? 503 : hangs ? 504 : 502;
    const lost = hangs
      ? unanswered(address, spent, status)
      : name === 'error'
        ? attempt(address, { status })
        : early && !isGet
          ? unanswered(address, spent, status)
          : unconnected(address, spent, status);
    const repeated = isGet || lost.bytesSent === 0;
    return { attempts: repeated ? [lost, attempt(next)] : [lost], waited: spent };
  };
}

/** Every replica replaced by a newer version, one after the other. */
function rollout(scene: Scene): ScenarioEvidence {
  const places = placesOf(scene);
  const begin = BASELINE_MS;
  const each = 1_600;
  const end = begin + places.length * each;
  const turn = (index: number, offset: number): number => START + begin + index * each + offset;
  const steps = places.map(({ hostname }, index): RolloutStep => ({
    ...{ replica: hostname, undrained: null, serversLeft: places.length - 1 },
    ...{ drainAt: turn(index, 0), drainedAt: turn(index, 300), stopAt: turn(index, 310), stoppedAt: turn(index, 640) },
    ...{
      exitCode: 0,
      oomKilled: false,
      startAt: turn(index, 650),
      readyAt: turn(index, 1_300),
      backAt: turn(index, 1_500),
    },
    ...{ rolledBackAt: null, versionBefore: '1.8.2', versionAfter: '1.9.0' },
  }));
  const details: RolloutEvidence = {
    ...{ from: 'shop:main', to: 'shop:pr-482', sameImage: false, promisedBy: 'baseline-image' },
    ...{ startedAt: START + begin, endedAt: START + end, steps, failure: null },
  };
  const away: Fate = (at, isGet, address, next) => {
    const index = places.findIndex((place) => place.address === address);
    const since = at - begin - index * each;
    return since >= 0 && since < 1_500 ? null : served(at, isGet, address, next);
  };
  const stop = end + RECOVERY_MS;
  return {
    ...rotationEvidence(traffic(scene, stop, away, twoWorkers)),
    ...{ name: 'rollout', check: 'rollout', replicas: places, rollout: details, endedAt: START + stop },
    phases: [
      { name: 'baseline', from: START, to: START + begin },
      { name: 'rollout', from: START + begin, to: START + end },
      { name: 'recovery', from: START + end, to: START + stop },
    ],
  };
}

/** Questions without traffic. */
export function isolation(scene: Scene): ScenarioEvidence {
  const probes = placesOf(scene).flatMap(({ hostname }): readonly Probe[] => [
    { id: 'egress', subject: hostname, claim: 'it reaches nobody outside its network', seen: 'no route', holds: true },
    { id: 'published', subject: hostname, claim: 'none of its ports is published', seen: 'none is', holds: true },
  ]);
  return {
    ...rotationEvidence([]),
    ...{ name: 'isolation', check: 'isolation', replicas: placesOf(scene), phases: [], probes, endedAt: START + 1_900 },
  };
}
