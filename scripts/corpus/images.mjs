/** The corpus's images. */
import { join } from 'node:path';
import { buildLabelled, removeLabelled, tagOf } from '../labelled-images.mjs';
import { ROOT } from './machine.mjs';

const LABEL = 'lb-cluster-corpus';
const SAMPLE = join(ROOT, 'fixtures/app');

/** Tag of the image that a case runs; null: its inputs bring their own, or build it in the action. */
export function imageOf({ name, inputs, hasDockerfile }) {
  if (inputs.image !== undefined || inputs.context !== undefined) return null;
  return tagOf(LABEL, hasDockerfile ? name : 'sample');
}

/** Builds what the cases need, one after the other: a build takes all the processors it can get. */
export async function buildImages(cases, say) {
  const folders = new Map(
    cases.flatMap((one) => {
      const tag = imageOf(one);
      return tag === null ? [] : [[tag, one.hasDockerfile ? one.folder : SAMPLE]];
    }),
  );
  for (const [tag, folder] of folders) {
    say(`building ${tag}`);
    await buildLabelled(LABEL, tag, folder);
  }
}

/** Removes them, the stages that lead to them too. */
export async function removeImages() {
  await removeLabelled(LABEL);
}
