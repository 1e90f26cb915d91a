/** The corpus's images: each built once a run, removed at its end. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docker, machineImages, ROOT } from './machine.mjs';

const LABEL = 'lb-cluster-corpus';
const SAMPLE = join(ROOT, 'fixtures/app');
const DEBIAN_STANDIN = 'lb-cluster-standin/debian:trixie';

/** Tag of the image that a case runs; null: its inputs bring their own, or build it in the action. */
export function imageOf({ name, inputs, hasDockerfile }) {
  if (inputs.image !== undefined || inputs.context !== undefined) return null;
  return `${LABEL}/${hasDockerfile ? name : 'sample'}`;
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
    await build(tag, folder);
  }
}

/** Removes the corpus's images, the stages that lead to them too. */
export async function removeImages() {
  await docker('image', 'prune', '--all', '--force', '--filter', `label=${LABEL}`);
}

/** The `BASE_IMAGE` build argument for a Dockerfile, as this machine has it. */
export async function baseFor(dockerfile) {
  const usual = /^ARG BASE_IMAGE=(\S+)/m.exec(dockerfile)?.[1] ?? '';
  if (usual.startsWith('python:')) return machineImages().base;
  const standIn = usual.startsWith('debian:') && (await docker('image', 'ls', '--quiet', DEBIAN_STANDIN)) !== '';
  return standIn ? DEBIAN_STANDIN : usual;
}

/** Each stage gets the label, so that all of them can be found again; the Dockerfile comes on standard input for that. */
async function build(tag, folder) {
  const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8');
  const labelled = dockerfile.replace(/^FROM .*$/gm, (line) => `${line}\nLABEL ${LABEL}=""`);
  const base = await baseFor(dockerfile);
  const args = ['build', '--tag', tag, ...(base === '' ? [] : ['--build-arg', `BASE_IMAGE=${base}`]), '--file', '-'];
  await new Promise((resolve, reject) => {
    const child = spawn('docker', [...args, folder], { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${tag} did not build:\n${output}`))));
    child.stdin.end(labelled);
  });
}
