import { readForeignJson, type ForeignFile } from './foreign-json';
import type { Series } from './report/html/series';
import { seriesFileSchema, type SeriesFile } from './report/html/series-schema';
import { reportSchema, type Report } from './report/schema';

const MIB = 1024 * 1024;

/** Far more than the report of any run: the largest that were seen have some hundred kilobytes. */
const REPORT: ForeignFile<Report> = {
  ...{ name: 'report.json', what: 'report', largest: 16 * MIB },
  schema: reportSchema,
};

/** More than the limits of what a run draws come to. */
const SERIES: ForeignFile<SeriesFile> = {
  ...{ name: 'series.json', what: 'file of requests', largest: 8 * MIB },
  schema: seriesFileSchema,
};

/** A report that keeps its schema, or why there is none (one clause, without a full stop). */
export type ReadReport =
  | { readonly report: Report }
  /** `absent`: there is no such file; else it was refused. */
  | { readonly report: null; readonly why: string; readonly absent: boolean };

/**
 * Reads report.json out of a folder that others have filled. Never throws.
 * @param folder what was downloaded.
 * @param part folder in it; null: the file is in the folder itself.
 */
export async function readReport(folder: string, part: string | null): Promise<ReadReport> {
  const read = await readForeignJson(folder, part, REPORT);
  return read.value === null ? { report: null, why: read.why, absent: read.absent } : { report: read.value };
}

/** The requests behind a part's report, or why there are none to draw (one clause, without a full stop). */
export type ReadSeries = { readonly series: readonly Series[] } | { readonly series: null; readonly why: string };

/** Reads series.json of a part. Never throws. */
export async function readSeries(folder: string, part: string): Promise<ReadSeries> {
  const read = await readForeignJson(folder, part, SERIES);
  return read.value === null ? { series: null, why: read.why } : { series: read.value.series };
}
