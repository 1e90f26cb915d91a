/**
 * Runs the corpus (fixtures/corpus) on real Docker: broken clusters that must be caught with the right diagnosis, and good
 * ones that must pass. Prints a Markdown table; exits with 1 when anything deviates from what its case.yml says.
 *
 * Usage: npm run corpus -- [NAME…] [--good] [--broken] [--fix] [--repeat N] [--stress] [--width N] [--dist FOLDER]
 *   [--input NAME=VALUE]… [--keep-images] [--logs FOLDER]
 *
 * --fix     also applies the diagnoses' own changes, where a case says that a change to the configuration can mend it
 * --repeat  runs each case N times and counts verdicts
 * --stress  keeps every processor busy with other work meanwhile
 * --input   lays an input over every case's own, such as `gates=load.lag <= 2s` on a machine that has other work to do
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readArguments } from './arguments.mjs';
import { keepBusy } from './corpus/busy.mjs';
import { missingFor, readCases } from './corpus/cases.mjs';
import { buildImages, removeImages } from './corpus/images.mjs';
import { machineImages, nginxVersion, product, ROOT } from './corpus/machine.mjs';
import { caseTable, repeatTable, totals } from './corpus/table.mjs';
import { tryCase } from './corpus/trial.mjs';

const { values: options, positionals: names } = readArguments({
  allowPositionals: true,
  options: {
    good: { type: 'boolean' },
    broken: { type: 'boolean' },
    fix: { type: 'boolean', default: false },
    stress: { type: 'boolean', default: false },
    repeat: { type: 'string', default: '1' },
    width: { type: 'string', default: '2' },
    dist: { type: 'string', default: join(ROOT, 'dist') },
    logs: { type: 'string' },
    input: { type: 'string', multiple: true, default: [] },
    'keep-images': { type: 'boolean', default: false },
  },
});

const say = (text) => console.error(text);
const tools = {
  ...{ dist: resolve(options.dist), product: await product(), images: machineImages(), fix: options.fix },
  overrides: Object.fromEntries(options.input.map((text) => text.split(/=(.*)/s).slice(0, 2))),
};
const chosen = readCases(names).filter(
  ({ good }) => options.good === options.broken || (good ? options.good : options.broken),
);
const version = await nginxVersion(tools.images.nginx);
const judged = chosen.map((one) => ({ one, missing: missingFor(one, tools.product, version) }));
const able = judged.filter(({ missing }) => missing.length === 0).map(({ one }) => one);
const notYet = judged.filter(({ missing }) => missing.length > 0);
const repeat = Number(options.repeat);

try {
  await buildImages(able, say);
  const rest = options.stress ? keepBusy() : () => undefined;
  const order = Array.from({ length: repeat }, () => able).flat();
  const results = await inParallel(order, Number(options.width), async (one, index) => {
    const result = await tryCase(one, tools);
    keep(result, index);
    say(`${result.deviations.length === 0 ? 'as expected' : 'DEVIATES   '} ${one.name}: ${summary(result)}`);
    return result;
  });
  rest();
  console.log(
    repeat > 1
      ? repeatTable(results, options.stress ? 'busy' : 'quiet')
      : `${caseTable(results, notYet)}\n\n${totals(results)}`,
  );
  process.exitCode = results.every(({ deviations }) => deviations.length === 0) ? 0 : 1;
} finally {
  if (!options['keep-images']) await removeImages();
}

/** Works on all items, some at a time, and gives the results in the items' order. */
async function inParallel(items, width, work) {
  const results = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** Logs and reports of a case and of what became of it after each change, for whoever wants to know why. */
function keep({ one, log, report, fix }, index) {
  if (options.logs === undefined) return;
  const name = repeat > 1 ? `${one.name}.${index}` : one.name;
  mkdirSync(options.logs, { recursive: true });
  for (const [round, run] of [{ log, report }, ...(fix?.rounds ?? [])].entries()) {
    const path = join(options.logs, round === 0 ? name : `${name}.changed-${round}`);
    writeFileSync(`${path}.log`, run.log);
    writeFileSync(`${path}.json`, JSON.stringify(run.report, null, 2));
  }
}

function summary({ verdict, ids, seconds, deviations, fix }) {
  const parts = [verdict, ids.join(', '), `${seconds.toFixed(0)} s`, deviations.join('; ')];
  return [...parts, fix === null ? '' : `fix ${fix.story}`].filter((part) => part !== '').join(' | ');
}
