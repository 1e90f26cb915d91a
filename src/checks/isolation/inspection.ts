import type { ContainerDescription, PublishedPort } from '../../cluster/engine';
import type { Probe } from '../evidence';
import type { ScenarioContext } from '../scenario';

/** What the engine itself says about ports and networks. */
export async function inspectIsolation({ engine, cluster }: ScenarioContext): Promise<readonly Probe[]> {
  const { replicas, fabricId, loadBalancer } = cluster;
  const [fabric, nginx, ...containers] = await Promise.all([
    engine.inspectNetwork(fabricId),
    engine.inspectContainer(loadBalancer.containerId),
    ...replicas.map((replica) => engine.inspectContainer(replica.containerId)),
  ]);
  return [
    {
      id: 'fabric-internal',
      subject: 'fabric',
      claim: 'the replicas’ network has no way out of the machine',
      seen: fabric.internal ? 'the engine keeps it internal' : 'the engine gives it a route to the outside',
      holds: fabric.internal,
    },
    nginxLoopbackOnly(nginx),
    ...replicas.flatMap(({ hostname }, index) => replicaProbes(hostname, containers[index], fabricId)),
  ];
}

function nginxLoopbackOnly({ published }: ContainerDescription): Probe {
  const open = published.filter(({ hostIp }) => hostIp !== '127.0.0.1');
  return {
    id: 'nginx-loopback',
    subject: 'nginx',
    claim: 'its published port is bound to 127.0.0.1 only',
    seen: published.map(portText).join(', ') || 'nothing is published',
    holds: open.length === 0,
  };
}

function replicaProbes(
  hostname: string,
  container: ContainerDescription | undefined,
  fabricId: string,
): readonly Probe[] {
  if (container === undefined) return [];
  const others = Object.keys(container.addresses).filter((network) => network !== fabricId);
  return [
    {
      id: 'replica-unpublished',
      subject: hostname,
      claim: 'it publishes no port',
      seen: container.published.map(portText).join(', ') || 'none is published',
      holds: container.published.length === 0,
    },
    {
      id: 'replica-fabric-only',
      subject: hostname,
      claim: 'it is in no network but the fabric',
      seen: others.length === 0 ? 'in the fabric alone' : `in ${others.length} other networks`,
      holds: others.length === 0,
    },
  ];
}

function portText({ containerPort, hostIp, hostPort }: PublishedPort): string {
  return `${hostIp}:${hostPort} → ${containerPort}`;
}
