import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { packFiles, unpackFiles } from './docker-archive';
import type { DockerConnection } from './docker-connection';
import { openStream } from './docker-dial';
import { createLogReader, createOutputReader, drain } from './docker-log-stream';
import type { Engine, ExecResult, LogLine } from './engine';
import { EngineError } from './engine';

type OutputVerbs = Pick<Engine, 'writeFiles' | 'readFiles' | 'exec' | 'readLogs' | 'readOutput' | 'followLogs'>;

const MAX_EXEC_BYTES = 1024 * 1024;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** In moby's words (daemon/archive.go, `containerFileNotFound`): a container that is not there is another matter. */
const NO_FILE = /could not find the file/i;

/** The engine sends the last output a moment before it knows the exit code. */
const EXIT_CODE_TRIES = 100;
const EXIT_CODE_PAUSE_MS = 20;

/** The verbs for what goes into a container and comes out of it. */
export function outputVerbs({ call }: DockerConnection): OutputVerbs {
  return {
    writeFiles: async (container, files) => {
      await call(`write files into container ${container}`, async (docker) =>
        docker.getContainer(container).putArchive(await packFiles(files), { path: '/' }),
      );
    },
    readFiles: async (container, order) => {
      try {
        return await call(`read files of container ${container}`, async (docker) => {
          const path = `/containers/${encodeURIComponent(container)}/archive?` as const;
          return unpackFiles(await openStream(docker, 'GET', path, { path: order.path }, order.signal), order);
        });
      } catch (error) {
        const isNoFile = error instanceof EngineError && error.kind === 'not-found' && NO_FILE.test(error.message);
        if (isNoFile) return null;
        throw error;
      }
    },
    exec: (container, argv) =>
      call(`run ${argv[0] ?? 'nothing'} in container ${container}`, (docker) => exec(docker, container, argv)),
    readLogs: (container, tail) =>
      call(`read the log of container ${container}`, async (docker) => {
        const bytes = await docker.getContainer(container).logs({ stdout: true, stderr: true, tail });
        const lines: LogLine[] = [];
        const reader = createLogReader((line) => lines.push(line));
        reader.write(bytes);
        reader.end();
        // The engine counts pieces of 16 KiB, so that one long line is several of them.
        return lines.slice(-tail);
      }),
    readOutput: (container) =>
      call(`read the output of container ${container}`, async (docker) => {
        const reader = createOutputReader(MAX_OUTPUT_BYTES);
        // As a stream: the whole of it in memory could be far more than is kept.
        const options = { stdout: true, stderr: true, follow: true } as const;
        await drain(await docker.getContainer(container).logs(options), reader);
        return reader.text();
      }),
    followLogs: (container, onLine, signal) =>
      call(`follow the log of container ${container}`, async (docker) => {
        const options = { stdout: true, stderr: true, follow: true, abortSignal: signal } as const;
        const reader = createLogReader((line) => {
          if (!signal.aborted) onLine(line);
        });
        try {
          await drain(await docker.getContainer(container).logs(options), reader, signal);
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      }),
  };
}

async function exec(docker: Dockerode, container: string, argv: readonly string[]): Promise<ExecResult> {
  const process = await docker
    .getContainer(container)
    .exec({ Cmd: [...argv], AttachStdout: true, AttachStderr: true, AttachStdin: false, Tty: false });
  const reader = createOutputReader(MAX_EXEC_BYTES);
  await drain(await process.start({ Detach: false, Tty: false }), reader);
  for (let tries = 0; tries < EXIT_CODE_TRIES; tries += 1) {
    const { Running: running, ExitCode: exitCode } = await process.inspect();
    if (!running && exitCode !== null) return { exitCode, ...reader.text() };
    await sleep(EXIT_CODE_PAUSE_MS);
  }
  throw new EngineError('other', `Cannot run ${argv[0] ?? 'nothing'} in container ${container}: it never ended`);
}
