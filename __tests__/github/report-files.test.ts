import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog } from '../../src/github/log';
import type { ReportFilesOrder } from '../../src/github/report-files';
import { writeReportFiles } from '../../src/github/report-files';
import { buildSeries } from '../../src/report/html/series';
import { failing } from '../report/reports';
import { passedRun } from '../support/synthetic-report';

let folder = '';
let lines: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lb-cluster-files-'));
  await writeFile(join(folder, 'page.js'), 'run();');
  await writeFile(join(folder, 'page.css'), 'p{}');
});

afterAll(() => rm(folder, { recursive: true }));

function order(changes: Partial<ReportFilesOrder>): ReportFilesOrder {
  lines = [];
  return {
    ...{ report: failing(), series: [], markdown: ['# a', 'b'], runUrl: null, pageFolder: folder },
    ...{ reportDir: join(folder, 'report'), log: { ...createLog(), line: (line: string) => void lines.push(line) } },
    ...changes,
  };
}

test('every form is written, and its path told', async () => {
  const reportDir = join(folder, 'deep/report');
  const paths = await writeReportFiles(order({ reportDir }));
  expect(paths).toEqual({
    report: join(reportDir, 'report.json'),
    markdown: join(reportDir, 'report.md'),
    html: join(reportDir, 'report.html'),
    junit: join(reportDir, 'junit.xml'),
    sarif: join(reportDir, 'report.sarif'),
  });
  const starts = { report: '{', markdown: '# a\n\nb\n', html: '<!doctype html>', junit: '<?xml', sarif: '{' };
  for (const [output, start] of Object.entries(starts)) {
    const text = await readFile(paths[output as keyof typeof starts] ?? '', 'utf8');
    expect(text.slice(0, start.length)).toBe(start);
  }
  expect(lines).toEqual([]);
});

test('the page admits its script by the hash of what stands in it', async () => {
  const { html = '' } = await writeReportFiles(order({}));
  // printf 'run();' | openssl dgst -sha256 -binary | base64
  expect(await readFile(html, 'utf8')).toContain('sha256-vUOElbTHLp1UxxGV/I6teJfpCV5vgaasYjEhPKN2fqQ=');
});

test('without its script there is no page, and all else', async () => {
  const paths = await writeReportFiles(order({ pageFolder: join(folder, 'nowhere') }));
  expect(Object.keys(paths)).toEqual(['report', 'markdown', 'junit', 'sarif']);
  expect(lines).toEqual([expect.stringMatching(/report\.html could not be written: .*ENOENT/)]);
});

test('the requests stand beside the report as data, where there are some, and no output tells it', async () => {
  const series = buildSeries(passedRun().scenarios);
  const [without, some] = [join(folder, 'without'), join(folder, 'some')];
  await writeReportFiles(order({ reportDir: without }));
  const paths = await writeReportFiles(order({ reportDir: some, series }));

  expect(await readdir(without)).not.toContain('series.json');
  expect(Object.values(paths).filter((path) => path.endsWith('series.json'))).toEqual([]);
  expect(JSON.parse(await readFile(join(some, 'series.json'), 'utf8'))).toEqual({ schemaVersion: 1, series });
});

test.each([
  ['below a file', () => join(folder, 'page.js/report')],
  ['where the kernel takes none, and says that there is none above', () => '/proc/report/deep'],
])('a folder that cannot be made is told, and no path is: %s', async (_name, reportDir) => {
  const paths = await writeReportFiles(order({ reportDir: reportDir() }));
  expect(paths).toEqual({});
  expect(lines).toHaveLength(5);
});
