import type { Cluster, Replica } from '../cluster/cluster-types';
import { distributionOf } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';
import type { Traffic } from '../traffic/traffic';
import type { ScenarioContext } from './scenario';
import { replicaPlacesOf } from './scenario';

/**
 * The replica to break: one of those that serve, drawn by the seed, for breaking one that serves nothing would prove nothing. Where requests
 * depend on one alone, by what the configuration says or by what was seen of a method, it is that one: the loss of another would say
 * nothing of it.
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
  const groups = [serving.filter(({ hostname }) => lone.has(hostname)), serving, cluster.replicas];
  const candidates = groups.find((group) => group.length > 0) ?? [];
  const victim = candidates[seed % candidates.length];
  if (victim === undefined) throw new Error('a cluster without replicas');
  return victim;
}

function serversOf(samples: readonly Sample[], cluster: Cluster): readonly Replica[] {
  const counts = distributionOf(samples, replicaPlacesOf(cluster));
  return cluster.replicas.filter(({ hostname }) => (counts[hostname] ?? 0) > 0);
}
