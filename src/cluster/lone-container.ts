import type { ContainerRequest } from './engine';
import type { Ownership, Role } from './topology';
import { labelsFor, resourceName } from './topology';

/** What is told of a container that belongs to nobody's network. */
export type Lone = Pick<ContainerRequest, 'image' | 'command'> &
  Partial<Pick<ContainerRequest, 'withoutEntrypoint' | 'extraHosts' | 'limits' | 'cgroupParent' | 'machineFolder'>> & {
    /** What it is called behind run and cluster. */
    readonly what: string;
    readonly role: Role;
  };

/** How a container is made that helps a run and serves nobody: without a network, a hostname or an environment of its own, and, unless told, without limits and the image's ENTRYPOINT. */
export function loneContainer(
  ownership: Ownership,
  cluster: string,
  { what, role, ...request }: Lone,
): ContainerRequest {
  return {
    name: resourceName(ownership.run, cluster, what),
    labels: labelsFor(ownership, cluster, role),
    hostname: null,
    withoutEntrypoint: true,
    env: {},
    network: 'none',
    extraHosts: {},
    limits: null,
    hardened: false,
    publish: null,
    ...request,
  };
}
