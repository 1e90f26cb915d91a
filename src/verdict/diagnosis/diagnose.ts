import type { Case, Diagnosis, Rule } from './diagnosis';
import { appErrors, noLiveUpstreams, noReplicaAnswered, unexplained } from './rules-general';
import { nextUpstreamOff, nextUpstreamTimeoutShort, nextUpstreamTriesOne, nonIdempotent } from './rules-retry';
import { failTimeoutLong, replicaBackup, replicaDown, replicaMissing, replicaTwice } from './rules-upstream';
import { connectTimeout, readTimeout } from './rules-waiting';

/** Most telling first: what one rule explains needs no vaguer one. */
const RULES: readonly Rule[] = [
  replicaTwice,
  replicaMissing,
  replicaBackup,
  replicaDown,
  noReplicaAnswered,
  nextUpstreamOff,
  nextUpstreamTriesOne,
  nextUpstreamTimeoutShort,
  nonIdempotent,
  connectTimeout,
  readTimeout,
  failTimeoutLong,
  appErrors,
  noLiveUpstreams,
];

/** Causes of every broken gate, at least one for each: what no rule explains is told by its numbers. */
export function diagnose(situation: Case): readonly Diagnosis[] {
  const found: Diagnosis[] = [];
  const explained = new Set<string>();
  for (const rule of RULES) {
    const rest = situation.broken.filter((gate) => !explained.has(gate.metric));
    if (rest.length === 0) break;
    const diagnosis = rule({ ...situation, broken: rest });
    if (diagnosis === null) continue;
    found.push(diagnosis);
    for (const metric of diagnosis.gates) explained.add(metric);
  }
  const rest = situation.broken.filter((gate) => !explained.has(gate.metric));
  return [...found, ...rest.map((gate) => unexplained(situation, gate))];
}
