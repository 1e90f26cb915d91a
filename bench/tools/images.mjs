/** Images that benches run: each built once, removed at the end. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseFor } from '../../scripts/corpus/images.mjs';
import { docker, ROOT } from '../../scripts/corpus/machine.mjs';

const LABEL = 'lb-cluster-bench';
export const SAMPLE = join(ROOT, 'fixtures/app');

/**
 * Builds images, works with them and removes them, the stages that lead to them too.
 *
 * @param folders name → folder of the Dockerfile.
 * @param work gets name → tag.
 */
export async function withImages(folders, work) {
  const tags = Object.fromEntries(Object.keys(folders).map((name) => [name, `${LABEL}/${name}`]));
  try {
    for (const [name, folder] of Object.entries(folders)) await build(tags[name], folder);
    return await work(tags);
  } finally {
    await docker('image', 'prune', '--all', '--force', '--filter', `label=${LABEL}`);
  }
}

/** Each stage gets the label, so that all of them can be found again; the Dockerfile comes on standard input for that. */
async function build(tag, folder) {
  console.error(`building ${tag}`);
  const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8');
  const labelled = dockerfile.replace(/^FROM .*$/gm, (line) => `${line}\nLABEL ${LABEL}=""`);
  const base = await baseFor(dockerfile);
  const args = ['build', '--tag', tag, ...(base === '' ? [] : ['--build-arg', `BASE_IMAGE=${base}`]), '--file', '-'];
  await new Promise((resolve, reject) => {
    const child = spawn('docker', [...args, folder], { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${tag} did not build:\n${output}`))));
    child.stdin.end(labelled);
  });
}
