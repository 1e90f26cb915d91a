/**
 * Writes docs/report.schema.json, the JSON Schema of report.json, from its one source: src/report/schema.ts.
 * With `--check` it writes nothing, and exits with 1 when the file is out of step.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import './typescript.mjs';

const { reportSchema } = await import('../src/report/schema');

const FILE = join(import.meta.dirname, '../docs/report.schema.json');

const schema = { title: 'report.json of lb-cluster-action', ...z.toJSONSchema(reportSchema) };
const after = await format(JSON.stringify(schema), { ...(await resolveConfig(FILE)), parser: 'json' });
const before = await readFile(FILE, 'utf8').catch(() => '');

if (after === before) {
  console.log('docs/report.schema.json is in step.');
} else if (process.argv.includes('--check')) {
  console.error('docs/report.schema.json is out of step with src/report/schema.ts; run `npm run docs`.');
  process.exitCode = 1;
} else {
  await writeFile(FILE, after);
  console.log('docs/report.schema.json is written.');
}
