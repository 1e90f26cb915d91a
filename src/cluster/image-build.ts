import { readFile } from 'node:fs/promises';
import { exec, getExecOutput } from '@actions/exec';
import { labelStages } from './dockerfile-label';
import { SetupError } from './setup-error';
import { killProcessesNamed } from './process-hunt';
import { LABELS } from './topology';

/** One image to build. Paths are absolute. */
export interface BuildRequest {
  readonly context: string;
  readonly dockerfile: string;
  readonly target: string | null;
  readonly buildArgs: readonly string[];
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Stands in the command's arguments, so that the command can be found if this process dies. */
  readonly run: string;
}

/** Where a build's output goes, and what cancels it. */
export interface BuildPorts {
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

export type Builder = 'buildx' | 'classic';

/** Lines of a failed build's output that are shown: its end says what went wrong. */
const LAST_LINES = 15;

/** As the argument of `--file`. */
const STANDARD_INPUT = '-';

/**
 * Builds an image with the docker command: through buildx where it works, else with the classic builder, which knows no cache
 * export. A build that fails with a cache is tried once more without (a cache that is down must not fail a build). Throws a
 * {@link SetupError} with the end of the build's output.
 */
export async function buildImage(request: BuildRequest, ports: BuildPorts): Promise<{ readonly builder: Builder }> {
  const builder = await chooseBuilder();
  const hasCache = request.cacheFrom.length + request.cacheTo.length > 0;
  if (hasCache && builder === 'classic') {
    ports.onLine('buildx is not available: the classic builder ignores cache-from and cache-to');
  }
  const first = await runBuild(builder, request, ports);
  if (first.exitCode === 0) return { builder };
  ports.signal.throwIfAborted();
  if (hasCache && builder === 'buildx') {
    ports.onLine('the build failed; trying again without cache-from and cache-to');
    const second = await runBuild(builder, { ...request, cacheFrom: [], cacheTo: [] }, ports);
    if (second.exitCode === 0) return { builder };
    throw buildError(second.lines);
  }
  throw buildError(first.lines);
}

/**
 * The arguments of the docker command for a build. The classic builder gets the Dockerfile on standard input, with the labels
 * in it, and as an argument only the one by which the command is found again: each would cost it a step.
 */
export function buildArguments(builder: Builder, request: BuildRequest): readonly string[] {
  const { context, dockerfile, target, buildArgs, cacheFrom, cacheTo, tag, labels } = request;
  const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value]);
  const allLabels = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [
    ...(builder === 'buildx'
      ? [
          'buildx',
          'build',
          '--load',
          '--progress',
          'plain',
          ...each('--cache-from', cacheFrom),
          ...each('--cache-to', cacheTo),
        ]
      : ['build', '--force-rm']),
    ...each('--tag', [tag]),
    ...each('--label', builder === 'buildx' ? allLabels : [`${LABELS.run}=${request.run}`]),
    ...(target === null ? [] : ['--target', target]),
    ...each('--build-arg', buildArgs),
    '--file',
    builder === 'buildx' ? dockerfile : STANDARD_INPUT,
    context,
  ];
}

async function chooseBuilder(): Promise<Builder> {
  try {
    const { exitCode } = await getExecOutput('docker', ['buildx', 'inspect'], { silent: true, ignoreReturnCode: true });
    return exitCode === 0 ? 'buildx' : 'classic';
  } catch (error) {
    throw new SetupError(
      'The docker command is not on this runner, and it is needed to build: install it, or give the input image.',
      [],
      { cause: error },
    );
  }
}

async function runBuild(
  builder: Builder,
  request: BuildRequest,
  { onLine, signal }: BuildPorts,
): Promise<{ readonly exitCode: number; readonly lines: readonly string[] }> {
  signal.throwIfAborted();
  const lines: string[] = [];
  const listen = (line: string): void => {
    lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
    onLine(line);
  };
  // @actions/exec cannot be cancelled; the run's label among the arguments finds the process.
  const cancel = (): void => void killProcessesNamed(`${LABELS.run}=${request.run}`);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const exitCode = await exec('docker', [...buildArguments(builder, request)], {
      silent: true,
      ignoreReturnCode: true,
      listeners: { stdline: listen, errline: listen },
      ...(builder === 'classic' ? { env: classicEnvironment(), input: await labelledDockerfile(request) } : {}),
    });
    return { exitCode, lines };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function labelledDockerfile({ dockerfile, labels }: BuildRequest): Promise<Buffer> {
  return Buffer.from(labelStages(await readFile(dockerfile, 'utf8'), labels));
}

/** Without it a newer docker command asks for buildx even where the engine has none. */
function classicEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(own), DOCKER_BUILDKIT: '0' };
}

function buildError(lines: readonly string[]): SetupError {
  const cause =
    lines.findLast((line) => /error|failed|returned a non-zero code/i.test(line)) ?? 'it ended with an error';
  return new SetupError(
    `The app's image does not build: ${cause.trim().slice(0, 300)}. The end of the build's output follows.`,
    lines,
  );
}
