import type { ContainerFile, FilesRead, ImageDescription } from '../../cluster/engine';
import { loneContainer } from '../../cluster/lone-container';
import { counted, shortened } from '../../settings/wording';
import type { Probe } from '../evidence';
import { SECRET_FILE_PROBE } from '../evidence';
import { whyNot } from '../probe-evidence';
import type { ScenarioContext } from '../scenario';
import { placesOfApp } from './copied';
import { mayHoldSecret, secretIn } from './secret-content';

/** What is gone through of one image, at the most: several times what a large app brings along. */
const MOST = { entries: 300_000, bytes: 2 ** 30 };
const MOST_MS = 20_000;
/** Files that are told one by one. */
const MOST_TOLD = 20;
/** Characters of a path that are told; it may have thousands. */
const LONGEST_PATH = 200;

type Tools = Pick<ScenarioContext, 'engine' | 'signal' | 'cluster'>;

/**
 * Reads the files that an image adds for its app, out of a container of it that never runs, and tells those that hold a secret: one finding
 * each. What the app writes once it runs is none of them.
 *
 * @param reference of the image, as the engine knows it.
 * @param image null: it is gone.
 * @param steps of its build, as its history tells them.
 */
export async function secretFileProbes(
  reference: string,
  image: ImageDescription | null,
  steps: readonly string[],
  tools: Tools,
): Promise<readonly Probe[]> {
  const probe = { id: SECRET_FILE_PROBE, subject: 'image', claim: 'no file of the image holds a secret' };
  if (image === null) return [{ ...probe, seen: 'the image is gone', holds: null }];
  try {
    const found: Probe[] = [];
    const read = await readFiles(reference, placesOfApp(steps, image.workingDir, mayHoldSecret), tools, (file) => {
      const what = secretIn(file.path, file.content);
      if (what === null) return;
      found.push({
        ...probe,
        subject: shortened(file.path, LONGEST_PATH),
        seen: `it holds ${what} (not shown)`,
        holds: false,
      });
    });
    if (found.length > 0) return found.slice(0, MOST_TOLD);
    const passed = `${counted(read.entries, 'file')} and folders of the app`;
    return [
      read.complete
        ? { ...probe, seen: `none in ${passed}`, holds: true }
        : { ...probe, seen: `none in ${passed}; there are more than are looked at`, holds: null },
    ];
  } catch (error) {
    tools.signal.throwIfAborted();
    return [{ ...probe, seen: whyNot(error), holds: null }];
  }
}

/** From a container that is made of the image, and removed again. */
async function readFiles(
  image: string,
  places: readonly string[],
  { engine, signal, cluster: { name, plan } }: Tools,
  onFile: (file: ContainerFile) => void,
): Promise<FilesRead> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)]);
  // It never runs; an image without a command would not do otherwise.
  const request = loneContainer(plan.ownership, name, { what: 'files', role: 'files', image, command: ['true'] });
  const id = await engine.createContainer(request);
  try {
    let read: FilesRead = { entries: 0, bytes: 0, complete: true };
    for (const path of places) {
      const most = { entries: MOST.entries - read.entries, bytes: MOST.bytes - read.bytes };
      const more = await engine.readFiles(id, { path, wants: mayHoldSecret, onFile, most, signal: patience });
      if (more !== null) read = together(read, more);
      signal.throwIfAborted();
      if (!read.complete) break;
    }
    return read;
  } finally {
    await engine.removeContainer(id);
  }
}

function together(one: FilesRead, other: FilesRead): FilesRead {
  return {
    entries: one.entries + other.entries,
    bytes: one.bytes + other.bytes,
    complete: other.complete,
  };
}
