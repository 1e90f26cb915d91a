import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../action';

/**
 * Actions of others that cannot be downloaded without the network, and what stands in for each: a folder beside this file.
 * actions/checkout is act's own: it copies the repository.
 */
const FOLDERS = {
  'actions/upload-artifact': 'upload',
  'actions/download-artifact': 'download',
  'docker/setup-buildx-action': 'setup-buildx',
} as const;

const USED = new RegExp(`(${Object.keys(FOLDERS).join('|')})@[0-9a-f]{40}`, 'g');

/** What stands in for the actions of others that some workflows use, by `owner/name@commit`, as each names it. */
export function standInsFor(workflows: readonly string[]): Readonly<Record<string, string>> {
  const used = workflows.flatMap((text) => [...text.matchAll(USED)]);
  return Object.fromEntries(
    used.map(([name, action]) => [name, join(ROOT, '__tests__/support/act', FOLDERS[action as keyof typeof FOLDERS])]),
  );
}

/** Text of each workflow in a folder. */
export async function workflowTexts(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yml'));
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

/**
 * Copies what GitHub would take of this repository, at this commit, under a name.
 * @param self `owner/name@ref`, which act understands, in the place of `$/`, which it does not.
 */
export async function copyThisRepository(target: string, self: string): Promise<void> {
  for (const name of ['action.yml', 'plan', 'report', 'run', 'dist', '.github']) {
    await cp(join(ROOT, name), join(target, name), { recursive: true });
  }
  const [name, ref] = self.split('@');
  const workflows = join(target, '.github/workflows');
  await rewrite(join(workflows, 'cluster.yml'), (text) =>
    text
      .replaceAll(/uses: \$\/(\w+)/g, `uses: ${name ?? ''}/$1@${ref ?? ''}`)
      // On GitHub each part has a machine of its own; act would start four at once on this one.
      .replace('fail-fast: false', 'fail-fast: false\n      max-parallel: 1')
      // act evaluates the matrix also of a job that it skips, because the one before has failed.
      .replaceAll('.outputs.matrix)', ".outputs.matrix || '{}')"),
  );
  await rewrite(join(workflows, 'publish.yml'), (text) =>
    text.replaceAll(/uses: \$\/(\w+)/g, `uses: ${name ?? ''}/$1@${ref ?? ''}`),
  );
}

/** Changes a file; a change that changes nothing is a mistake of the test. */
export async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`Nothing to change in ${file}`);
  await writeFile(file, changed);
}
