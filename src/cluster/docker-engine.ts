import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock';
import { systemClock } from '../clock';
import type { DockerConnection } from './docker-connection';
import { connectDocker } from './docker-connection';
import { containerVerbs } from './docker-containers';
import type { EngineInfo } from './docker-descriptions';
import { describeEngine, labelledResource } from './docker-descriptions';
import { imageVerbs } from './docker-images';
import { networkVerbs } from './docker-networks';
import { outputVerbs } from './docker-output';
import type { Patience } from './docker-patience';
import { PATIENCE } from './docker-patience';
import type { Engine } from './engine';
import { EngineError } from './engine';
import { paced } from './engine-pace';

/** Where the engine is and what it is used with; everything has the docker CLI's own default. */
export interface DockerEngineOptions {
  /** As the environment's DOCKER_HOST; undefined or empty: /var/run/docker.sock. */
  readonly dockerHost?: string | undefined;
  /** The docker CLI's configuration folder, for a registry's credentials. */
  readonly configFolder?: string;
  /** Gets one line for each request. */
  readonly log?: (line: string) => void;
  readonly clock?: Clock;
  /** How long the engine may take to answer. */
  readonly patience?: Patience;
  /** Gets a line about a request that has no answer yet. */
  readonly tell?: (line: string) => void;
  /**
   * Called once, where the engine has left a request unanswered. Every verb fails from then on, at once, with the same
   * {@link EngineError} `unanswered`, but for those that clear away, which are tried all the same: `listLabelled`, `remove…`.
   */
  readonly onGivenUp?: (error: EngineError) => void;
}

/**
 * The port to a Docker Engine on this machine (20.10 or later), over dockerode. Never throws itself, and opens nothing: a
 * DOCKER_HOST that will not do, like an engine that does not answer, is the first verb's {@link EngineError} `unreachable`.
 */
export function createDockerEngine({
  dockerHost = process.env['DOCKER_HOST'],
  configFolder = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'),
  log = () => undefined,
  clock = systemClock,
  patience = PATIENCE,
  tell = () => undefined,
  onGivenUp = () => undefined,
}: DockerEngineOptions = {}): Engine {
  const connection = connectDocker(dockerHost, { log, clock, patience, tell, onGivenUp });
  return paced({
    ...engineVerbs(connection),
    ...imageVerbs(connection, configFolder),
    ...networkVerbs(connection),
    ...containerVerbs(connection),
    ...outputVerbs(connection),
  });
}

function engineVerbs({ call }: DockerConnection): Pick<Engine, 'describe' | 'ping' | 'listLabelled'> {
  return {
    describe: () =>
      call('ask the Docker Engine what it is', async (docker) => {
        const [version, info] = await Promise.all([docker.version(), docker.info() as Promise<EngineInfo>]);
        return describeEngine(version, info);
      }),
    ping: async () => {
      await call('reach the Docker Engine', (docker) => docker.ping());
    },
    listLabelled: (labels) =>
      call('list what carries the labels', async (docker) => {
        const label = Object.entries(labels).map(([key, value]) => (value === null ? key : `${key}=${value}`));
        // No filter would mean everything on the machine, and what is listed here is removed.
        if (label.length === 0) throw new EngineError('other', 'Cannot list by labels: none is given');
        const filters = { label };
        const [containers, networks, images] = await Promise.all([
          docker.listContainers({ all: true, filters }),
          docker.listNetworks({ filters }),
          // Untagged images are listed too; `all` would add the layers in between.
          docker.listImages({ filters }),
        ]);
        return {
          containers: containers.map(({ Id, Names, Labels }) => labelledResource(Id, Names[0], Labels)),
          networks: networks.map(({ Id, Name, Labels }) => labelledResource(Id, Name, Labels)),
          images: images.map(({ Id, RepoTags, Labels }) => labelledResource(Id, tagOf(RepoTags), Labels)),
        };
      }),
  };
}

/** Before Docker 25 an image without a tag has the tag `<none>:<none>`. */
function tagOf(tags: readonly string[] | null | undefined): string | undefined {
  return tags?.find((tag) => tag !== '<none>:<none>');
}
