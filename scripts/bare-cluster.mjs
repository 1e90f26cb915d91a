/**
 * The Docker API calls that a cluster takes at the least, and nothing around them: what the action's own "cluster up" is held
 * against. Networks, replicas and NGINX are made in the action's own order, with its limits and its hardening; nothing is
 * waited for, configured or checked.
 *
 * Usage: node scripts/bare-cluster.mjs APP_IMAGE NGINX_IMAGE [REPLICAS] [CLUSTERS_SIDE_BY_SIDE]
 */
import { randomBytes, randomInt } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import Docker from 'dockerode';

const ROUNDS = 3;
const SUBNETS = 2 ** 17 / 64;

/**
 * Milliseconds from the first call to the last start, the median of some rounds. Each round makes as many clusters at the same
 * time as asked for, takes their mean, and removes them.
 */
export async function timeBareClusters({ app, nginx, replicas, sideBySide }) {
  const docker = new Docker();
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const clusters = Array.from({ length: sideBySide }, () => ({
      name: `lbca-bare-${randomBytes(4).toString('hex')}`,
    }));
    const interrupted = () => void removeAll(clusters).finally(() => process.exit(130));
    process.once('SIGINT', interrupted);
    try {
      const times = await settled(clusters.map((cluster) => up(docker, cluster, { app, nginx, replicas })));
      rounds.push(times.reduce((sum, time) => sum + time, 0) / times.length);
    } finally {
      process.off('SIGINT', interrupted);
      await removeAll(clusters);
    }
  }
  return rounds.sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
}

/** One cluster; its networks and containers are noted in `cluster` as soon as they exist. Milliseconds to the last start. */
export async function up(docker, cluster, { app, nginx, replicas }) {
  const started = performance.now();
  cluster.networks = [];
  cluster.containers = [];
  const [fabric, edge] = await settled(
    [true, false].map(async (internal) => {
      const made = await createNetwork(docker, `${cluster.name}-${internal ? 'fabric' : 'edge'}`, internal);
      cluster.networks.push(made.network);
      return made;
    }),
  );
  const create = async (name, options) => {
    const container = await docker.createContainer({ name: `${cluster.name}-${name}`, ...options });
    cluster.containers.push(container);
    return container;
  };

  const loadBalancer = (async () => {
    const container = await create('nginx', nginxOptions(nginx, edge));
    await fabric.network.connect({ Container: container.id, EndpointConfig: endpoint(fabric, 2, ['nginx']) });
    return container;
  })();
  const starts = Array.from({ length: replicas }, async (_, index) => {
    const hostname = `app${index + 1}`;
    const container = await create(hostname, replicaOptions(app, hostname, fabric, 11 + index));
    await container.start();
  });
  const [balancer] = await settled([loadBalancer, ...starts]);
  await balancer.start();
  return performance.now() - started;
}

function removeAll(clusters) {
  return Promise.all(clusters.map(down));
}

/** Removes what is noted in a cluster. */
export async function down({ containers = [], networks = [] }) {
  await Promise.all(containers.map((container) => container.remove({ force: true, v: true })));
  await Promise.all(networks.map((network) => network.remove()));
}

/** In the first free /26 from a random place of 198.18.0.0/15 on, as the action does. */
async function createNetwork(docker, name, internal) {
  const hint = randomInt(SUBNETS);
  for (let tries = 0; ; tries += 1) {
    const start = (198 << 24) + (18 << 16) + ((hint + tries) % SUBNETS) * 64;
    const address = (offset) => [24, 16, 8, 0].map((shift) => ((start + offset) >>> shift) & 255).join('.');
    try {
      const network = await docker.createNetwork({
        Name: name,
        Driver: 'bridge',
        Internal: internal,
        IPAM: { Driver: 'default', Config: [{ Subnet: `${address(0)}/26` }] },
      });
      return { network, address };
    } catch (error) {
      if (!/overlap/i.test(String(error)) || tries >= SUBNETS) throw error;
    }
  }
}

function endpoint({ address }, offset, aliases) {
  return { IPAMConfig: { IPv4Address: address(offset) }, Aliases: aliases };
}

function replicaOptions(image, hostname, fabric, offset) {
  return {
    Image: image,
    Hostname: hostname,
    HostConfig: {
      NetworkMode: fabric.network.id,
      CpuPeriod: 100_000,
      CpuQuota: 50_000,
      Memory: 2 ** 28,
      MemorySwap: 2 ** 28,
      PidsLimit: 128,
      OomScoreAdj: 500,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Tmpfs: { '/tmp': 'rw,noexec,nosuid,size=64m' },
    },
    NetworkingConfig: { EndpointsConfig: { [fabric.network.id]: endpoint(fabric, offset, [hostname]) } },
  };
}

function nginxOptions(image, edge) {
  return {
    Image: image,
    ExposedPorts: { '80/tcp': {} },
    HostConfig: {
      NetworkMode: edge.network.id,
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
    },
    NetworkingConfig: { EndpointsConfig: { [edge.network.id]: endpoint(edge, 2, []) } },
  };
}

/** Waits for all to come to an end, so that all that was made is known, before the first failure is thrown. */
async function settled(tasks) {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [app, nginx, replicas = '3', sideBySide = '1'] = process.argv.slice(2);
  const ms = await timeBareClusters({ app, nginx, replicas: Number(replicas), sideBySide: Number(sideBySide) });
  console.log(`${Math.round(ms)} ms`);
}
