import pLimit from 'p-limit';
import type { Engine } from './engine';
import { EngineError } from './engine';

/**
 * Verbs at one time that keep an engine busy and hold its locks. More than this no small machine does any faster, and with some dozens
 * Docker 20.10 was seen to lock itself up for good (libnetwork: endpoints that leave their sandbox against networks that are read from
 * the store).
 */
const AT_ONCE = 8;
/** None of them takes longer than some seconds on an engine that works. */
const PATIENCE_MS = 120_000;

/**
 * The same engine, with its heavy verbs a few at a time. One that has no answer within two minutes rejects with an {@link EngineError}: an
 * engine that hangs must not hang the job.
 */
export function paced(engine: Engine, patienceMs = PATIENCE_MS): Engine {
  const limit = pLimit(AT_ONCE);
  const pace =
    <A extends readonly unknown[], T>(verb: string, work: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> =>
      limit(() => answered(verb, work(...args), patienceMs));
  return {
    ...engine,
    createNetwork: pace('create a network', (...args: Parameters<Engine['createNetwork']>) =>
      engine.createNetwork(...args),
    ),
    removeNetwork: pace('remove a network', (id: string) => engine.removeNetwork(id)),
    createContainer: pace('create a container', (...args: Parameters<Engine['createContainer']>) =>
      engine.createContainer(...args),
    ),
    startContainer: pace('start a container', (id: string) => engine.startContainer(id)),
    removeContainer: pace('remove a container', (id: string) => engine.removeContainer(id)),
  };
}

async function answered<T>(verb: string, work: Promise<T>, patienceMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    const why = `the Docker Engine did not answer within ${patienceMs / 1000} s (${verb})`;
    timer = setTimeout(() => reject(new EngineError('unreachable', why)), patienceMs);
  });
  try {
    return await Promise.race([work, patience]);
  } finally {
    clearTimeout(timer);
  }
}
