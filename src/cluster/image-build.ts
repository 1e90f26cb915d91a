import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { exec } from '@actions/exec';
import { systemClock } from '../clock';
import type { Builder, BuildRequest } from './build-command';
import { buildArguments, classicEnvironment, forClassicBuilder } from './build-command';
import { makeBuildFolder } from './build-folder';
import type { BuildFailure } from './build-transcript';
import { BuildTranscript } from './build-transcript';
import { labelStages } from './dockerfile-label';
import { createLineSplitter } from './line-splitter';
import { killProcessesNamed } from './process-hunt';
import { SetupError, type FilePlace } from './setup-error';
import { LABELS } from './topology';

const run = promisify(execFile);

/** Where a build's output goes, and what cancels it. */
export interface BuildPorts {
  /** Gets each line of the output: text from outside. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
  /** The docker command; unless given, the one on PATH. */
  readonly docker?: string;
}

/** A build that failed; `details` are the end of its output. */
export class BuildError extends SetupError {
  /**
   * @param place of the instruction that failed, where it is known.
   */
  constructor(
    readonly failure: BuildFailure,
    place: FilePlace | null = null,
  ) {
    const { step, cause, lines } = failure;
    const where = step === null ? '' : ` at \`${step.replace(/\s+/g, ' ').slice(0, MAX_WORDS)}\``;
    const why = (cause ?? 'it ended with an error').slice(0, MAX_WORDS);
    super(`The app's image does not build${where}: ${why}. The end of the build's output follows.`, lines, {
      place,
      remedy: {
        id: 'build-fails',
        cause: 'The image of the app does not build: this instruction fails.',
        evidence: why,
        fix: 'Put it right; `docker build` says the same on any machine.',
      },
    });
  }
}

/** Characters of an instruction or an error that go into a message of one line. */
const MAX_WORDS = 300;

/** Characters of a line that are told: a command may write megabytes without a line break. */
const LONGEST_LINE = 2_000;

/** How often a cancelled build is looked for until it has ended: at first it may not have begun. */
const HUNT_INTERVAL_MS = 100;

/** For output that comes after the command's end; a process that it left behind must not hold things up. */
const OUTPUT_GRACE_MS = 2_000;

/**
 * Builds an image with the docker command: through buildx where it works, else with the classic builder, which knows no cache
 * export. A build whose cache failed is tried once more without it: a cache that is down must not fail a build. Throws a
 * {@link BuildError}, a {@link SetupError} where the docker command is not to be had, and the signal's reason on abort.
 */
export async function buildImage(request: BuildRequest, ports: BuildPorts): Promise<{ readonly builder: Builder }> {
  ports.signal.throwIfAborted();
  const builder = await chooseBuilder(ports);
  const failure =
    builder === 'buildx'
      ? await buildWithCache(request, ports)
      : await withLabelsInside(forClassicBuilder(request, ports.onLine), (labelled) =>
          runBuild(builder, labelled, ports),
        );
  if (failure !== null) throw stageMissing(request, failure) ?? new BuildError(failure);
  return { builder };
}

/** moby, builder/dockerfile/builder.go; moby/buildkit, frontend/dockerfile/dockerfile2llb/convert.go. */
const NO_STAGE = /failed to reach build target|target stage .* could not be found/i;

function stageMissing({ target }: BuildRequest, { cause, lines }: BuildFailure): SetupError | null {
  if (target === null || ![cause ?? '', ...lines].some((line) => NO_STAGE.test(line))) return null;
  return new SetupError(
    `Input \`target\`: the Dockerfile has no stage "${target}"; give the name of one (\`FROM … AS name\`), or leave it out for the last one.`,
  );
}

async function buildWithCache(request: BuildRequest, ports: BuildPorts): Promise<BuildFailure | null> {
  const failure = await runBuild('buildx', request, ports);
  const hasCache = request.cacheFrom.length + request.cacheTo.length > 0;
  if (failure?.blamesCache !== true || !hasCache) return failure;
  ports.onLine(`the build's cache failed (${failure.cause ?? 'no reason given'}); building again without it`);
  return runBuild('buildx', { ...request, cacheFrom: [], cacheTo: [] }, ports);
}

/**
 * buildx works where its plugin is there and the engine has BuildKit: `inspect` fails, or tells an error, where not. It is not asked by
 * @actions/exec, which cannot end a command that waits for the engine in vain.
 */
async function chooseBuilder({ signal, docker = 'docker' }: BuildPorts): Promise<Builder> {
  try {
    const { stdout } = await run(docker, ['buildx', 'inspect'], { signal, killSignal: 'SIGKILL' });
    return /^Error:/m.test(stdout) ? 'classic' : 'buildx';
  } catch (error) {
    signal.throwIfAborted();
    if (typeof (error as { readonly code?: unknown }).code === 'number') return 'classic';
    throw new SetupError(
      'The docker command is not on this runner, and it is needed to build: install it, or give the input image.',
      [],
      { cause: error },
    );
  }
}

/** Null: it succeeded. */
async function runBuild(
  builder: Builder,
  request: BuildRequest,
  { onLine, signal, docker = 'docker' }: BuildPorts,
): Promise<BuildFailure | null> {
  signal.throwIfAborted();
  const transcript = new BuildTranscript();
  const listen = (text: string): void => {
    // The classic builder colours what a step writes to stderr.
    const line = stripVTControlCharacters(text);
    transcript.add(line);
    onLine(line.slice(0, LONGEST_LINE));
  };
  const [stdout, stderr] = [createLineSplitter(listen), createLineSplitter(listen)];
  const running = exec(docker, [...buildArguments(builder, request)], {
    silent: true,
    ignoreReturnCode: true,
    delay: OUTPUT_GRACE_MS,
    // Not its line listeners: they break characters in two, and leave a last line out that has no end.
    listeners: { stdout: (bytes) => stdout.write(bytes), stderr: (bytes) => stderr.write(bytes) },
    ...(builder === 'classic' ? { env: classicEnvironment(process.env) } : {}),
  });
  const exitCode = await untilEnd(running, request.run, signal);
  stdout.end();
  stderr.end();
  signal.throwIfAborted();
  return exitCode === 0 ? null : transcript.failure();
}

/** @actions/exec cannot be cancelled; the run's label among the arguments finds the process, again and again until it ends. */
async function untilEnd(running: Promise<number>, run: string, signal: AbortSignal): Promise<number> {
  let ended = false;
  const hunt = async (): Promise<void> => {
    while (!ended) {
      await killProcessesNamed(`${LABELS.run}=${run}`);
      await systemClock.sleep(HUNT_INTERVAL_MS);
    }
  };
  const cancel = (): void => void hunt();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await running;
  } finally {
    ended = true;
    signal.removeEventListener('abort', cancel);
  }
}

/**
 * The Dockerfile with labels in it goes through a file: on standard input @actions/exec would die (EPIPE, which nothing there
 * listens for) if docker ended before it had read it.
 */
async function withLabelsInside<T>(request: BuildRequest, build: (labelled: BuildRequest) => Promise<T>): Promise<T> {
  const folder = await makeBuildFolder(request.run);
  try {
    const dockerfile = join(folder, 'Dockerfile');
    await writeFile(dockerfile, labelStages(await readFile(request.dockerfile, 'utf8'), request.labels));
    return await build({ ...request, dockerfile });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
