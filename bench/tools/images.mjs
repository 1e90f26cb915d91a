/** Images that benches run. */
import { join } from 'node:path';
import { ROOT } from '../../scripts/corpus/machine.mjs';
import { buildLabelled, removeLabelled, tagOf } from '../../scripts/labelled-images.mjs';

const LABEL = 'lb-cluster-bench';
export const SAMPLE = join(ROOT, 'fixtures/app');

/**
 * Builds images, works with them and removes them, the stages that lead to them too.
 *
 * @param folders name → folder of the Dockerfile.
 * @param work gets name → tag.
 */
export async function withImages(folders, work) {
  const tags = Object.fromEntries(Object.keys(folders).map((name) => [name, tagOf(LABEL, name)]));
  try {
    for (const [name, folder] of Object.entries(folders)) {
      console.error(`building ${tags[name]}`);
      await buildLabelled(LABEL, tags[name], folder);
    }
    return await work(tags);
  } finally {
    await removeLabelled(LABEL);
  }
}
