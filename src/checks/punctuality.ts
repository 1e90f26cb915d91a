import { waitUntil } from '../clock';
import { latenessMs } from '../traffic/attribution';
import { percentile } from '../traffic/percentile';
import type { Sample } from '../traffic/sample';
import type { Traffic } from '../traffic/traffic';
import type { ScenarioContext } from './scenario';

/**
 * The most that a scenario is prolonged, in milliseconds: a machine that is busy for longer than this is too busy. Beside others it is
 * they who keep it busy, and longer traffic would only add to that.
 */
const MOST_MS = { alone: 30_000, shared: 5_000 };
const POLL_MS = 100;
/** Well within the bound, since the last requests are not counted yet. */
const PART_OF_BOUND = 0.8;

/**
 * Sends on, where the load generator was late for more requests than the gate `load.lag` allows, until it was not, at most 30 s (5 s beside other scenarios):
 * one hiccup of the machine is a large part of a few seconds, and a small one of some more. Requests that were due before `from`
 * (epoch milliseconds) do not count.
 */
export async function sendUntilPunctual(
  { clock, signal, settings, shared, log }: ScenarioContext,
  traffic: Pick<Traffic, 'samples'>,
  from = -Infinity,
): Promise<void> {
  const gate = settings.gates.find(({ metric, operator }) => metric === 'load.lag' && operator.startsWith('<'));
  if (gate === undefined) return;
  const isPunctual = (): boolean => latenessP99Ms(traffic.samples(), from) <= gate.allowed * PART_OF_BOUND;
  if (isPunctual()) return;
  log(`requests left late (p99 ${Math.round(latenessP99Ms(traffic.samples(), from))} ms): sending some more`);
  await waitUntil({
    poll: () => (isPunctual() ? true : null),
    timeoutMs: shared ? MOST_MS.shared : MOST_MS.alone,
    intervalMs: POLL_MS,
    clock,
    signal,
  });
}

/** The 99th percentile of how late the requests that were due from an instant on left, in milliseconds; 0: there are none. */
export function latenessP99Ms(samples: readonly Sample[], from: number): number {
  const due = samples.filter(({ scheduledAt }) => scheduledAt >= from);
  return percentile(due.map(latenessMs), 0.99);
}
