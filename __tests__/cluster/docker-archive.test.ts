import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import type { ContainerFile } from '../../src/cluster/engine';
import { packFiles, unpackFiles } from '../../src/cluster/docker-archive';
import { filesOrder } from '../contract/bench';

describe('an archive of files', () => {
  test('is read as it was packed, by paths beside the one that was asked for', async () => {
    const files = [
      { path: '/app/.env', content: 'größe' },
      { path: '/app/a/b', content: 'x'.repeat(100_000) },
    ];
    const found: ContainerFile[] = [];
    const order = filesOrder('/app', { onFile: (file) => found.push(file) });
    const read = await unpackFiles(Readable.from(await packFiles(files)), order);
    expect([found, read]).toEqual([files, { entries: 2, bytes: 100_007, complete: true }]);
  });

  test('is a container’s: names count from the folder that the path is in', async () => {
    const archive = pack();
    archive.entry({ name: 'deep/', type: 'directory' });
    archive.entry({ name: 'deep/link', type: 'symlink', linkname: '/etc/shadow' });
    archive.entry({ name: 'deep/a' }, 'a');
    archive.entry({ name: 'deep/../../b' }, 'b');
    archive.finalize();
    const paths: string[] = [];
    const order = filesOrder('/srv/deep', { onFile: ({ path }) => paths.push(path) });
    const read = await unpackFiles(Readable.from(archive), order);
    expect(paths).toEqual(['/srv/deep/a', '/b']);
    expect(read.entries).toBe(4);
  });

  test('is read no farther than it may be', async () => {
    const bytes = await packFiles(['a', 'b', 'c'].map((name) => ({ path: `/${name}`, content: name.repeat(1_000) })));
    const read = (most: { entries: number; bytes: number }): unknown =>
      unpackFiles(Readable.from(bytes), filesOrder('/', { most }));
    await expect(read({ entries: 2, bytes: 10_000 })).resolves.toMatchObject({ entries: 2, complete: false });
    await expect(read({ entries: 9, bytes: 1_999 })).resolves.toMatchObject({ bytes: 1_000, complete: false });
    await expect(read({ entries: 3, bytes: 3_000 })).resolves.toMatchObject({ entries: 3, complete: true });
  });

  test('that nobody waits for any more is left where it is', async () => {
    const controller = new AbortController();
    const endless = new Readable({ read: () => undefined });
    const reading = unpackFiles(endless, filesOrder('/', { signal: controller.signal }));
    controller.abort();
    await expect(reading).resolves.toMatchObject({ entries: 0, complete: false });
    expect(endless.destroyed).toBe(true);
  });

  test('that breaks off is none', async () => {
    const bytes = await packFiles([{ path: '/a', content: 'a'.repeat(2_000) }]);
    const broken = Readable.from([bytes.subarray(0, 1_500)]);
    await expect(unpackFiles(broken, filesOrder('/'))).rejects.toThrow();
    await expect(unpackFiles(Readable.from([Buffer.alloc(1_024, 7)]), filesOrder('/'))).rejects.toThrow();
  });
});
