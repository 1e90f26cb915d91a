/**
 * Writes README.md's tables of inputs, outputs and metrics from their sources: action.yml and src/settings/metrics.ts.
 * With `--check` it writes nothing, and exits with 1 when README.md is out of step.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import './typescript.mjs';

const { METRICS } = await import('../src/settings/metrics');

const ROOT = join(import.meta.dirname, '..');
const README = join(ROOT, 'README.md');

const action = parse(await readFile(join(ROOT, 'action.yml'), 'utf8'));
const before = await readFile(README, 'utf8');
const after = Object.entries({
  inputs: inputsTable(action.inputs),
  outputs: outputsTable(action.outputs),
  metrics: metricsTable(METRICS),
}).reduce((text, [name, table]) => replaceSection(text, name, table), before);

if (after === before) {
  console.log('README.md is in step.');
} else if (process.argv.includes('--check')) {
  console.error('README.md is out of step with action.yml or src/settings/metrics.ts; run `npm run docs`.');
  process.exitCode = 1;
} else {
  await writeFile(README, after);
  console.log('README.md is written.');
}

function inputsTable(inputs) {
  const rows = Object.entries(inputs).map(([name, input]) => [
    code(name),
    input.default === undefined ? '' : code(input.default),
    input.description,
  ]);
  return table(['Input', 'Default', 'Meaning'], rows);
}

function outputsTable(outputs) {
  return table(
    ['Output', 'Meaning'],
    Object.entries(outputs).map(([name, output]) => [code(name), output.description]),
  );
}

function metricsTable(metrics) {
  const rows = metrics
    .filter((metric) => metric.fault === null)
    .map(({ name, meaning, standard }) => [code(name), meaning, standard === null ? 'reported' : code(standard)]);
  return table(['Metric', 'Meaning', 'Standard'], rows);
}

/** Prettier would pad every cell to the widest: a change in one row would touch them all. */
function table(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`);
  return ['<!-- prettier-ignore-start -->', ...lines, '<!-- prettier-ignore-end -->'].join('\n');
}

function cell(text) {
  return String(text).trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

function code(text) {
  return `\`${text}\``;
}

/** Puts text between `<!-- name:start -->` and `<!-- name:end -->`. */
function replaceSection(text, name, content) {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md has no section ${start} … ${end}`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
}
