import { replicaReady } from '../../cluster/cluster-ready';
import { SetupError } from '../../cluster/setup-error';
import type { Fault, Scene } from './fault';
import { complaint, newWorker, reloadNginx, workersSeen } from './reload';
import { standIn } from './stand-in';

/**
 * The replica's name is lost, and then NGINX is told to reload: it cannot resolve the name any more, and must go on as before.
 * The victim's place is taken by a replica of the same image that has its address and not its name: an engine from 25 on
 * resolves a container's hostname too, so leaving out the alias would not do (moby, `buildEndpointDNSNames`).
 */
export const dns: Fault = {
  target: 'replica',
  window: 'fail-timeout',
  describe: (victim) => `loss of the name ${victim}, and a reload of NGINX`,

  inject: async (scene) => {
    const { clock, engine, cluster, victim } = scene;
    const { plan } = cluster;
    const nameless = await standIn(scene, {
      image: plan.appImage,
      command: null,
      files: [],
      hostname: 'nameless',
      env: plan.appEnv,
      limits: { ...plan.limits },
      hardened: plan.hardened,
      aliases: [],
      healthPath: plan.healthPath,
      accept: (status) => status >= 200 && status < 300,
    });
    const effectiveAt = clock.now();
    const reload = await reloadNginx(scene);
    // What `-s reload` finds out before it asks the master, this makes the master find out, as tools that only signal do.
    await engine.killContainer(cluster.loadBalancer.containerId, 'SIGHUP');
    const lost = reload.stderr.includes('host not found') || (await isUnknown(scene, victim.hostname));
    return {
      kind: 'caused',
      effectiveAt,
      proof: () => ({
        took: lost,
        seen: `${lost ? 'without a name' : 'still known by its name'}; reload: ${reload.exitCode === 0 ? 'accepted' : complaint(reload)}`,
      }),
      heal: async () => {
        await nameless.giveBack();
        await replicaReady(plan, victim, plan.startupTimeoutMs, scene);
        const known = workersSeen(scene.traffic);
        const result = await reloadNginx(scene);
        if (result.exitCode !== 0)
          throw new SetupError(`With the name back, NGINX does not reload: ${complaint(result)}`);
        if ((await newWorker(scene, scene.traffic, known)) === null) {
          throw new SetupError('With the name back, NGINX accepted the reload and started no new worker.');
        }
      },
    };
  },
};

/** Where NGINX resolves names only while it runs, its reload tells nothing: the resolver of its container is asked. */
async function isUnknown({ engine, cluster }: Scene, hostname: string): Promise<boolean> {
  const NOT_FOUND = 2;
  const { exitCode } = await engine.exec(cluster.loadBalancer.containerId, ['getent', 'hosts', hostname]);
  return exitCode === NOT_FOUND;
}
