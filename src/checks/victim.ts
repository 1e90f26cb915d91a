import type { Cluster, Replica } from '../cluster/cluster-types';
import { groupsAsked, type NginxModel, type UpstreamServer } from '../cluster/nginx/model';
import { isNeverSetAside, LARGE_WEIGHT } from '../cluster/nginx/upstream';
import { distributionOf } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';
import type { Traffic } from '../traffic/traffic';
import type { ScenarioContext } from './scenario';
import { replicaPlacesOf } from './scenario';

/**
 * The replica to break: one of those that serve, drawn by the seed, for breaking one that serves nothing would prove nothing. Where requests
 * depend on one alone, by what the configuration says or by what was seen of a method, it is that one: the loss of another would say
 * nothing of it. Else it is one of those that NGINX is slowest to set aside, or to give its share back, where their lines differ in that:
 * `max_fails=0` on one line of three does no harm while another replica is lost.
 */
export function pickVictim(
  { cluster, nginx, seed }: Pick<ScenarioContext, 'cluster' | 'nginx' | 'seed'>,
  traffic: Pick<Traffic, 'samples'>,
): Replica {
  const samples = traffic.samples();
  const serving = serversOf(samples, cluster);
  const ofMethods = ['GET', 'POST'].map((name) =>
    serversOf(
      samples.filter(({ method }) => method === name),
      cluster,
    ),
  );
  const lone = new Set([
    ...nginx.lone.map(({ replica }) => replica),
    ...ofMethods.flatMap((servers) => (servers.length === 1 ? servers : [])).map(({ hostname }) => hostname),
  ]);
  const groups = [
    serving.filter(({ hostname }) => lone.has(hostname)),
    slowestSetAside(serving, nginx),
    cluster.replicas,
  ];
  const candidates = groups.find((group) => group.length > 0) ?? [];
  const victim = candidates[seed % candidates.length];
  if (victim === undefined) throw new Error('a cluster without replicas');
  return victim;
}

function serversOf(samples: readonly Sample[], cluster: Cluster): readonly Replica[] {
  const counts = distributionOf(samples, replicaPlacesOf(cluster));
  return cluster.replicas.filter(({ hostname }) => (counts[hostname] ?? 0) > 0);
}

/**
 * Those never set aside, of these those set aside for the longest, of these those that may fail most often before, and of these those of the largest
 * weight, where it takes many requests until NGINX has given it back.
 */
function slowestSetAside(serving: readonly Replica[], nginx: NginxModel): readonly Replica[] {
  const lines = groupsAsked(nginx).flatMap(({ servers }) => servers);
  const ranks: readonly ((line: UpstreamServer) => number)[] = [
    (line) => Number(isNeverSetAside(line)),
    ({ failTimeoutMs }) => failTimeoutMs,
    ({ maxFails }) => maxFails,
    ({ weight }) => (weight < LARGE_WEIGHT ? 0 : weight),
  ];
  return ranks.reduce((rest, rank) => {
    const of = ({ hostname }: Replica): number =>
      Math.max(0, ...lines.filter(({ replica }) => replica === hostname).map(rank));
    const most = Math.max(...rest.map(of));
    return rest.filter((replica) => of(replica) === most);
  }, serving);
}
