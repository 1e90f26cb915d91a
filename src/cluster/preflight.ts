import { createServer } from 'node:net';
import type { Engine, EngineDescription } from './engine';
import { SetupError } from './setup-error';

/**
 * What must hold before anything is created. Throws {@link SetupError} with one clear line where it does not, and an
 * EngineError `unreachable` where no engine answers.
 *
 * @param platform as `process.platform`.
 */
export async function preflight(
  engine: Engine,
  platform: string,
  hostPort: number | 'auto',
): Promise<EngineDescription> {
  if (platform !== 'linux') {
    throw new SetupError(
      `This runner is not Linux but ${platform}: use a Linux runner, for example \`runs-on: ubuntu-latest\`.`,
    );
  }
  const description = await engine.describe();
  if (description.os !== 'linux') {
    throw new SetupError(`The Docker Engine runs ${description.os} containers; Linux containers are needed.`);
  }
  if (description.rootless) {
    throw new SetupError(
      'The Docker Engine is rootless: its networks cannot be reached from this process. Use the machine’s own engine (unset DOCKER_HOST).',
    );
  }
  if (hostPort !== 'auto') await assertPortFree(hostPort);
  return description;
}

/** The engine reports a taken port only when the container starts, which is late. */
function assertPortFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
      reject(
        new SetupError(
          `Input \`port\`: ${port} on 127.0.0.1 cannot be had: ${why}. Give another port, or \`auto\` for one that is free.`,
        ),
      );
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve()));
  });
}
