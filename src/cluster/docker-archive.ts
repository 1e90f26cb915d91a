import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { ContainerFile } from './engine';
import { EngineError } from './engine';

/** Readable by every user: a container's process may be any. */
const FILE_MODE = 0o644;

/**
 * A tar archive to be unpacked at the container's root. It holds the files alone: the engine makes missing folders, and an
 * entry for a folder that is there would change its mode.
 */
export async function packFiles(files: readonly ContainerFile[]): Promise<Buffer> {
  const archive = pack();
  for (const { path, content } of files) {
    if (!path.startsWith('/')) throw new EngineError('other', `Cannot write file ${path}: its path is not absolute`);
    archive.entry({ name: path.slice(1), mode: FILE_MODE }, content);
  }
  archive.finalize();
  return buffer(archive);
}
