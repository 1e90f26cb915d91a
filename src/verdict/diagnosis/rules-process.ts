import type { FaultName } from '../../settings/settings';
import type { ScenarioEvidence } from '../../checks/evidence';
import type { NginxModel } from '../../cluster/nginx/model';
import { parseCount } from '../../cluster/nginx/values';
import { clientError, replicaAt } from '../../traffic/attribution';
import type { Sample } from '../../traffic/sample';
import { closedAtReload, excusesOf } from '../excuses';
import { sinceFault } from '../soundness';
import { allRequests, calmRequests, lackedConnection, metNobody } from './calm';
import { complaintsOf, complaintText } from './complaints';
import type { Case, Rule } from './diagnosis';
import { brokenGates, errorGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { counted, inSeconds } from './wording';
import { serversRewritten, writtenDirectives } from './written';

/** What NGINX itself allows a worker by default (`DEFAULT_CONNECTIONS` in src/event/ngx_event.c). */
const DEFAULT_CONNECTIONS = 512;

/** `ngx_get_connection` and `ngx_event_accept`. */
const NOT_ENOUGH = /worker_connections are not enough/;

/** A worker may not have as many connections as its clients need. */
export const workerConnections: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'errors', 'unsafe-errors', 'coverage', 'stall'));
  const limit = writtenDirectives(situation).find(({ name }) => name === 'worker_connections');
  const count = parseCount(limit?.args[0] ?? '') ?? Infinity;
  const complaints = complaintsOf(situation.scenarios, NOT_ENOUGH);
  // Under a fault there may be another reason: then NGINX has to say so itself.
  const requests = complaints.length > 0 ? allRequests(situation) : calmRequests(situation);
  const refused = requests.filter(({ sample }) => lackedConnection(sample));
  const isFew = complaints.length > 0 || count < DEFAULT_CONNECTIONS;
  if (limit === undefined || !isFew || gates.length === 0 || refused.length === 0) return null;
  const line = `worker_connections ${Math.max(1_024, 4 * count)};`;
  return {
    id: 'worker-connections',
    gates,
    cause:
      `${placeName(situation, limit)} lets a worker process have ${counted(count, 'connection')}, those to clients and those to replicas ` +
      'together; beyond them NGINX closes connections or answers 500.',
    evidence:
      `${counted(refused.length, 'request')} met that, for example ${refused[0]?.sample.id ?? ''}.` +
      complaintText(complaints),
    ...placed(situation, limit, { kind: 'replace', line: limit.line, lines: [line] }),
    fix: `Change it to \`${line}\` or more: two for each request that is under way, and one for each idle client.`,
  };
};

/**
 * A name that is lost takes its replica out of the running group, and Docker forgets the name of a replica that ends. A request that chose its server
 * before is not handed to another one then, whoever is there (`goto busy` of ngx_http_upstream_get_round_robin_peer in NGINX's
 * src/http/ngx_http_upstream_round_robin.c, since 1.27.3).
 */
export const resolveLosesReplica: Rule = (situation) => {
  const upstream = situation.nginx.route?.upstream;
  const gates = metricsOf(errorGates(situation));
  const resolved = upstream?.servers.filter((one) => one.resolve && one.replica !== null) ?? [];
  const [server] = resolved;
  if (server === undefined || gates.length === 0) return null;
  // Requests whose connection a reload closed met no replica at all.
  const unnamed = blamed(situation, 'dns').filter((sample) => !closedAtReload(sample));
  const failed = [...unnamed, ...leftAlone(situation)];
  if (failed.length === 0) return null;
  return {
    id: 'resolve-loses-replica',
    gates,
    cause:
      `${placeName(situation, server.spot)} has NGINX resolve the name again while it runs (\`resolve\`). A replica that is gone loses its name in ` +
      'Docker’s DNS, NGINX makes its list of servers anew, and requests that were on their way to that replica are not handed to another one: they get 502.',
    evidence: `${counted(failed.length, 'request')} failed so while others served, for example ${failed[0]?.id ?? ''}.`,
    ...placed(
      situation,
      server.spot,
      serversRewritten(situation, resolved, (text) => text.replace(/\s+resolve(?=[\s;]|$)/, '')),
    ),
    fix:
      'Leave out `resolve`: NGINX keeps the addresses that it found when it started, and sets a lost replica aside by itself. Reload it when replicas ' +
      'have got other addresses.',
  };
};

/** Requests that found nobody left after they had been to the victim of a fault alone. */
function leftAlone(situation: Case): readonly Sample[] {
  const foundNobody = metNobody(situation);
  return situation.scenarios.flatMap((scenario) => {
    const { fault, replicas } = scenario;
    if (fault === null || fault.name === 'dns') return [];
    const wentToVictim = ({ proxy }: Sample): boolean => {
      const asked = proxy?.attempts.slice(0, -1) ?? [];
      return asked.length > 0 && asked.every(({ address }) => replicaAt(address, replicas) === fault.victim);
    };
    return blamedIn(scenario, situation.nginx).filter((sample) => foundNobody(sample) && wentToVictim(sample));
  });
}

/** Each worker has to find out by itself that a replica is gone, and that it is back. */
export const zoneMissing: Rule = (situation) => {
  const { route, workers } = situation.nginx;
  const gates = metricsOf(brokenGates(situation, 'detect', 'retries', 'recover'));
  if (route === null || gates.length === 0 || workers === 1) return null;
  const { upstream } = route;
  if (upstream.zone.value || upstream.implicit) return null;
  const line = `zone ${upstream.name} 64k;`;
  return {
    id: 'zone-missing',
    gates,
    cause:
      `upstream ${upstream.name} at ${placeName(situation, upstream.spot)} has no zone, so each of NGINX's workers finds out by ` +
      'itself that a replica is gone, and tries it again by itself.',
    evidence: brokenGates(situation, 'detect', 'retries', 'recover')
      .map(
        (gate) => `${gate.metric}: ${gate.unit === 'ms' ? inSeconds(gate.observed ?? 0) : String(gate.observed ?? 0)}`,
      )
      .join('; '),
    ...placed(situation, upstream.spot, { kind: 'insert-after', line: upstream.spot.line, lines: [line] }),
    fix: `Add \`${line}\` to the upstream block.`,
  };
};

/** Failed requests under one fault that no excuse covers. */
export function blamed({ scenarios, nginx }: Case, fault: FaultName): readonly Sample[] {
  return scenarios
    .filter((scenario) => scenario.fault?.name === fault)
    .flatMap((scenario) => blamedIn(scenario, nginx));
}

/** The same in one scenario with a fault. */
function blamedIn(scenario: ScenarioEvidence, nginx: NginxModel): readonly Sample[] {
  const excuses = excusesOf(scenario, nginx);
  return sinceFault(scenario).filter(
    (sample) => clientError(sample, scenario.replicas) !== null && !excuses.has(sample),
  );
}
