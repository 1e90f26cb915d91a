import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { annotate } from './github/step';
import type { Log } from './github/log';
import { compareReports } from './report/comparison';
import { readEarlierReport } from './report/earlier-report';
import type { Report } from './report/schema';

/** A report of the largest run is some megabytes. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/**
 * The report, compared with the earlier one that the input `compare-with` names. A file that is missing, or is no report, is a
 * warning: on a first run there is none, and no earlier run decides about this one.
 * @param path as the user wrote it; null: nothing is compared.
 */
export async function withComparison(
  report: Report,
  path: string | null,
  workspace: string,
  log: Log,
): Promise<Report> {
  if (path === null || report.gates.length === 0) return report;
  const reading = await readText(isAbsolute(path) ? path : join(workspace, path));
  const earlier = 'why' in reading ? { ok: false as const, why: reading.why } : readEarlierReport(reading.text);
  if (earlier.ok) return { ...report, comparison: compareReports(report, earlier.report) };
  const message = `Input \`compare-with\`: ${path} cannot be compared with: ${earlier.why}.`;
  annotate([{ kind: 'warning', title: 'No comparison', message, file: null, line: null }], log);
  return report;
}

async function readText(path: string): Promise<{ readonly text: string } | { readonly why: string }> {
  try {
    const file = await stat(path);
    if (file.isDirectory()) return { why: 'it is a folder' };
    if (!file.isFile()) return { why: 'it is no file' };
    if (file.size > LARGEST_BYTES) return { why: 'it is too large for a report' };
    return { text: await readFile(path, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { why: code === 'ENOENT' ? 'no such file' : `it cannot be read (${code ?? String(error)})` };
  }
}
