import type { ScenarioEvidence } from '../checks/evidence';
import { IDLE_PROBE, LENGTH_PROBE, SESSION_PROBE } from '../checks/evidence';
import { groupsAsked, type NginxModel, type UpstreamModel } from '../cluster/nginx/model';
import { isOneForEachClient, isStranger } from '../cluster/nginx/upstream';
import type { ReplicaPlace } from '../traffic/attribution';
import { distributionOf, replicaAt, retriesOf } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';
import type { Measurement, Observed } from './measurement';
import { withdrawn } from './measurement';
import { excessOfRandom } from './random-choice';
import { excessOf } from './round-robin';
import { sampleProblem, trafficProblem } from './soundness';
import { counted } from '../settings/wording';

/** `rotation.coverage`, `rotation.excess`, `rotation.sessions`, `rotation.closed`, `rotation.held` and `rotation.cut`. */
export function rotationMeasurements(
  evidence: ScenarioEvidence,
  nginx: NginxModel,
  lagBoundMs: number,
): readonly Measurement[] {
  const { samples, name } = evidence;
  const why = trafficProblem(evidence, lagBoundMs) ?? sampleProblem(samples, 'for rotation');
  const base = { samples: samples.length, scenario: name };
  return [
    ...[
      { ...base, metric: 'rotation.coverage', unit: '%' as const, observed: coverage(evidence, nginx) },
      { ...base, metric: 'rotation.excess', unit: 'count' as const, observed: excess(evidence, nginx) },
    ].map((measurement) => withdrawn(measurement, why)),
    sessions(evidence),
    closed(evidence),
    ...held(evidence, nginx),
    ...cut(evidence),
  ];
}

/** Asked one by one and past NGINX, so that no traffic, and nothing that delays it, has a part in it. */
function sessions({ name, probes, replicas }: ScenarioEvidence): Measurement {
  const asked = probes.filter(({ id }) => id === SESSION_PROBE);
  const base = { metric: 'rotation.sessions', unit: 'count' as const, samples: replicas.length, scenario: name };
  const [first] = asked;
  if (first === undefined) return { ...base, observed: value(0, 'the app sets no cookie') };
  if (asked.every(({ holds }) => holds === null))
    return { ...base, observed: { kind: 'unobservable', why: first.seen } };
  const lost = asked.filter(({ holds }) => holds === false);
  return { ...base, observed: value(lost.length, lost[0]?.seen ?? null) };
}

/** Nothing else is asked of an app whose connections NGINX does not keep. */
function closed({ name, probes }: ScenarioEvidence): Measurement {
  const asked = probes.filter(({ id }) => id === IDLE_PROBE);
  const early = asked.filter(({ holds }) => holds === false);
  const base = { metric: 'rotation.closed', unit: 'count' as const, samples: asked.length, scenario: name };
  return { ...base, observed: value(early.length, asked[0]?.seen ?? 'NGINX and the app keep no connection') };
}

/** With `worker_processes auto`, on the smallest machine that anybody balances load on. */
const LEAST_PROCESSES = 2;

/** What one process of NGINX sends has room among its own idle connections; those of all others may take every worker. */
function held({ name, idleRoom }: ScenarioEvidence, { route, workers }: NginxModel): readonly Measurement[] {
  if (idleRoom === undefined) return [];
  const others = (workers === 'auto' ? LEAST_PROCESSES : workers) - 1;
  const kept = others * (route?.upstream.keepalive.value ?? 0);
  const base = { metric: 'rotation.held', unit: 'count' as const, samples: 1, scenario: name };
  if (idleRoom === null) return [{ ...base, observed: value(0, null) }];
  const seen = `a replica has room for ${counted(idleRoom, 'idle connection')}, and the other processes of NGINX keep up to ${kept}`;
  return [{ ...base, observed: value(kept >= idleRoom ? 1 : 0, seen) }];
}

/** None where answers announce no length. */
function cut({ name, probes }: ScenarioEvidence): readonly Measurement[] {
  const asked = probes.filter(({ id }) => id === LENGTH_PROBE);
  const longer = asked.filter(({ holds }) => holds === false);
  const base = { metric: 'rotation.cut', unit: 'count' as const, samples: asked.length, scenario: name };
  return asked.length === 0 ? [] : [{ ...base, observed: value(longer.length, longer[0]?.seen ?? null) }];
}

function value(number: number, remark: string | null): Observed {
  return { kind: 'value', value: number, remark };
}

function coverage({ samples, replicas }: ScenarioEvidence, nginx: NginxModel): Observed {
  const upstream = nginx.route?.upstream;
  const algorithm = upstream?.algorithm;
  if (algorithm !== undefined && isOneForEachClient(algorithm)) {
    const able = takingTurns(upstream);
    const listed = replicas.filter(({ hostname }) => able.has(hostname)).length;
    if (listed < replicas.length) {
      return value((100 * listed) / replicas.length, `${listed} of ${replicas.length} replicas are listed to serve`);
    }
    return {
      kind: 'unobservable',
      why: `with ${algorithm} all requests of one client go to one replica, so one client cannot see the others`,
    };
  }
  const counts = distributionOf(samples, replicas);
  const serving = replicas.filter((replica) => (counts[replica.hostname] ?? 0) > 0);
  const apart = groupsApart(
    serving.map(({ hostname }) => hostname),
    replicas.map(({ hostname }) => hostname),
    nginx,
  );
  if (apart !== null) return { kind: 'unobservable', why: apart };
  const ofReplicas = `${serving.length} of ${replicas.length} replicas`;
  const strangers = upstream?.servers.filter(isStranger) ?? [];
  const listed = new Set(upstream?.servers.map(({ replica }) => replica).filter((name) => name !== null));
  const members = Math.max(replicas.length, listed.size + strangers.length);
  // Such a server has its turns as well, and serves nobody in any of them: NGINX repeats them elsewhere, which nobody sees.
  const besides = members === replicas.length ? '' : `, of ${members} servers that the upstream lists`;
  return value((serving.length / members) * 100, `${ofReplicas}${besides}`);
}

/**
 * Where a variable chooses among groups: why those that served are all that this traffic can see, for they are one group, whole, and the others
 * stand in another; null: they are not.
 */
function groupsApart(serving: readonly string[], all: readonly string[], nginx: NginxModel): string | null {
  const idle = all.filter((hostname) => !serving.includes(hostname));
  if (nginx.route !== null || idle.length === 0 || serving.length === 0) return null;
  const groups = groupsAsked(nginx).map((group) => ({
    name: group.name,
    members: takingTurns(group),
  }));
  const whole = groups.find(
    ({ members }) => members.size === serving.length && serving.every((one) => members.has(one)),
  );
  const isElsewhere = idle.every((hostname) => groups.some(({ members }) => members.has(hostname)));
  if (whole === undefined || !isElsewhere) return null;
  return `the request decides which group it goes to, and those of this check went to ${whole.name}, of which every replica served`;
}

/** Replicas that a group sends requests to while nothing is broken. */
function takingTurns(upstream: UpstreamModel | undefined): ReadonlySet<string> {
  const able = upstream?.servers.filter(({ backup, down }) => !backup && !down) ?? [];
  return new Set(able.flatMap(({ replica }) => (replica === null ? [] : [replica])));
}

/** Requests beyond what the algorithm, the weights, the zone and the number of workers allow. */
function excess(evidence: ScenarioEvidence, nginx: NginxModel): Observed {
  const upstream = nginx.route?.upstream;
  const disturbance = disturbanceOf(evidence, nginx);
  if (disturbance !== null) return disturbance;
  if (upstream === undefined) {
    // Replicas served all of it, so that there is nothing wrong with the way there, which is only more than is understood.
    return { kind: 'unobservable', why: `${nginx.routeProblem ?? 'the upstream is unknown'}, so no share is promised` };
  }
  return hiddenTurns(evidence, nginx) ?? excessOfAlgorithm(evidence, upstream);
}

/** Why turns were not, or need not have been, taken in their order; null: they were. */
function disturbanceOf({ samples }: ScenarioEvidence, { route, routeProblem }: NginxModel): Observed | null {
  const upstream = route?.upstream;
  if (upstream?.servers.some((server) => server.maxConns > 0) === true) {
    return { kind: 'unobservable', why: 'with max_conns the share depends on how long answers take' };
  }
  const disturbed = samples.filter((sample) => {
    const attempts = sample.proxy?.attempts ?? [];
    return attempts.length === 0 || retriesOf(sample) > 0 || attempts.some(({ headerMs }) => headerMs === null);
  }).length;
  if (disturbed > 0) {
    return {
      kind: 'inconclusive',
      why:
        upstream === undefined
          ? `no group is known whose turns could be counted: ${routeProblem ?? ''}`
          : `${counted(disturbed, 'request')} failed, had to be retried, or got an answer of NGINX itself, and a failed attempt shifts the rotation`,
    };
  }
  return null;
}

/** Why some turns are taken by what no request shows; null: each request takes one. */
function hiddenTurns({ samples }: ScenarioEvidence, { route }: NginxModel): Observed | null {
  if (route?.authRequest?.goesElsewhere === false) {
    return {
      kind: 'unobservable',
      why: 'auth_request asks the same group before each request, and its questions take turns that nobody sees',
    };
  }
  if (samples.some(({ proxy }) => proxy?.attempts.some(({ anew }) => anew === true))) {
    return {
      kind: 'unobservable',
      why: 'NGINX asks more than once for one request (X-Accel-Redirect, error_page), and each question takes a turn',
    };
  }
  return null;
}

function excessOfAlgorithm(evidence: ScenarioEvidence, upstream: UpstreamModel): Observed {
  const expected = expectedWeights(upstream, evidence.replicas);
  switch (upstream.algorithm) {
    case 'round-robin': {
      const { value: zone } = upstream.zone;
      const states = pickStates(evidence.samples, expected.hostnames, evidence.replicas, zone);
      return value(
        excessOf(expected.weights, states),
        zone ? 'one state, shared by a zone' : `${counted(states.length, 'worker')}, no zone`,
      );
    }
    case 'ip-hash':
      return value(beyondOne(evidence, expected.hostnames), 'one client, so one replica');
    case 'hash':
      return hasConstantKey(upstream)
        ? value(beyondOne(evidence, expected.hostnames), `one key, ${upstream.algorithmArgs[0] ?? ''}, so one replica`)
        : {
            kind: 'unobservable',
            why: `the key ${upstream.algorithmArgs[0] ?? ''} may differ from request to request`,
          };
    case 'random': {
      const [counts = []] = pickStates(evidence.samples, expected.hostnames, evidence.replicas, true);
      return value(excessOfRandom(expected.weights, counts), 'drawn at random: beyond chance at 1 in 10,000');
    }
    case 'least-conn':
    case 'random-two':
    case 'sticky':
    case 'other':
      return { kind: 'unobservable', why: `${upstream.algorithm} promises no fixed share` };
  }
}

/** Requests of one client that went elsewhere than most. */
function beyondOne({ samples, replicas }: ScenarioEvidence, hostnames: readonly string[]): number {
  const [counts = []] = pickStates(samples, hostnames, replicas, true);
  return counts.reduce((sum, count) => sum + count, 0) - Math.max(0, ...counts);
}

/** Variables that are the same for every request of a rotation: one client, one path, one host. */
const CONSTANTS = new Set([
  '$remote_addr',
  '$binary_remote_addr',
  '$request_uri',
  '$uri',
  '$host',
  '$http_host',
  '$scheme',
]);

function hasConstantKey({ algorithmArgs }: UpstreamModel): boolean {
  const variables = (algorithmArgs[0] ?? '').match(/\$\w+|\$\{\w+\}/g) ?? [];
  return variables.every((variable) => CONSTANTS.has(variable.replace(/[{}]/g, '')));
}

/**
 * Who should be picked, and how often: each replica that the upstream lists once, with its first line's weight, in the
 * upstream's order. Of two with equal claims NGINX picks the first, so that another order has other sequences of turns.
 */
function expectedWeights(
  upstream: UpstreamModel,
  replicas: readonly ReplicaPlace[],
): { readonly hostnames: readonly string[]; readonly weights: readonly number[] } {
  const weights = new Map<string, number>();
  for (const { replica, backup, down, weight } of upstream.servers) {
    const isReplica = replicas.some(({ hostname }) => hostname === replica);
    if (replica !== null && isReplica && !backup && !down && !weights.has(replica)) weights.set(replica, weight);
  }
  return { hostnames: [...weights.keys()], weights: [...weights.values()] };
}

/** Picks of each state: of every worker by itself, or of all workers together where a zone shares it. */
function pickStates(
  samples: readonly Sample[],
  hostnames: readonly string[],
  replicas: readonly ReplicaPlace[],
  zone: boolean,
): readonly (readonly number[])[] {
  const states = new Map<number, number[]>();
  for (const sample of samples) {
    if (sample.proxy === null) continue;
    const state = zone ? 0 : sample.proxy.workerPid;
    const counts = states.get(state) ?? hostnames.map(() => 0);
    // The pick is NGINX's, whatever became of the answer on its way to the client.
    const index = hostnames.indexOf(replicaAt(sample.proxy.attempts[0]?.address ?? '', replicas) ?? '');
    if (index >= 0) counts[index] = (counts[index] ?? 0) + 1;
    states.set(state, counts);
  }
  return [...states.values()];
}
