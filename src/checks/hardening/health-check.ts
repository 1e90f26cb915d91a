import type { Replica } from '../../cluster/cluster-types';
import type { Probe } from '../evidence';
import { whyNot } from '../probe-evidence';
import type { ScenarioContext } from '../scenario';

/** Failures in a row after which the engine calls a container unhealthy, unless told otherwise (Dockerfile reference, HEALTHCHECK). */
const RETRIES = 3;
const PAUSE_MS = 500;
/** As long as the engine waits for one, unless told otherwise; on a busy machine it proves nothing that one takes longer. */
const PATIENCE_MS = 30_000;
const LONGEST_WORDS = 160;

/**
 * Runs what the image says tells whether the app is healthy, in a replica that serves. The replicas themselves run without it: each run
 * would be other work in them.
 *
 * @param argv the command; null: the image has none, and nothing is asked.
 */
export async function healthCheckProbes(
  replica: Replica,
  argv: readonly string[] | null,
  { engine, clock, signal }: Pick<ScenarioContext, 'engine' | 'clock' | 'signal'>,
): Promise<readonly Probe[]> {
  if (argv === null) return [];
  const probe = { id: 'health-check', subject: replica.hostname, claim: 'the image’s HEALTHCHECK finds it healthy' };
  try {
    let seen = '';
    for (let attempt = 1; attempt <= RETRIES; attempt += 1) {
      if (attempt > 1) await clock.sleep(PAUSE_MS, signal);
      const result = await withinPatience(engine.exec(replica.containerId, argv), clock, signal);
      if (result === null) return [{ ...probe, seen: `no end of it within ${PATIENCE_MS / 1000} s`, holds: null }];
      if (result.exitCode === 0) return [{ ...probe, seen: 'it ended with exit code 0', holds: true }];
      const words = `${result.stderr}\n${result.stdout}`.trim().split('\n').at(-1)?.slice(0, LONGEST_WORDS) ?? '';
      seen = `it ended with exit code ${result.exitCode}, ${RETRIES} times${words === '' ? '' : `: ${words}`}`;
    }
    return [{ ...probe, seen, holds: false }];
  } catch (error) {
    signal.throwIfAborted();
    return [{ ...probe, seen: whyNot(error), holds: null }];
  }
}

/** null: it took too long; it ends with the replica then. */
async function withinPatience<T>(
  work: Promise<T>,
  clock: ScenarioContext['clock'],
  signal: AbortSignal,
): Promise<T | null> {
  const done = new AbortController();
  const patience = clock.sleep(PATIENCE_MS, AbortSignal.any([signal, done.signal])).then(() => null);
  // Cut short where the work is done first.
  patience.catch(() => undefined);
  try {
    return await Promise.race([work, patience]);
  } finally {
    done.abort();
  }
}
