import { SECRET_FILE_PROBE } from '../checks/evidence';
import { listed } from './quantities';
import type { Report, ReportGate } from './schema';

/** More findings than these nobody takes in at a glance; the table and the diagnoses have all of them. */
const MOST_NAMED = 2;

/** What is wrong where the answer to a question is no, by the question's id. */
const WORDS: Readonly<Record<string, string>> = {
  'non-root': 'the app runs as root',
  'read-only-root': 'the root file system can be written to',
  'write-fails': 'the root file system can be written to',
  'no-capabilities': 'the app has capabilities',
  'no-new-privileges': 'the app can gain privileges',
  'no-engine-socket': 'the socket of a container engine is mounted',
  'no-secret-in-image': 'the image carries a secret',
  'no-secret-in-history': 'the image carries a secret',
  'ends-on-sigterm': 'the app does not shut down cleanly',
  'health-check': 'the image’s HEALTHCHECK fails while the app serves',
  'cpu-limit': 'the CPU limit is not in force',
  'memory-limit': 'the memory limit is not in force',
  'memory-eater-killed': 'the memory limit is not in force',
  'pids-limit': 'the process limit is not in force',
  'forker-refused': 'the process limit is not in force',
  'cpu-burner-errors': 'requests fail beside a noisy neighbour',
  'memory-eater-errors': 'requests fail beside a noisy neighbour',
  'forker-errors': 'requests fail beside a noisy neighbour',
  'cpu-burner-wait': 'clients wait beside a noisy neighbour',
  'memory-eater-wait': 'clients wait beside a noisy neighbour',
  'forker-wait': 'clients wait beside a noisy neighbour',
  'replica-hidden': 'a replica can be reached from another network',
  'replica-unpublished': 'a replica publishes a port',
  'replica-fabric-only': 'a replica is in a second network',
  'fabric-closed': 'the replicas reach another network',
  'fabric-internal': 'the replicas’ network has a way out',
  'nginx-hidden': 'NGINX’s port is open to other machines',
  'nginx-loopback': 'NGINX’s port is open to other machines',
  hostname: 'a replica is not reached by its hostname',
};

/** What a check found that should not be so, where that is little enough to be named; null: it is only counted. */
export function findingWords({ scenarios }: Report, gate: ReportGate): string | null {
  const own = scenarios.find(({ name }) => name === gate.scenario);
  const failed = (own?.probes ?? []).filter(({ id, holds }) => holds === false && id !== SECRET_FILE_PROBE);
  const words = new Set(failed.map(({ id }) => WORDS[id] ?? null));
  const named = [...words].filter((one) => one !== null);
  if (named.length === 0 || named.length < words.size || named.length > MOST_NAMED) return null;
  return `${own?.rollout == null ? '' : 'in the new version '}${listed(named)}`;
}
