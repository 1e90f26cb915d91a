import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock';
import type { ImageSource, Settings } from '../settings/settings';
import { climbsOut } from '../settings/paths';
import type { Engine, ImageDescription } from './engine';
import { EngineError } from './engine';
import { buildImage } from './image-build';
import { SetupError } from './setup-error';
import type { Ownership } from './topology';
import { labelsFor } from './topology';

/** The images of a run, on this machine. */
export interface PreparedImages {
  /** The image under test. */
  readonly app: ImageDescription;
  readonly nginx: ImageDescription;
  readonly rollout: RolloutImages;
  /** As the user knows them. */
  readonly references: { readonly app: string; readonly nginx: string };
}

/** What a rolling update goes from and to. */
export interface RolloutImages {
  readonly from: NamedImage;
  readonly to: NamedImage;
  /** The input that promises two versions; null: both are the image under test. */
  readonly promisedBy: 'baseline-image' | 'rollout-image' | 'rollout-build-args' | null;
}

/** An image, and its name as the user knows it. */
export interface NamedImage {
  /** `sha256:…` */
  readonly id: string;
  readonly reference: string;
}

/** What images are prepared with. */
export interface ImageTools {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly ownership: Ownership;
  /** Folder that the build context is relative to. */
  readonly workspace: string;
  readonly log: { readonly line: (text: string) => void; readonly foreign: (text: string) => void };
}

const PULL_TRIES = 3;
const PULL_PAUSE_MS = 2_000;

/**
 * Builds or finds the app's images and finds or pulls NGINX's, both at once. Throws a {@link SetupError} naming the input.
 */
export async function prepareImages(settings: Settings, tools: ImageTools): Promise<PreparedImages> {
  const [{ app, rollout }, nginx] = await together([
    prepareApps(settings, tools),
    obtain(settings.nginxImage, 'nginx-image', tools),
  ]);
  return { app: app.image, nginx, rollout, references: { app: app.reference, nginx: settings.nginxImage } };
}

interface AppImage {
  readonly image: ImageDescription;
  readonly reference: string;
}

/** A second build comes after the first, whose layers it finds; a pull does not wait for it. */
async function prepareApps(
  settings: Settings,
  tools: ImageTools,
): Promise<{ readonly app: AppImage; readonly rollout: RolloutImages }> {
  const { rollout } = settings;
  const [app, other] = await together([
    settings.image.kind === 'image'
      ? existing(settings.image.reference, 'image', tools)
      : built(settings.image, 'app', tools),
    rollout.baselineImage !== null
      ? existing(rollout.baselineImage, 'baseline-image', tools)
      : rollout.image !== null
        ? existing(rollout.image, 'rollout-image', tools)
        : null,
  ]);
  return { app, rollout: await prepareRollout(settings, app, other, tools) };
}

/** Waits for both to settle before it reports the first failure: nothing is still at work when it throws. */
async function together<A, B>([one, other]: readonly [Promise<A>, Promise<B> | B]): Promise<readonly [A, B]> {
  const [first, second] = await Promise.allSettled([one, other] as const);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}

async function prepareRollout(
  { image: source, rollout }: Settings,
  app: AppImage,
  other: AppImage | null,
  tools: ImageTools,
): Promise<RolloutImages> {
  const tested = named(app);
  if (other !== null) {
    return rollout.baselineImage !== null
      ? { from: named(other), to: tested, promisedBy: 'baseline-image' }
      : { from: tested, to: named(other), promisedBy: 'rollout-image' };
  }
  if (source.kind === 'build' && rollout.buildArgs.length > 0) {
    const buildArgs = overlaid(source.buildArgs, rollout.buildArgs);
    const { image } = await built({ ...source, buildArgs }, 'rollout', tools);
    const reference = `${app.reference} with rollout-build-args`;
    return { from: tested, to: { id: image.id, reference }, promisedBy: 'rollout-build-args' };
  }
  return { from: tested, to: tested, promisedBy: null };
}

function named({ image, reference }: AppImage): NamedImage {
  return { id: image.id, reference };
}

/** One value a build argument, the later list's where both have one. */
function overlaid(args: readonly string[], own: readonly string[]): readonly string[] {
  const nameOf = (argument: string): string => argument.replace(/=.*$/s, '');
  const names = new Set(own.map(nameOf));
  return [...args.filter((argument) => !names.has(nameOf(argument))), ...own];
}

async function existing(
  reference: string,
  input: 'image' | 'rollout-image' | 'baseline-image',
  tools: ImageTools,
): Promise<AppImage> {
  return { image: await obtain(reference, input, tools), reference };
}

async function built(
  source: Extract<ImageSource, { kind: 'build' }>,
  what: 'app' | 'rollout',
  tools: ImageTools,
): Promise<AppImage> {
  const { engine, ownership, workspace, log, signal, clock } = tools;
  const tag = `lb-cluster-${what}:${ownership.run}`;
  const started = clock.now();
  log.line(`building the app's image from ${source.context}${what === 'app' ? '' : ' with rollout-build-args'}`);
  const { builder } = await buildImage(
    {
      ...source,
      context: join(workspace, source.context),
      dockerfile: await dockerfilePath(source, workspace),
      tag,
      labels: labelsFor(ownership, 'images', 'app-image'),
      run: ownership.run,
    },
    { onLine: log.line, signal },
  );
  log.line(`built in ${((clock.now() - started) / 1000).toFixed(1)} s (${builder})`);
  const image = await engine.findImage(tag);
  if (image === null) throw new SetupError(`The build of ${source.context} ended without an image.`);
  return { image, reference: source.context === '.' ? 'this repository' : source.context };
}

/** Relative to the context; or else, as `docker build --file` takes it, to the workspace, and inside of it. */
export async function dockerfilePath(
  { context, dockerfile }: { readonly context: string; readonly dockerfile: string | null },
  workspace: string,
): Promise<string> {
  const inContext = join(workspace, context, dockerfile ?? 'Dockerfile');
  const candidates =
    dockerfile === null || climbsOut(dockerfile) ? [inContext] : [inContext, join(workspace, dockerfile)];
  await assertFolder(join(workspace, context), context);
  for (const candidate of candidates) {
    if ((await kindOf(candidate)) === 'file') return candidate;
  }
  throw new SetupError(
    dockerfile === null
      ? `Input \`context\`: ${context} holds no Dockerfile. Name it with the input dockerfile, or give the input image.`
      : `Input \`dockerfile\`: there is no file ${dockerfile}, neither in the context ${context} nor in the workspace.`,
  );
}

async function assertFolder(path: string, context: string): Promise<void> {
  const kind = await kindOf(path);
  if (kind === 'folder') return;
  throw new SetupError(
    `Input \`context\`: ${context} is ${kind === 'file' ? 'a file, not a folder' : 'not there'}. ` +
      'Give a folder relative to the workspace (and check the repository out before this step).',
  );
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'nothing';
  }
}

/** What the engine says against the reference itself, which is another grammar in an older one, it says of the input. */
async function find(reference: string, input: string, engine: Engine): Promise<ImageDescription | null> {
  try {
    return await engine.findImage(reference);
  } catch (error) {
    if (!(error instanceof EngineError) || !/invalid reference/i.test(error.message)) throw error;
    throw new SetupError(
      `Input \`${input}\`: "${reference}" is not accepted by the Docker Engine of this machine (${error.message}); ` +
        'give an image reference, such as `nginx:1.30.4-alpine` or `ghcr.io/me/app@sha256:…`.',
    );
  }
}

/** An image that is on the machine is taken as it is; else it is pulled, three times where the network is to blame. */
async function obtain(
  reference: string,
  input: 'image' | 'rollout-image' | 'baseline-image' | 'nginx-image',
  { engine, clock, signal, log }: ImageTools,
): Promise<ImageDescription> {
  const present = await find(reference, input, engine);
  if (present !== null) return present;
  for (let tries = 1; ; tries += 1) {
    log.line(`pulling ${reference}`);
    try {
      await engine.pullImage(reference, log.line, signal);
      const pulled = await engine.findImage(reference);
      if (pulled !== null) return pulled;
      throw new SetupError(`Input \`${input}\`: ${reference} was pulled and is not there.`);
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind === 'aborted' || error.kind === 'unanswered') throw error;
      if (error.kind === 'not-found' || tries >= PULL_TRIES) {
        throw new SetupError(
          `Input \`${input}\`: ${reference} is not on this machine and cannot be pulled: ${error.message}`,
        );
      }
      log.line(`${error.message}; trying again`);
      await clock.sleep(PULL_PAUSE_MS * tries, signal);
    }
  }
}
