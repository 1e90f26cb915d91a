import { NOT_THERE } from '../tool-container';
import type { Fault, Scene } from './fault';
import { complaint, newWorker, workersSeen } from './reload';

/** The others may take all the traffic for a while: a new worker is nothing to wait for long. */
const SUCCESSOR_MS = 2_000;

/** A worker process of NGINX is killed under traffic; its master starts another by itself. */
export const lbWorkerCrash: Fault = {
  target: 'load-balancer',
  window: 'brief',
  describe: () => 'crash of a worker process of NGINX (SIGKILL)',

  inject: async (scene) => {
    const { clock, traffic } = scene;
    const victim = traffic.samples().findLast(({ proxy }) => proxy !== null)?.proxy?.workerPid;
    if (victim === undefined) return { kind: 'not-run', why: 'NGINX logged no worker to kill' };
    const known = workersSeen(traffic);
    const failure = await kill(scene, victim, '9');
    if (failure !== null) return { kind: 'not-run', why: `worker ${victim} could not be killed: ${failure}` };
    // A signal can be sent to a process that is there, and to no other (kill(2)).
    const gone = (await kill(scene, victim, '0')) !== null;
    // Not before: on a busy machine it is some milliseconds until a process that was killed lets go of its connections.
    const effectiveAt = clock.now();
    const successor = await newWorker(scene, traffic, known, SUCCESSOR_MS);
    const since = successor === null ? 'its fellows serve' : `worker ${successor} serves`;
    return {
      kind: 'caused',
      effectiveAt,
      proof: () => ({ took: gone, seen: gone ? `without worker ${victim}; ${since}` : `still with worker ${victim}` }),
      heal: () => Promise.resolve(),
    };
  },
};

/** With the image's own `kill`, or its shell's; null when it worked, else why not. */
async function kill({ engine, cluster }: Scene, pid: number, number: '9' | '0'): Promise<string | null> {
  const { containerId } = cluster.loadBalancer;
  const plain = await engine.exec(containerId, ['kill', `-${number}`, String(pid)]);
  if (plain.exitCode === 0) return null;
  const inShell = await engine.exec(containerId, ['sh', '-c', 'kill "-$0" "$1"', number, String(pid)]);
  if (inShell.exitCode === 0) return null;
  const words = complaint(inShell);
  return NOT_THERE.test(words) ? 'the image of NGINX has neither `kill` nor a shell' : words;
}
