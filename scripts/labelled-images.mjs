/** Images that corpus and benches build: each once a run, removed at its end. Several runs at a time have their own. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docker, machineImages } from './corpus/machine.mjs';

const DEBIAN_STANDIN = 'lb-cluster-standin/debian:trixie';
const RUN = `${process.pid}-${Date.now().toString(36)}`;
/** What a run that was killed has left behind is nobody's by then. */
const FORGOTTEN = 'until=24h';

/** Tag of an image of this run. */
export function tagOf(label, name) {
  return `${label}/${name}:${RUN}`;
}

/** Builds the image of a folder, its Dockerfile on standard input: each stage gets the label, so that all of them can be found again. */
export async function buildLabelled(label, tag, folder) {
  const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8');
  const labelled = dockerfile.replace(/^FROM .*$/gm, (line) => `${line}\nLABEL ${label}="${RUN}"`);
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

/** Removes this run's images with the label, the stages that lead to them too. */
export async function removeLabelled(label) {
  for (const filters of [[`label=${label}=${RUN}`], [`label=${label}`, FORGOTTEN]]) {
    const args = filters.flatMap((filter) => ['--filter', filter]);
    await docker('image', 'prune', '--all', '--force', ...args);
  }
}

/** The `BASE_IMAGE` build argument for a Dockerfile, as this machine has it. */
export async function baseFor(dockerfile) {
  const usual = /^ARG BASE_IMAGE=(\S+)/m.exec(dockerfile)?.[1] ?? '';
  if (usual.startsWith('python:')) return machineImages().base;
  const standIn = usual.startsWith('debian:') && (await docker('image', 'ls', '--quiet', DEBIAN_STANDIN)) !== '';
  return standIn ? DEBIAN_STANDIN : usual;
}
