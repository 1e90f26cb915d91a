import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { quoted } from './settings/wording';

/** A file that others may have written. */
export interface ForeignFile<T> {
  readonly name: string;
  /** What it is, as in `its report is a link`. */
  readonly what: string;
  /** Bytes that are taken. */
  readonly largest: number;
  readonly schema: z.ZodType<T>;
}

/** What a file holds, or why that is not known (one clause, without a full stop). */
export type ForeignJson<T> =
  | { readonly value: T }
  /** `absent`: there is no such file; else it was refused. */
  | { readonly value: null; readonly why: string; readonly absent: boolean };

/**
 * Reads a file out of a folder that others have filled, as data and nothing else: one file by a fixed name, no link followed, of
 * bounded size, that has to keep the schema. Never throws.
 * @param folder what was downloaded.
 * @param part folder in it; null: the file is in the folder itself.
 */
export async function readForeignJson<T>(
  folder: string,
  part: string | null,
  file: ForeignFile<T>,
): Promise<ForeignJson<T>> {
  try {
    const bytes = await readFile(folder, part, file);
    if (typeof bytes === 'string') return refused(bytes);
    return parsed(bytes, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return { value: null, why: `there is no ${file.what} of it`, absent: true };
    }
    if (code === 'ELOOP') return refused(`its ${file.what} is a link`);
    return refused(`its ${file.what} cannot be read (${code ?? 'unknown error'})`);
  }
}

async function readFile(
  folder: string,
  part: string | null,
  { name, what, largest }: Pick<ForeignFile<unknown>, 'name' | 'what' | 'largest'>,
): Promise<Buffer | string> {
  const root = await realpath(folder);
  const expected = part === null ? root : join(root, part);
  if ((await realpath(expected)) !== expected) return `its ${what} is behind a link`;
  // Without blocking: the file might be a pipe that nobody writes to.
  const file = await open(join(expected, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const about = await file.stat();
    if (!about.isFile()) return `its ${what} is no file`;
    if (about.size > largest) return `its ${what} has ${about.size} bytes, and at most ${largest} are taken`;
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function parsed<T>(bytes: Buffer, { what, schema }: ForeignFile<T>): ForeignJson<T> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refused(`its ${what} is not JSON`);
  }
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${quoted(issue.path.map(String).join('.'))}`;
  return refused(`its ${what} does not keep the schema${place}: ${issue?.code ?? 'unknown'}`);
}

function refused(why: string): { readonly value: null; readonly why: string; readonly absent: false } {
  return { value: null, why, absent: false };
}
