import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { reportSchema, type Report } from './report/schema';
import { quoted } from './settings/wording';

/** Far more than the report of any run: the largest that were seen have some hundred kilobytes. */
const LARGEST_BYTES = 16 * 1024 * 1024;

const NAME = 'report.json';

/** A report that keeps its schema, or why there is none (one clause, without a full stop). */
export type ReadReport =
  | { readonly report: Report }
  /** `absent`: there is no such file; else it was refused. */
  | { readonly report: null; readonly why: string; readonly absent: boolean };

/**
 * Reads report.json out of a folder that others have filled, as data and nothing else: one file by a fixed name, no link
 * followed, of bounded size, that has to keep the schema. Never throws.
 * @param folder what was downloaded.
 * @param part folder in it; null: the file is in the folder itself.
 */
export async function readReport(folder: string, part: string | null): Promise<ReadReport> {
  try {
    const bytes = await readFile(folder, part);
    if (typeof bytes === 'string') return refused(bytes);
    return parsed(bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { report: null, why: 'there is no report of it', absent: true };
    if (code === 'ELOOP') return refused('its report is a link');
    return refused(`its report cannot be read (${code ?? 'unknown error'})`);
  }
}

async function readFile(folder: string, part: string | null): Promise<Buffer | string> {
  const root = await realpath(folder);
  const expected = part === null ? root : join(root, part);
  if ((await realpath(expected)) !== expected) return 'its report is behind a link';
  // Without blocking: the file might be a pipe that nobody writes to.
  const file = await open(join(expected, NAME), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const about = await file.stat();
    if (!about.isFile()) return 'its report is no file';
    if (about.size > LARGEST_BYTES) return `its report has ${about.size} bytes, and at most ${LARGEST_BYTES} are taken`;
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function parsed(bytes: Buffer): ReadReport {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refused('its report is not JSON');
  }
  const result = reportSchema.safeParse(value);
  if (result.success) return { report: result.data };
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${quoted(issue.path.map(String).join('.'))}`;
  return refused(`its report does not keep the schema${place}: ${issue?.code ?? 'unknown'}`);
}

function refused(why: string): ReadReport {
  return { report: null, why, absent: false };
}
