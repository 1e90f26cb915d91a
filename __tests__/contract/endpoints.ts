import { expect } from '@jest/globals';
import type { Bench, BenchNetwork, Contract } from './bench';

/** Where a container can be reached: addresses in networks, and ports on 127.0.0.1. */
export const endpointCases: Contract = {
  'a container has its address while it runs, and again after a restart': async (bench) => {
    const { engine } = bench;
    const { id, network } = await started(bench);
    await expectAddresses(bench, id, { [network.id]: network.address(11) });
    await engine.killContainer(id, 'SIGKILL');
    await engine.waitContainer(id, new AbortController().signal);
    await expectAddresses(bench, id, {});
    await engine.startContainer(id);
    await expectAddresses(bench, id, { [network.id]: network.address(11) });
  },
  'disconnect and connect, each twice, with the same address again': async (bench) => {
    const { engine } = bench;
    const { id, network } = await started(bench);
    const endpoint = { address: network.address(11), aliases: ['app1'] };
    await engine.disconnectNetwork(network.id, id);
    await engine.disconnectNetwork(network.id, id);
    await expectAddresses(bench, id, {});
    await engine.connectNetwork(network.id, id, endpoint);
    await engine.connectNetwork(network.id, id, endpoint);
    await expectAddresses(bench, id, { [network.id]: endpoint.address });
  },
  'connecting under another address is a conflict, not success': async (bench) => {
    const { id, network } = await started(bench);
    const elsewhere = { address: network.address(12), aliases: [] };
    await expect(bench.engine.connectNetwork(network.id, id, elsewhere)).rejects.toMatchObject({ kind: 'conflict' });
    await expectAddresses(bench, id, { [network.id]: network.address(11) });
  },
  'a container can be put in a second network before it starts': async (bench) => {
    const { engine, container } = bench;
    const [edge, fabric] = [await bench.network(), await bench.network({ internal: true })];
    const id = await container({ network: { id: edge.id, endpoint: { address: edge.address(2), aliases: [] } } });
    await engine.connectNetwork(fabric.id, id, { address: fabric.address(2), aliases: ['nginx'] });
    await engine.startContainer(id);
    await expectAddresses(bench, id, { [edge.id]: edge.address(2), [fabric.id]: fabric.address(2) });
  },
  'an address is given once': async (bench) => {
    const { network } = await started(bench);
    const endpoint = { address: network.address(11), aliases: [] };
    const second = await bench.container({ network: { id: network.id, endpoint } });
    await expect(bench.engine.startContainer(second)).rejects.toMatchObject({ kind: 'conflict' });
  },
  'a container can share the network of another one that runs, and has no address of its own': async (bench) => {
    const { id } = await started(bench);
    const guest = await bench.container({ network: { sharedWith: id } });
    await bench.engine.startContainer(guest);
    await expect(bench.engine.inspectContainer(guest)).resolves.toMatchObject({ running: true, addresses: {} });
    await bench.engine.killContainer(id, 'SIGKILL');
    await bench.engine.waitContainer(id, new AbortController().signal);
    const late = await bench.container({ network: { sharedWith: id } });
    await expect(bench.engine.startContainer(late)).rejects.toMatchObject({ kind: 'conflict' });
  },
  'a network or container that is not there is not found': async (bench) => {
    const { engine, name } = bench;
    const { id, network } = await started(bench);
    const endpoint = { address: network.address(13), aliases: [] };
    const missing = { kind: 'not-found' };
    await expect(engine.connectNetwork(network.id, name('nobody'), endpoint)).rejects.toMatchObject(missing);
    await expect(engine.connectNetwork(name('nowhere'), id, endpoint)).rejects.toMatchObject(missing);
    await expect(engine.disconnectNetwork(name('nowhere'), id)).rejects.toMatchObject(missing);
    await expect(engine.inspectNetwork(name('nowhere'))).rejects.toMatchObject(missing);
  },
  'automatic ports on 127.0.0.1 differ, and end with the container': async (bench) => {
    const { engine } = bench;
    const [first, second] = [await publishing(bench, 0), await publishing(bench, 0)];
    await engine.startContainer(first);
    await engine.startContainer(second);
    const port = (await engine.inspectContainer(first)).hostPorts[8080];
    expect(port).toBeGreaterThan(0);
    const other = (await engine.inspectContainer(second)).hostPorts[8080];
    expect(other).toBeGreaterThan(0);
    expect(other).not.toBe(port);
    await engine.killContainer(first, 'SIGKILL');
    await engine.waitContainer(first, new AbortController().signal);
    await expect(engine.inspectContainer(first)).resolves.toMatchObject({ hostPorts: {} });
  },
  'a port that another program holds is taken, until it lets go': async (bench) => {
    const { engine, holdPort } = bench;
    const { port, release } = await holdPort();
    try {
      await expect(engine.startContainer(await publishing(bench, port))).rejects.toMatchObject({ kind: 'port-taken' });
    } finally {
      await release();
    }
    // Engine 29 starts the container that could not have its port without any network.
    const id = await publishing(bench, port);
    await engine.startContainer(id);
    await expect(engine.inspectContainer(id)).resolves.toMatchObject({
      hostPorts: { 8080: port },
      published: [{ containerPort: '8080/tcp', hostIp: '127.0.0.1', hostPort: port }],
    });

    const second = await publishing(bench, port);
    await expect(engine.startContainer(second)).rejects.toMatchObject({ kind: 'port-taken' });
  },
};

async function started(bench: Bench): Promise<{ readonly id: string; readonly network: BenchNetwork }> {
  const network = await bench.network();
  const endpoint = { address: network.address(11), aliases: ['app1'] };
  const id = await bench.container({ network: { id: network.id, endpoint } });
  await bench.engine.startContainer(id);
  return { id, network };
}

/** A port is published from a network of the container's own. */
async function publishing(bench: Bench, hostPort: number): Promise<string> {
  const { id, address } = await bench.network();
  return bench.container({
    network: { id, endpoint: { address: address(2), aliases: [] } },
    publish: { containerPort: 8080, hostPort },
  });
}

async function expectAddresses(bench: Bench, id: string, addresses: Readonly<Record<string, string>>): Promise<void> {
  expect((await bench.engine.inspectContainer(id)).addresses).toEqual(addresses);
}
