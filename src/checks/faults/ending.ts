import { waitUntil } from '../../clock';
import type { ContainerDescription } from '../../cluster/engine';
import type { FaultEvidence } from '../evidence';
import type { Scene } from './fault';

const PATIENCE_MS = 10_000;
const POLL_MS = 10;

/** A victim that has ended; or what it outlived. */
export type Ending =
  { readonly ended: true; readonly state: ContainerDescription } | { readonly ended: false; readonly outlived: string };

/** Waits until the victim's container runs no more, 10 s at the most. `cause`: what should have ended it. */
export async function whenEnded({ engine, clock, signal, victim }: Scene, cause: string): Promise<Ending> {
  const state = await waitUntil({
    poll: async () => {
      const seen = await engine.inspectContainer(victim.containerId);
      return seen.running ? null : seen;
    },
    timeoutMs: PATIENCE_MS,
    intervalMs: POLL_MS,
    clock,
    signal,
  });
  return state === null ? { ended: false, outlived: cause } : { ended: true, state };
}

/** The engine's word that the victim has ended, as `isRight` says it should. */
export function endedProof(ending: Ending, isRight: (state: ContainerDescription) => boolean): FaultEvidence['proof'] {
  if (!ending.ended) return { took: false, seen: `still running ${PATIENCE_MS / 1000} s after ${ending.outlived}` };
  const { state } = ending;
  const memory = state.oomKilled ? ', killed by the kernel for want of memory' : '';
  return { took: isRight(state), seen: `not running, exit code ${state.exitCode}${memory}` };
}
