import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from '@jest/globals';
import { ROOT } from './action';

const run = promisify(execFile);

/** On what the app's image is built; and NGINX. Set by scripts/test.sh where there is a Docker Engine. */
export const BASE_IMAGE = process.env['LBCA_BASE_IMAGE'] ?? '';
export const NGINX_IMAGE = process.env['LBCA_NGINX_IMAGE'] ?? '';

/** Marks what a test itself puts on the machine. */
export const TEST_LABEL = 'lb-cluster-action.test';

const KINDS = ['container', 'network', 'image'] as const;

/** Everything on the machine, as `kind id`. */
export type Machine = readonly string[];

/** Why there can be no cluster here; null: there can. */
const OBSTACLE = BASE_IMAGE === '' || NGINX_IMAGE === '' ? 'LBCA_BASE_IMAGE and LBCA_NGINX_IMAGE name no images' : null;

/** As `describe`, but skipped, with the reason in its title and in the log, where there can be no cluster. */
export function describeOnDocker(title: string, body: () => void): void {
  const fullTitle = OBSTACLE === null ? title : `${title} (skipped: ${OBSTACLE})`;
  if (OBSTACLE !== null) process.stdout.write(`${fullTitle}\n`);
  (OBSTACLE === null ? describe : describe.skip)(fullTitle, body);
}

/** Runs the docker command; its standard output, trimmed. */
export async function docker(...argv: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', [...argv], { maxBuffer: 1 << 24 });
  return stdout.trim();
}

/** Containers, running or not, networks and images (those between layers too) that match a `docker ls` filter. */
export async function listed(filter: string): Promise<Machine> {
  const found = await Promise.all(
    KINDS.map(async (kind) => {
      const all = kind === 'network' ? [] : ['--all'];
      const ids = await docker(kind, 'ls', '--quiet', '--no-trunc', ...all, '--filter', filter);
      return ids
        .split('\n')
        .filter((id) => id !== '')
        .map((id) => `${kind} ${id}`);
    }),
  );
  return found.flat();
}

/** What carries a label. */
export function labelled(name: string, value: string): Promise<Machine> {
  return listed(`label=${name}=${value}`);
}

/** What carries a run's label or its name. */
export async function leftoversOf(runId: string): Promise<Machine> {
  const found = await Promise.all([
    labelled('lb-cluster-action.run', runId),
    namedAfter('container', runId),
    namedAfter('network', runId),
    namedAfter('image', runId),
  ]);
  return [...new Set(found.flat())];
}

/** An image of the sample app that belongs to one test file, and what takes it away again. */
export async function buildAppImage(
  name: string,
): Promise<{ readonly tag: string; readonly remove: () => Promise<void> }> {
  const tag = `lbca-test-${name}:${process.pid}`;
  const label = `${TEST_LABEL}=${name}-${process.pid}`;
  const argv = ['build', '--quiet', '--no-cache', '--force-rm', '--label', label, '--tag', tag];
  await docker(...argv, '--build-arg', `BASE_IMAGE=${BASE_IMAGE}`, join(ROOT, 'fixtures/app'));
  return {
    tag,
    remove: async () => {
      await docker('image', 'rm', '--force', tag);
    },
  };
}

/** An image of a folder with these files, and what takes it away again. */
export async function buildFolderImage(
  tag: string,
  files: Readonly<Record<string, string>>,
): Promise<{ readonly remove: () => Promise<void> }> {
  const { folder, remove } = await createWorkspace(files);
  try {
    await docker('build', '--quiet', '--force-rm', '--label', `${TEST_LABEL}=${process.pid}`, '--tag', tag, folder);
  } finally {
    await remove();
  }
  return {
    remove: async () => {
      await docker('image', 'rm', '--force', tag);
    },
  };
}

/** A workspace of its own with these files, and what takes it away again. */
export async function createWorkspace(
  files: Readonly<Record<string, string>>,
): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'lbca-workspace-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function namedAfter(kind: (typeof KINDS)[number], runId: string): Promise<Machine> {
  const format =
    kind === 'container' ? '{{.ID}} {{.Names}}' : kind === 'network' ? '{{.ID}} {{.Name}}' : '{{.ID}} {{.Tag}}';
  const all = kind === 'network' ? [] : ['--all'];
  const rows = (await docker(kind, 'ls', '--no-trunc', ...all, '--format', format)).split('\n');
  return rows.filter((row) => row.includes(runId)).map((row) => `${kind} ${row.split(' ')[0] ?? ''}`);
}
