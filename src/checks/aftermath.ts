import { stripVTControlCharacters } from 'node:util';
import type { Replica } from '../cluster/cluster-types';
import type { Engine } from '../cluster/engine';
import { clientError } from '../traffic/attribution';
import type { EndedReplica, LastWords, ScenarioEvidence } from './evidence';

/** Lines of each replica that are looked through for the cause of an error. */
const LAST_LINES = 100;

/**
 * What became of the replicas that stand at the end of a scenario: which have ended, and, where clients saw errors or one has, what they
 * wrote. They are about to be removed, and with them what they wrote.
 */
export async function aftermathOf(
  { samples, replicas: places }: Pick<ScenarioEvidence, 'samples' | 'replicas'>,
  replicas: readonly Replica[],
  engine: Engine,
): Promise<Pick<ScenarioEvidence, 'ended' | 'lastWords'>> {
  const ended = await endedOf(replicas, engine);
  const isWell = ended.length === 0 && samples.every((sample) => clientError(sample, places) === null);
  return isWell ? { ended } : { ended, lastWords: await lastWordsOf(replicas, engine) };
}

async function endedOf(replicas: readonly Replica[], engine: Engine): Promise<readonly EndedReplica[]> {
  const states = await Promise.all(
    replicas.map(async ({ hostname, containerId }) => {
      // Somebody has removed it; there is nothing to tell then.
      const state = await engine.inspectContainer(containerId).catch(() => null);
      return state === null || state.running ? [] : [{ ...state, hostname }];
    }),
  );
  return states.flat().map(({ hostname, exitCode, oomKilled }) => ({ hostname, exitCode, oomKilled }));
}

async function lastWordsOf(replicas: readonly Replica[], engine: Engine): Promise<readonly LastWords[]> {
  const words = await Promise.all(
    replicas.map(async ({ hostname, containerId }) => {
      const lines = await engine.readLogs(containerId, LAST_LINES).catch(() => []);
      return { hostname, lines: lines.map(({ text }) => stripVTControlCharacters(text)) };
    }),
  );
  return words.filter(({ lines }) => lines.length > 0);
}
