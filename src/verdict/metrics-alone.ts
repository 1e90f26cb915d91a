import type { ScenarioEvidence } from '../checks/evidence';
import type { LoneReplica, NginxModel } from '../cluster/nginx/model';
import type { Measurement } from './measurement';
import { measured } from './measurement';

/**
 * Groups with one server, and `proxy_pass` lines that name a host, whose replica nothing stands in for. Where every replica is named like
 * that, each can be asked for by itself on purpose, as monitoring does.
 */
export function aloneIn({ replicas }: Pick<ScenarioEvidence, 'replicas'>, nginx: NginxModel): readonly LoneReplica[] {
  const named = new Set(nginx.lone.map(({ replica }) => replica));
  return replicas.every(({ hostname }) => named.has(hostname)) ? [] : nginx.lone;
}

/** `failover.alone`: what the configuration says, for the traffic of a run asks for one path, in the name of one kind of client. */
export function aloneMeasurement(evidence: ScenarioEvidence, nginx: NginxModel): Measurement {
  const hostnames = [...new Set(aloneIn(evidence, nginx).map(({ replica }) => replica))];
  const words = hostnames.length === 0 ? null : hostnames.join(', ');
  return measured(evidence.name, 'failover.alone', 'count', hostnames.length, evidence.replicas.length, words);
}
