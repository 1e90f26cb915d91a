import type { Fault } from './fault';
import { standIn } from './stand-in';

const CONFIG_PATH = '/etc/nginx/lb-cluster-refuse.conf';
const REFUSAL = 503;

/**
 * The replica answers every request with 503, as one that is overloaded or drains: another server takes its address, so that
 * it works for any app.
 */
export const error: Fault = {
  target: 'replica',
  window: 'fail-timeout',
  describe: (victim) => `errors of ${victim} (it answers ${REFUSAL})`,

  inject: async (scene) => {
    const { clock, cluster, victim } = scene;
    const refusing = await standIn(scene, {
      image: cluster.plan.nginxImage,
      command: ['nginx', '-c', CONFIG_PATH],
      withoutEntrypoint: true,
      files: [{ path: CONFIG_PATH, content: refusingConfig(victim.port) }],
      hostname: 'refuse',
      env: {},
      limits: null,
      hardened: false,
      aliases: [victim.hostname],
      healthPath: cluster.plan.healthPath,
      accept: (status) => status === REFUSAL,
    });
    const effectiveAt = clock.now();
    const { answered } = refusing;
    return {
      kind: 'caused',
      effectiveAt,
      proof: () => ({ took: answered === REFUSAL, seen: answered === null ? 'silent' : `answering ${answered}` }),
      heal: refusing.giveBack,
    };
  },
};

/** Needs no file of the image, and no right to write but to /tmp: an image may run NGINX as another user than root. */
function refusingConfig(port: number): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `    ${name}_temp_path /tmp/lb-cluster-${name};\n`,
  );
  return `daemon off;
worker_processes 1;
pid /tmp/lb-cluster-refuse.pid;
error_log /dev/stderr;
events {}
http {
    access_log off;
${folders.join('')}    server {
        listen ${port};
        location / {
            return ${REFUSAL};
        }
    }
}
`;
}
