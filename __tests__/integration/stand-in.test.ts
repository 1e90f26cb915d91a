import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { error } from '../../src/checks/faults/error';
import type { Scene } from '../../src/checks/faults/fault';
import type { ScenarioContext } from '../../src/checks/scenario';
import { buildAppImage, describeOnDocker } from '../support/docker';
import { onLiveCluster } from '../support/live-cluster';

const PATIENCE_MS = 240_000;

/** One worker, which keeps connections to the replica that is broken, and nobody else to ask. */
const CONFIG = `worker_processes 1;
events {}
http {
    upstream app {
        server app1:5000;
        server app2:5000;
    }
    upstream victim {
        server app1:5000 max_fails=0;
        keepalive 8;
    }
    server {
        listen 80;
        location / { proxy_pass http://app; }
        location = /victim {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://victim/;
        }
    }
}
`;

async function post({ cluster }: ScenarioContext): Promise<number> {
  const response = await fetch(`${cluster.loadBalancer.url}/victim`, { method: 'POST', body: '{}' });
  await response.text();
  return response.status;
}

async function sceneOf(context: ScenarioContext): Promise<Scene> {
  const [victim] = context.cluster.replicas;
  if (victim === undefined) throw new Error('no replica');
  const mix = { getFresh: 1, getKept: 0, postFresh: 0, postKept: 0 };
  const traffic = await context.openTraffic({ rate: 1, mix, path: '/', seed: 1, idPrefix: 'stand-in' });
  return { ...context, victim, traffic };
}

describeOnDocker('what stands in for a replica', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  beforeAll(async () => {
    app = await buildAppImage('stand-in');
  }, PATIENCE_MS);
  afterAll(() => app.remove());

  test(
    'leaves no connection behind on which the replica’s next request would be lost',
    async () => {
      const inputs = { replicas: '2', 'nginx-config': 'nginx.conf' };
      const { result } = await onLiveCluster(app.tag, { inputs, userConfig: CONFIG }, async (context) => {
        const injection = await error.inject(await sceneOf(context));
        if (injection.kind !== 'caused') throw new Error(injection.why);
        const refused = await Promise.all(Array.from({ length: 4 }, () => post(context)));
        await injection.heal();
        return [refused, await Promise.all(Array.from({ length: 4 }, () => post(context)))];
      });
      expect(result).toEqual([
        [503, 503, 503, 503],
        [200, 200, 200, 200],
      ]);
    },
    PATIENCE_MS,
  );
});
