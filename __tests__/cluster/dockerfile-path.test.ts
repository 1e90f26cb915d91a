import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { dockerfilePath } from '../../src/cluster/images';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lbca-dockerfile-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** The Dockerfile that is taken in a folder with these files, of which the workspace is a part. */
async function taken(files: readonly string[], context: string, dockerfile: string | null): Promise<string> {
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), '');
  }
  const path = await dockerfilePath({ context, dockerfile }, join(root, 'work'));
  return path.slice(root.length + 1);
}

describe('the Dockerfile', () => {
  test.each([
    {
      what: 'is the one in the context, where the workspace has one, too',
      dockerfile: 'Dockerfile',
      is: 'work/apps/shop/Dockerfile',
    },
    { what: 'is the one in the context by default', dockerfile: null, is: 'work/apps/shop/Dockerfile' },
    { what: 'may be named from the workspace', dockerfile: 'docker/app.Dockerfile', is: 'work/docker/app.Dockerfile' },
    { what: 'may stand beside the context', dockerfile: '../Dockerfile', is: 'work/apps/Dockerfile' },
  ])('$what', async ({ dockerfile, is }) => {
    const files = ['Dockerfile', 'apps/Dockerfile', 'apps/shop/Dockerfile', 'docker/app.Dockerfile'];
    await expect(taken([...files.map((file) => `work/${file}`), 'Dockerfile'], 'apps/shop', dockerfile)).resolves.toBe(
      is,
    );
  });

  test('is none outside of the workspace', async () => {
    const files = ['Dockerfile', 'work/apps/app.py'];
    await expect(taken(files, 'apps', '../Dockerfile')).rejects.toThrow(
      'Input `dockerfile`: there is no file ../Dockerfile, neither in the context apps nor in the workspace.',
    );
  });
});
