import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import type { ContainerFile, FilesOrder, FilesRead } from './engine';
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

/**
 * Goes through an archive as it comes, and hands on what is wanted of it. Its names stand for paths beside the one that was asked for. Rejects
 * where the archive breaks off, or is none.
 */
export async function unpackFiles(
  archive: NodeJS.ReadableStream,
  { path, wants, onFile, most, signal }: FilesOrder,
): Promise<FilesRead> {
  const parts = extract();
  const fed = pipeline(archive, parts, { signal });
  // What goes wrong with it ends the parts, too, and is told by them.
  fed.catch(() => undefined);
  let [entries, bytes] = [0, 0];
  try {
    for await (const part of parts) {
      const { name, size, type } = part.header;
      if (entries + 1 > most.entries || bytes + size > most.bytes) return { entries, bytes, complete: false };
      entries += 1;
      bytes += size;
      const at = posix.join(posix.dirname(path), name);
      if (type === 'file' && wants(at, size)) onFile({ path: at, content: (await buffer(part)).toString('utf8') });
      else part.resume();
    }
    await fed;
    return { entries, bytes, complete: true };
  } catch (error) {
    if (signal.aborted) return { entries, bytes, complete: false };
    throw error;
  } finally {
    parts.destroy();
  }
}
