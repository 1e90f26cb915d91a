import type { Clock } from '../clock';
import type { Engine } from './engine';

/** Often enough beside the minutes that an answer may take, and too seldom to disturb a measurement. */
const INTERVAL_MS = 30_000;

/**
 * Asks the engine again and again whether it is there, until the signal aborts. Builds, pulls and waits may last, and so have no bound of their
 * own: an engine that hangs meanwhile is noticed by this. What comes of it is the engine's own `onGivenUp`. Never rejects.
 */
export async function watchEngine(engine: Pick<Engine, 'ping'>, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(INTERVAL_MS, signal);
      await engine.ping();
    }
  } catch {
    // It is over; or the engine is gone, as all its other callers learn.
  }
}
