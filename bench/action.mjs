/**
 * The action itself: start to first line of the log, size of the bundle, peak memory of the default run and of the largest one.
 *
 *   npm run bench -- action
 *   npm run bench -- action --checks rotation,failover --faults crash    a shorter large run
 *   npm run bench -- action --only start
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from '../scripts/arguments.mjs';
import { CORPUS } from '../scripts/corpus/cases.mjs';
import { ROOT } from '../scripts/corpus/machine.mjs';
import { measureAction } from './tools/action.mjs';
import { SAMPLE, withImages } from './tools/images.mjs';
import { bounded, median, seconds, table, whole } from './tools/table.mjs';

/** Goals. */
const MOST_START_MS = 300;
const MOST_BUNDLE_MB = 4;
const MOST_DEFAULT_MIB = 250;
const MOST_LARGE_MIB = 400;
const STARTS = 9;

const { values: options } = readArguments({
  options: {
    checks: { type: 'string', default: '' },
    faults: { type: 'string', default: '' },
    rate: { type: 'string', default: '2000' },
    only: { type: 'string', multiple: true, default: ['start', 'default', 'large'] },
  },
});
const chosen = (name) => options.only.includes(name);

const runs = [];
if (chosen('default'))
  await withImages({ sample: SAMPLE }, async ({ sample }) => {
    runs.push({ name: 'default', most: MOST_DEFAULT_MIB, ...(await run({ image: sample })) });
  });
// At such a rate the sample app would need all processors for itself: this one is a program of a few lines of C.
if (chosen('large'))
  await withImages({ quick: join(CORPUS, 'good-static-binary') }, async ({ quick }) => {
    const { checks, faults, rate } = options;
    const inputs = { image: quick, replicas: 16, rate, ...(checks && { checks }), ...(faults && { faults }) };
    const name = `16 replicas, ${rate}/s${checks === '' ? '' : `, ${checks}`}${faults === '' ? '' : ` (${faults})`}`;
    runs.push({ name, most: MOST_LARGE_MIB, ...(await run(inputs)) });
  });
if (chosen('start')) console.log(`${(await startAndSize()).join('\n')}\n`);
if (runs.length > 0) console.log(memoryTable());

async function run(inputs) {
  console.error(`a run with ${JSON.stringify(inputs)}`);
  return measureAction(inputs);
}

async function startAndSize() {
  const starts = [];
  // An input that is refused ends the run right after its first lines.
  for (let time = 0; time < STARTS; time += 1)
    starts.push((await measureAction({ replicas: 1 }, { watch: false })).firstLineMs);
  const folder = join(ROOT, 'dist/main');
  const megabytes = (names) => names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1e6;
  const bundles = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const all = megabytes(bundles).toFixed(1);
  const main = bounded(megabytes(['index.js']), MOST_BUNDLE_MB, (value) => `${value.toFixed(1)} MB`);
  return [
    `- Start to first line: ${bounded(median(starts), MOST_START_MS, (value) => `${whole(value)} ms`)} (median of ${STARTS})`,
    `- dist/main/index.js: ${main}; with the parts that it loads when it needs them, ${all} MB`,
  ];
}

function memoryTable() {
  const requests = ({ report }) => (report?.scenarios ?? []).reduce((sum, { counts }) => sum + counts.requests, 0);
  const head = [
    'run',
    'verdict',
    'time',
    'requests',
    "memory of the action's process",
    'of all containers',
    'first line',
  ];
  const rows = runs.map((one) => [
    ...[one.name, one.verdict, seconds(one.seconds), requests(one)],
    bounded(one.peakMiB, one.most, (value) => `${whole(value)} MiB`),
    `${whole(one.containers.peakMiB)} MiB`,
    `${whole(one.firstLineMs)} ms`,
  ]);
  return table(head, rows);
}
