import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { endOf, forker, startNeighbour } from '../../src/checks/limits/neighbour';
import type { ScenarioContext } from '../../src/checks/scenario';
import { PLAIN } from '../../src/cluster/client-headers';
import { probe } from '../../src/cluster/readiness';
import { buildAppImage, buildFolderImage, describeOnDocker, NGINX_IMAGE } from '../support/docker';
import { onLiveCluster } from '../support/live-cluster';

const PATIENCE_MS = 240_000;
const UPSTREAM = 'upstream app { server app1:5000; server app2:5000; server app3:5000; }';
const SERVER = `${UPSTREAM}\nserver { listen 8081; location / { proxy_pass http://app; } }\n`;
const PACKAGED = 'events {}\nhttp { include /etc/nginx/http.d/*.conf; }\n';
const NO_SHELL = 'rm -f /bin/sh /bin/dash /bin/bash /usr/bin/sh /usr/bin/dash /usr/bin/bash';

/** Images of NGINX that are laid out otherwise than the official one. */
const IMAGES = [
  { name: 'entrypoint', lines: ['ENTRYPOINT ["nginx", "-g", "daemon off;"]', 'CMD []'] },
  { name: 'entrypoint-line', lines: ['ENTRYPOINT nginx -g "daemon off;"'] },
  {
    name: 'http-d',
    lines: ['COPY nginx.conf /etc/nginx/nginx.conf', 'RUN rm -rf /etc/nginx/conf.d && mkdir /etc/nginx/http.d'],
  },
  { name: 'no-shell', lines: [`RUN ${NO_SHELL}`] },
];

function tagOf(name: string): string {
  return `lbca-test-nginx-images:${name}-${process.pid}`;
}

describeOnDocker('images of NGINX from elsewhere', () => {
  const removals: (() => Promise<void>)[] = [];
  let app = '';

  beforeAll(async () => {
    const { tag, remove } = await buildAppImage('nginx-images');
    app = tag;
    removals.push(remove);
    for (const { name, lines } of IMAGES) {
      const Dockerfile = [`FROM ${NGINX_IMAGE}`, ...lines, ''].join('\n');
      const image = await buildFolderImage(tagOf(name), { Dockerfile, 'nginx.conf': PACKAGED });
      removals.push(image.remove);
    }
  }, PATIENCE_MS);

  afterAll(async () => {
    for (const remove of removals) await remove();
  }, PATIENCE_MS);

  function answers({ cluster, signal }: ScenarioContext): ReturnType<typeof probe> {
    const { address, port } = cluster.loadBalancer;
    return probe({ host: address, port, path: '/', introduction: PLAIN }, signal);
  }

  test.each(IMAGES)(
    'a server configuration is read, and serves: $name',
    async ({ name }) => {
      const options = { nginxImage: tagOf(name), userConfig: SERVER, inputs: { 'nginx-config': 'lb.conf' } };
      const { result } = await onLiveCluster(app, options, answers);
      expect(result).toMatchObject({ kind: 'status', status: 200 });
    },
    PATIENCE_MS,
  );

  test(
    'without a shell, the app’s image lends its own to those who attack',
    async () => {
      const { result } = await onLiveCluster(app, { nginxImage: tagOf('no-shell') }, async (context) =>
        endOf(await startNeighbour(forker(context.cluster.plan.limits.pids), context), PATIENCE_MS, context),
      );
      expect(result?.exitCode).toBe(2);
    },
    PATIENCE_MS,
  );
});
