import type { ScenarioContext } from '../scenario';

/** Takes a container out of the replicas' network. */
export function leaveFabric({ engine, cluster }: ScenarioContext, container: string): Promise<void> {
  return engine.disconnectNetwork(cluster.fabricId, container);
}

/** Puts a container into the replicas' network. `aliases`: the names that it is known by there. */
export function joinFabric(
  { engine, cluster }: ScenarioContext,
  container: string,
  address: string,
  aliases: readonly string[],
): Promise<void> {
  return engine.connectNetwork(cluster.fabricId, container, { address, aliases });
}
