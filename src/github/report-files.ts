import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Asset } from '../report/html/document';
import { htmlReport } from '../report/html/document';
import type { Series } from '../report/html/series';
import { seriesJson } from '../report/html/series-schema';
import { junitXml } from '../report/junit';
import { sarifLog } from '../report/sarif';
import type { Report } from '../report/schema';
import type { Log } from './log';

/** What is written, and where to. */
export interface ReportFilesOrder {
  readonly report: Report;
  readonly series: readonly Series[];
  readonly markdown: readonly string[];
  readonly reportDir: string;
  readonly pageFolder: string;
  /** Page of the run; null: none. */
  readonly runUrl: string | null;
  readonly log: Log;
}

/** Paths of what was written, by the output that tells it. */
export type ReportPaths = Partial<Record<'report' | 'markdown' | 'html' | 'junit' | 'sarif', string>>;

/** Writes the report in all its forms. One that cannot be written is a line in the log, and keeps no other from being written. */
export async function writeReportFiles(order: ReportFilesOrder): Promise<ReportPaths> {
  const { report, markdown, reportDir, log } = order;
  const forms: readonly [output: keyof ReportPaths, file: string, text: () => string | Promise<string>][] = [
    ['report', 'report.json', () => `${JSON.stringify(report, null, 2)}\n`],
    ['markdown', 'report.md', () => `${markdown.join('\n\n')}\n`],
    ['html', 'report.html', () => htmlText(order)],
    ['junit', 'junit.xml', () => junitXml(report)],
    ['sarif', 'report.sarif', () => `${JSON.stringify(sarifLog(report), null, 2)}\n`],
  ];
  const paths: ReportPaths = {};
  for (const [output, file, text] of forms) {
    const path = await tryWrite(join(reportDir, file), text, log);
    if (path !== null) paths[output] = path;
  }
  // No output tells it: it is for whoever makes one page of several runs, and finds it beside their report.json.
  if (order.series.length > 0) await tryWrite(join(reportDir, 'series.json'), () => seriesJson(order.series), log);
  return paths;
}

/** The path; null: it could not be written. */
async function tryWrite(path: string, text: () => string | Promise<string>, log: Log): Promise<string | null> {
  try {
    await ensureFolder(dirname(path));
    await writeFile(path, await text());
    return path;
  } catch (error) {
    log.line(`${path} could not be written: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** Not by `recursive`, with which node asks for ever where the folder above is there and takes none, as /proc (node, src/node_file.cc, `MKDirpAsync`). */
async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (await isFolder(path)) return;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    await ensureFolder(dirname(path));
    await mkdir(path);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

async function htmlText({ report, series, pageFolder, runUrl }: ReportFilesOrder): Promise<string> {
  const [script, style] = await Promise.all(['page.js', 'page.css'].map((file) => asset(join(pageFolder, file))));
  if (script === undefined || style === undefined) throw new Error('its script and style are missing');
  return htmlReport(report, series, { script, style }, { runUrl });
}

/** A text with the hash by which a page admits it (Content Security Policy Level 3, section 2.3.1). */
async function asset(path: string): Promise<Asset> {
  const text = await readFile(path, 'utf8');
  return { text, hash: `sha256-${createHash('sha256').update(text).digest('base64')}` };
}
