import pLimit from 'p-limit';
import type { Engine } from './engine';

/**
 * Verbs at one time that keep an engine busy and hold its locks. More than this no small machine does any faster, and with some dozens
 * Docker 20.10 was seen to lock itself up for good (libnetwork: endpoints that leave their sandbox against networks that are read from
 * the store).
 */
const AT_ONCE = 8;

/** The same engine, with its heavy verbs a few at a time. */
export function paced(engine: Engine): Engine {
  const limit = pLimit(AT_ONCE);
  const pace =
    <A extends readonly unknown[], T>(work: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> =>
      limit(() => work(...args));
  return {
    ...engine,
    createNetwork: pace((...args: Parameters<Engine['createNetwork']>) => engine.createNetwork(...args)),
    removeNetwork: pace((id: string) => engine.removeNetwork(id)),
    createContainer: pace((...args: Parameters<Engine['createContainer']>) => engine.createContainer(...args)),
    startContainer: pace((id: string) => engine.startContainer(id)),
    removeContainer: pace((id: string) => engine.removeContainer(id)),
  };
}
