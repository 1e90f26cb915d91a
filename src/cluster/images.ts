import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock';
import type { Settings } from '../settings/settings';
import type { Engine, ImageDescription } from './engine';
import { EngineError } from './engine';
import { buildImage } from './image-build';
import { SetupError } from './setup-error';
import type { Ownership } from './topology';
import { labelsFor } from './topology';

/** Both images of a cluster, on this machine. */
export interface PreparedImages {
  readonly app: ImageDescription;
  readonly nginx: ImageDescription;
  /** As the user knows them. */
  readonly references: { readonly app: string; readonly nginx: string };
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

/** Builds or finds the app's image and finds or pulls NGINX's, both at once. Throws a {@link SetupError} naming the input. */
export async function prepareImages(settings: Settings, tools: ImageTools): Promise<PreparedImages> {
  const [app, nginx] = await Promise.allSettled([
    prepareApp(settings, tools),
    obtain(settings.nginxImage, 'nginx-image', tools),
  ]);
  if (app.status === 'rejected') throw app.reason;
  if (nginx.status === 'rejected') throw nginx.reason;
  return {
    app: app.value.image,
    nginx: nginx.value,
    references: { app: app.value.reference, nginx: settings.nginxImage },
  };
}

async function prepareApp(
  settings: Settings,
  tools: ImageTools,
): Promise<{ readonly image: ImageDescription; readonly reference: string }> {
  const { image: source } = settings;
  if (source.kind === 'image') {
    return { image: await obtain(source.reference, 'image', tools), reference: source.reference };
  }
  const { engine, ownership, workspace, log, signal, clock } = tools;
  const tag = `lb-cluster-app:${ownership.run}`;
  const started = clock.now();
  log.line(`building the app's image from ${source.context}`);
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

/** As `docker build --file` takes it, relative to the workspace; and, as many expect it, relative to the context. */
async function dockerfilePath(
  source: { readonly context: string; readonly dockerfile: string | null },
  workspace: string,
): Promise<string> {
  const inContext = join(workspace, source.context, source.dockerfile ?? 'Dockerfile');
  const candidates = source.dockerfile === null ? [inContext] : [join(workspace, source.dockerfile), inContext];
  await assertFolder(join(workspace, source.context), source.context);
  for (const candidate of candidates) {
    if ((await kindOf(candidate)) === 'file') return candidate;
  }
  throw new SetupError(
    source.dockerfile === null
      ? `Input \`context\`: ${source.context} holds no Dockerfile. Name it with the input dockerfile, or give the input image.`
      : `Input \`dockerfile\`: there is no file ${source.dockerfile}, neither in the workspace nor in the context ${source.context}.`,
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

/** An image that is on the machine is taken as it is; else it is pulled, three times where the network is to blame. */
async function obtain(
  reference: string,
  input: 'image' | 'nginx-image',
  { engine, clock, signal, log }: ImageTools,
): Promise<ImageDescription> {
  const present = await engine.findImage(reference);
  if (present !== null) return present;
  for (let tries = 1; ; tries += 1) {
    log.line(`pulling ${reference}`);
    try {
      await engine.pullImage(reference, log.line, signal);
      const pulled = await engine.findImage(reference);
      if (pulled !== null) return pulled;
      throw new SetupError(`Input \`${input}\`: ${reference} was pulled and is not there.`);
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind === 'aborted') throw error;
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
