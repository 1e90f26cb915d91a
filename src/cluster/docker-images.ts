import type Dockerode from 'dockerode';
import { isFields } from '../settings/json-fields';
import type { DockerConnection } from './docker-connection';
import { findCredentials } from './docker-credentials';
import { describeImage } from './docker-descriptions';
import { drain } from './docker-log-stream';
import { createPullReader, pullError } from './docker-pull';
import type { Engine, EngineErrorKind } from './engine';
import { EngineError } from './engine';

/**
 * The verbs for images.
 *
 * @param configFolder of the docker CLI, for a registry's credentials.
 */
export function imageVerbs(
  connection: DockerConnection,
  configFolder: string,
): Pick<Engine, 'findImage' | 'imageSteps' | 'pullImage' | 'removeImage'> {
  return {
    findImage: async (reference) => {
      try {
        return describeImage(
          await connection.call(`inspect image ${reference}`, (docker) => docker.getImage(reference).inspect()),
        );
      } catch (error) {
        if (error instanceof EngineError && error.kind === 'not-found') return null;
        throw error;
      }
    },
    imageSteps: async (reference) => {
      const history: unknown = await connection.call(`tell the history of image ${reference}`, (docker) =>
        docker.getImage(reference).history(),
      );
      return stepsOf(history);
    },
    pullImage: async (reference, onProgress, signal) => {
      const credentials = await findCredentials(reference, configFolder);
      try {
        await connection.call(`pull image ${reference}`, async (docker) => {
          const options = { ...pullOptions(reference), abortSignal: signal };
          const progress = await createImage(docker, credentials, options);
          await drain(progress, createPullReader(reference, onProgress));
        });
      } catch (error) {
        if (signal.aborted) throw new EngineError('aborted', `Cannot pull image ${reference}: cancelled`);
        throw refusal(reference, error);
      }
    },
    // By force: an image that has several names is asked for by its id.
    removeImage: (reference) =>
      connection.ensure(
        `remove image ${reference}`,
        (docker) => docker.getImage(reference).remove({ force: true }),
        ({ status }) => status === 404,
      ),
  };
}

/** The client does not say what it is. */
function stepsOf(history: unknown): readonly string[] {
  if (!Array.isArray(history)) return [];
  return history.flatMap((step: unknown) =>
    isFields(step) && typeof step['CreatedBy'] === 'string' ? [step['CreatedBy']] : [],
  );
}

function createImage(docker: Dockerode, credentials: object | null, options: object): Promise<NodeJS.ReadableStream> {
  return credentials === null ? docker.createImage(options) : docker.createImage(credentials, options);
}

/** Without a tag the engine would pull every tag there is. */
function pullOptions(reference: string): { readonly fromImage: string; readonly tag?: string } {
  const hasTag = reference.includes('@') || reference.slice(reference.lastIndexOf('/') + 1).includes(':');
  return hasTag ? { fromImage: reference } : { fromImage: reference, tag: 'latest' };
}

/** Failures of a pull that are this machine's own. */
const NOT_THE_REGISTRY: ReadonlySet<EngineErrorKind> = new Set(['unreachable', 'unanswered', 'no-space']);

/** A refusal can be the answer itself, before any progress. */
function refusal(reference: string, error: unknown): unknown {
  if (!(error instanceof EngineError) || NOT_THE_REGISTRY.has(error.kind)) return error;
  const words = error.message.replace(`Cannot pull image ${reference}: `, '');
  return pullError(reference, words);
}
