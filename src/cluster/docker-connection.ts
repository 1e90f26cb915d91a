import type Dockerode from 'dockerode';
import type { EngineFailure } from './docker-error';
import { engineError, readFailure } from './docker-error';
import type { Modem } from './docker-dial';
import type { DockerAddress } from './docker-host';
import { describeAddress, parseDockerHost } from './docker-host';
import type { PatienceTools, PatientDial } from './docker-patience';
import { patientDial } from './docker-patience';
import type { EngineError } from './engine';

/** The way to the engine: requests, with failures told in this project's terms. */
export interface DockerConnection {
  /** Throws an EngineError "Cannot {action}: …" where the request fails. */
  readonly call: <T>(action: string, request: (docker: Dockerode) => Promise<T>) => Promise<T>;
  /** As `call`; a failure that only says that things are `already` so is success, and so is HTTP 304. */
  readonly ensure: (
    action: string,
    request: (docker: Dockerode) => Promise<unknown>,
    already?: (failure: EngineFailure) => boolean,
  ) => Promise<void>;
}

/** What a connection is made with. */
export interface ConnectionTools extends PatienceTools {
  /** Gets one line for each request. */
  readonly log: (line: string) => void;
  /** Called once, where the engine has left a call unanswered and is given up (see {@link patientDial}). */
  readonly onGivenUp: (error: EngineError) => void;
}

/** Nothing is loaded or opened before the first request. */
export function connectDocker(dockerHost: string | undefined, tools: ConnectionTools): DockerConnection {
  let opened: Promise<Opened> | null = null;
  let told = false;

  async function request<T>(action: string, use: (docker: Dockerode) => Promise<T>): Promise<T> {
    const address = parseDockerHost(dockerHost);
    tools.log(`docker: ${action}`);
    opened ??= open(address, tools);
    const { docker, givenUp } = await opened;
    try {
      return await use(docker);
    } catch (error) {
      const failure = engineError(action, describeAddress(address), error);
      // Of those that end together, this is the one to blame, since it is the first.
      if (error === givenUp() && !told) {
        told = true;
        tools.onGivenUp(failure);
      }
      throw failure;
    }
  }

  return {
    call: request,
    ensure: (action, use, already = () => false) =>
      request(action, async (docker) => {
        try {
          await use(docker);
        } catch (error) {
          const failure = readFailure(error);
          if (failure.status !== 304 && !already(failure)) throw error;
        }
      }),
  };
}

interface Opened extends Pick<PatientDial, 'givenUp'> {
  readonly docker: Dockerode;
}

/**
 * dockerode takes a while to load (it brings an SSH client along), so that is left to the first request.
 *
 * No API version is given: dockerode then asks for paths without one, which an engine answers in its own newest version
 * (moby, daemon/server/middleware/version.go). A pinned version would be refused by an engine that has dropped it: Docker
 * 29 answers none below 1.44, and Docker 20.10 none above 1.41. What is sent and read here is the same from 1.41 on.
 */
async function open(address: DockerAddress, tools: PatienceTools): Promise<Opened> {
  const { default: Docker } = await import('dockerode');
  // Every field is given: docker-modem would fill a missing one from the environment's DOCKER_HOST.
  const docker =
    address.kind === 'socket'
      ? new Docker({ socketPath: address.path, host: undefined, port: undefined, protocol: 'http' })
      : new Docker({ socketPath: undefined, host: address.host, port: address.port });
  const modem = docker.modem as Modem;
  const patient = patientDial(modem.dial.bind(modem), tools);
  modem.dial = patient.dial;
  return { docker, givenUp: patient.givenUp };
}
