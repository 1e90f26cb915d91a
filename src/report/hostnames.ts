import type { ReplicaPlace } from '../traffic/attribution';

/**
 * A sentence with the addresses of replicas replaced by their hostnames, which are all that a reader knows. An address that
 * was one replica's in one scenario and another's in the next one stays as it is.
 */
export function withHostnames(text: string, places: readonly ReplicaPlace[]): string {
  const names = new Map<string, string | null>();
  for (const { address, hostname } of places) {
    names.set(address, names.has(address) && names.get(address) !== hostname ? null : hostname);
  }
  return text.replace(/(?<![\w.:])\[?[\da-f.:]+\]?:\d+(?![\w:])/g, (address) => names.get(address) ?? address);
}
