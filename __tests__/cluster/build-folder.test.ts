import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { makeBuildFolder, removeBuildFolders } from '../../src/cluster/build-folder';

const before = process.env['RUNNER_TEMP'];
let temp = '';

beforeEach(async () => {
  temp = await mkdtemp(join(tmpdir(), 'lb-cluster-temp-'));
  process.env['RUNNER_TEMP'] = temp;
});

afterEach(async () => {
  if (before === undefined) delete process.env['RUNNER_TEMP'];
  else process.env['RUNNER_TEMP'] = before;
  await rm(temp, { recursive: true, force: true });
});

test('what a killed run has left is removed, and nothing of another', async () => {
  await makeBuildFolder('one');
  await mkdir(join(await makeBuildFolder('one'), 'deep'));
  const other = await makeBuildFolder('another');
  await removeBuildFolders('one');
  expect(await readdir(temp)).toEqual([basename(other)]);
});

test('a temporary folder that is not there is no trouble', async () => {
  await rm(temp, { recursive: true });
  await expect(removeBuildFolders('one')).resolves.toBeUndefined();
});
