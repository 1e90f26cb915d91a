import { expect } from '@jest/globals';
import type { LabelledResource } from '../../src/cluster/engine';
import type { Contract } from './bench';
import { LABEL } from './bench';

const NOWHERE = 'lb-cluster-action-contract/none:1';

/** Images, networks, and finding things by their labels. */
export const resourceCases: Contract = {
  'an image that is not there is null, and one that is has an id': async ({ engine, image }) => {
    await expect(engine.findImage(NOWHERE)).resolves.toBeNull();
    await expect(engine.findImage(image)).resolves.toMatchObject({ id: expect.stringMatching(/^sha256:[0-9a-f]+$/) });
  },
  'an image tells the steps of its build, and one that is not there does not': async ({ engine, image }) => {
    await expect(engine.imageSteps(image)).resolves.toEqual(expect.arrayContaining([expect.any(String)]));
    await expect(engine.imageSteps(NOWHERE)).rejects.toMatchObject({ name: 'EngineError', kind: 'not-found' });
  },
  'removing an image that is not there succeeds': async ({ engine }) => {
    await expect(engine.removeImage(NOWHERE)).resolves.toBeUndefined();
  },
  'a container of an image that is not there is not created': async ({ container }) => {
    await expect(container({ image: NOWHERE })).rejects.toMatchObject({ name: 'EngineError', kind: 'not-found' });
  },
  'a second network of the same name is a conflict': async ({ engine, labels, network }) => {
    const [first, second] = [await network(), await network()];
    await engine.removeNetwork(second.id);
    const request = { name: first.name, labels, internal: false, subnet: second.subnet };
    await expect(engine.createNetwork(request)).rejects.toMatchObject({ kind: 'conflict' });
  },
  'subnets that overlap are told from other conflicts': async ({ engine, labels, name, network }) => {
    const { subnet } = await network();
    const inside = subnet.replace('/26', '/28');
    const request = { name: name('overlap'), labels, internal: true, subnet: inside };
    await expect(engine.createNetwork(request)).rejects.toMatchObject({ kind: 'address-overlap' });
  },
  'a network can be removed twice': async ({ engine, labels, network }) => {
    const { id } = await network({ internal: true });
    await engine.removeNetwork(id);
    await engine.removeNetwork(id);
    await expect(engine.listLabelled(labels)).resolves.toMatchObject({ networks: [] });
  },
  'a network says whether it is internal': async ({ engine, network }) => {
    const [fabric, edge] = [await network({ internal: true }), await network({ internal: false })];
    await expect(engine.inspectNetwork(fabric.id)).resolves.toEqual({
      ...{ id: fabric.id, name: fabric.name, internal: true },
    });
    await expect(engine.inspectNetwork(edge.id)).resolves.toMatchObject({ internal: false });
  },
  'a network is not removed under a running container': async ({ engine, network, container }) => {
    const { id, address } = await network();
    const running = await container({ network: { id, endpoint: { address: address(11), aliases: [] } } });
    await engine.startContainer(running);
    await expect(engine.removeNetwork(id)).rejects.toMatchObject({ kind: 'conflict' });
  },
  'two runs do not see each other, and a key alone finds both': async ({
    engine,
    labels,
    network,
    container,
    name,
  }) => {
    const { id, name: networkName } = await network();
    const theirs = { ...labels, [LABEL.other]: 'theirs' };
    const ours = { ...labels, [LABEL.other]: 'ours' };
    const oursId = await container({ labels: ours, name: name('ours') });
    const theirsId = await container({ labels: theirs, name: name('theirs') });
    await expect(engine.listLabelled(ours)).resolves.toEqual({
      containers: [{ id: oursId, name: name('ours'), labels: ours }],
      networks: [],
      images: [],
    });
    const either = await engine.listLabelled({ ...labels, [LABEL.other]: null });
    expect(new Set(idsOf(either.containers))).toEqual(new Set([oursId, theirsId]));
    await expect(engine.listLabelled(labels)).resolves.toMatchObject({
      networks: [{ id, name: networkName, labels }],
    });
  },
  'a stopped container is listed, a removed one is not': async ({ engine, labels, container }) => {
    const [stays, goes] = [await container(), await container()];
    await engine.startContainer(stays);
    await engine.killContainer(stays, 'SIGKILL');
    await engine.removeContainer(goes);
    const { containers } = await engine.listLabelled(labels);
    expect(idsOf(containers)).toEqual([stays]);
  },
  'nothing is listed for no labels, rather than everything': async ({ engine }) => {
    await expect(engine.listLabelled({})).rejects.toMatchObject({ name: 'EngineError' });
  },
};

function idsOf(resources: readonly LabelledResource[]): readonly string[] {
  return resources.map(({ id }) => id);
}
