import { EngineError } from '../../cluster/engine';
import type { Scene } from './fault';

const TRIES = 5;
const PAUSE_BETWEEN_MS = 100;

/**
 * Pauses the victim; epoch milliseconds from which it is. On a busy machine the kernel of cgroup version 1 may not get hold of
 * all processes in time ("unable to freeze"), which the next try mostly does. Throws the last try's EngineError.
 */
export async function pauseVictim({ engine, clock, signal, victim }: Scene): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      await engine.pauseContainer(victim.containerId);
      return clock.now();
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind !== 'other' || tries >= TRIES) throw error;
      await clock.sleep(PAUSE_BETWEEN_MS, signal);
    }
  }
}
