import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../runner';

/** Makes a folder for what a run's build needs as a file; who makes it removes it. */
export function makeBuildFolder(run: string): Promise<string> {
  return mkdtemp(join(temporaryFolder(), prefixOf(run)));
}

/** Removes the folders of a run that was killed before it could. Never throws: what is in them is worth no failure. */
export async function removeBuildFolders(run: string): Promise<void> {
  const names = await readdir(temporaryFolder()).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(prefixOf(run)))) {
    await rm(join(temporaryFolder(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function prefixOf(run: string): string {
  return `lb-cluster-build-${run}-`;
}
