import { endpointSettings } from './docker-container-options';
import type { DockerConnection } from './docker-connection';
import { describeContainer } from './docker-descriptions';
import { readFailure } from './docker-error';
import type { Engine } from './engine';

/** The verbs for networks. */
export function networkVerbs({
  call,
  ensure,
}: DockerConnection): Pick<
  Engine,
  'createNetwork' | 'removeNetwork' | 'connectNetwork' | 'disconnectNetwork' | 'inspectNetwork'
> {
  return {
    createNetwork: ({ name, labels, internal, subnet }) =>
      call(`create network ${name} (${subnet})`, async (docker) => {
        const network = await docker.createNetwork({
          Name: name,
          Driver: 'bridge',
          Internal: internal,
          Labels: { ...labels },
          IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
          // Two networks of one name are an error since API 1.44; before that only when it is asked for.
          CheckDuplicate: true,
        });
        return network.id;
      }),
    removeNetwork: (id) =>
      ensure(
        `remove network ${id}`,
        (docker) => docker.getNetwork(id).remove(),
        ({ status }) => status === 404,
      ),
    connectNetwork: (network, container, endpoint) =>
      call(`connect container ${container} to network ${network} as ${endpoint.address}`, async (docker) => {
        const isConnected = async (): Promise<boolean> => {
          const { addresses } = describeContainer(await docker.getContainer(container).inspect());
          return Object.values(addresses).includes(endpoint.address);
        };
        try {
          await docker
            .getNetwork(network)
            .connect({ Container: container, EndpointConfig: endpointSettings(endpoint) });
        } catch (error) {
          const isIn = readFailure(error).words.includes('already exists in network');
          if (!isIn || !(await isConnected())) throw error;
        }
      }),
    disconnectNetwork: (network, container) =>
      ensure(
        `disconnect container ${container} from network ${network}`,
        (docker) => docker.getNetwork(network).disconnect({ Container: container }),
        ({ words }) => /is not connected to (the )?network/.test(words),
      ),
    inspectNetwork: async (id) => {
      const answer = await call(`inspect network ${id}`, (docker) => docker.getNetwork(id).inspect());
      const { Id, Name, Internal } = answer;
      return { id: Id, name: Name, internal: Internal };
    },
  };
}
