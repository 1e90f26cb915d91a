import type { Replica } from '../../cluster/cluster-types';
import type { Probe } from '../evidence';
import { whyNot } from '../probe-evidence';
import type { ScenarioContext } from '../scenario';

/** No app has it; with it in place the root file system was written to. */
const PATH = '/lb-cluster-action-was-here';
/** What a shell, and so the engine, answers for a program that is not there or cannot be run. */
const NO_PROGRAM: readonly number[] = [126, 127];

/** Tries to write to the root file system, with the one tool that most images have. */
export async function writeProbe(replica: Replica, { engine }: ScenarioContext): Promise<Probe> {
  const probe = { id: 'write-fails', subject: replica.hostname, claim: 'writing to the root file system fails' };
  try {
    const { exitCode, stderr } = await engine.exec(replica.containerId, ['touch', PATH]);
    if (NO_PROGRAM.includes(exitCode)) return { ...probe, seen: 'the image has no touch to try it with', holds: null };
    if (exitCode === 0) return { ...probe, seen: `${PATH} was written`, holds: false };
    return { ...probe, seen: stderr.trim().split('\n')[0]?.slice(0, 120) ?? '', holds: true };
  } catch (error) {
    return { ...probe, seen: whyNot(error), holds: null };
  }
}
