import { EngineError } from './engine';
import { SetupError } from './setup-error';

/** Without a word of what the engine calls its own parts. */
const PREFIX = /^Cannot (?:create|start) container \S+: (?:.*?(?=exec: "|exec \/|unable to find|chdir to cwd))?/;

/** Of what is started. */
export const WRONG_FORMAT =
  'built for another kind of processor than this machine’s, or a script whose first line does not say what runs it (`#!/bin/sh`)';
/** Of a script. */
export const NO_INTERPRETER =
  'the file is there, and what its first line (`#!`) names is not: a shell that the image does not have (`bash` in Alpine), or one with the ' +
  'line ends of Windows (CRLF) behind its name';

/**
 * What the engine says where it is the image that cannot be run, as opposed to anything on the machine (moby, daemon/create.go and
 * daemon/start.go; opencontainers/runc, libcontainer/init_linux.go and standard_init_linux.go).
 */
const FAULTS: readonly (readonly [words: RegExp, advice: string])[] = [
  [/no command specified/i, 'the image has neither CMD nor ENTRYPOINT'],
  [/exec format error/, `it is ${WRONG_FORMAT}`],
  [/exec \/\S+: no such file or directory/, NO_INTERPRETER],
  [/exec: "|exec \//, 'look at CMD and ENTRYPOINT of the image, and whether the user of the image may run that'],
  [
    /unable to find (?:user|group)/,
    'USER names somebody whom the image does not know: create that user in the Dockerfile, or give a number, which needs no name',
  ],
  [/chdir to cwd/, 'the user of the image may not enter its WORKDIR'],
];

/**
 * What is said when a container's first process cannot be made (opencontainers/runc, libcontainer/process_linux.go), or is gone before Docker
 * Engine 29 has taken hold of its network (moby, daemon/libnetwork/osl/namespace_linux.go).
 */
const NOT_MADE =
  /OCI runtime create failed: (?:.*unable to start container process: )?(.*)$|(bind-mount \/proc\/\d+\/ns\/net -> .*)$/;

/**
 * That process itself needs memory, counted as the container's: 7 MiB at its peak with runc 1.1 and control groups of version 2, and with 10 MiB it was
 * still killed now and then. Whoever made it then finds something else missing each time.
 */
const SCARCE_BYTES = 16 * 2 ** 20;

/**
 * Does something with a replica's container. Throws a {@link SetupError} where the image, or too little memory, is why the engine cannot do
 * it, and otherwise what the engine throws.
 *
 * @param memoryBytes what the container may have.
 */
export async function blamingImage<T>(hostname: string, memoryBytes: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const advice = error instanceof EngineError ? FAULTS.find(([words]) => words.test(error.message))?.[1] : undefined;
    if (!(error instanceof EngineError)) throw error;
    if (advice === undefined) throw scarcity(hostname, memoryBytes, error) ?? error;
    const words = error.message.replace(PREFIX, '').replace(/: unknown$/, '');
    throw new SetupError(`Replica ${hostname} does not start: ${words}; ${advice} (inputs image, dockerfile).`, [], {
      cause: error,
    });
  }
}

/** null: it is not for want of memory. */
function scarcity(hostname: string, memoryBytes: number, cause: EngineError): SetupError | null {
  const [, runtime, engine] = NOT_MADE.exec(cause.message) ?? [];
  const words = (runtime ?? engine)?.replace(/: unknown$/, '');
  if (words === undefined || memoryBytes >= SCARCE_BYTES) return null;
  const [has, needs] = [memoryBytes, SCARCE_BYTES].map((bytes) => `${Math.floor(bytes / 2 ** 20)} MiB`);
  return new SetupError(
    `Replica ${hostname} does not start: ${has} (input memory) may be too little to start any container with; give it at least ${needs}. ` +
      `The engine says: ${words}.`,
    [],
    { cause },
  );
}
