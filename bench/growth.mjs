/**
 * Growth: time, processor time and memory for 2 to 16 replicas and for 1 to 11 faults, step by step, as tables and plots.
 *
 * With the number of replicas, no step may grow faster than in a straight line: what a replica adds in the last stretch (from 8 to
 * 16) is held against what one adds in the stretch before. Faults differ in how long they take, so the time of a run stands beside
 * that of its scenarios.
 *
 *   npm run bench -- growth
 *   npm run bench -- growth --replicas 2,4,8 --faults 1,2 --checks rotation
 *   npm run bench -- growth --faults none --rounds 3    the middle one of three runs each, by its time
 */
import { readArguments } from '../scripts/arguments.mjs';
import { product } from '../scripts/corpus/machine.mjs';
import { measureAction } from './tools/action.mjs';
import { chartOf, stepTable, totalsTable } from './tools/growth-tables.mjs';
import { SAMPLE, withImages } from './tools/images.mjs';

const { values: options } = readArguments({
  options: {
    replicas: { type: 'string', default: '2,4,8,16' },
    faults: { type: 'string', default: '1,3,5,7,9,11' },
    checks: { type: 'string', default: 'rotation,failover,rollout' },
    rate: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '1' },
  },
});
const numbers = (text) => (text === 'none' ? [] : text.split(',').map(Number));
const { faults: allFaults } = await product();

await withImages({ sample: SAMPLE }, async ({ sample: image }) => {
  const { checks, rate } = options;
  await series('replicas', numbers(options.replicas), (replicas) => ({
    image,
    checks,
    faults: 'crash',
    replicas,
    rate,
  }));
  await series('faults', numbers(options.faults), (count) => ({
    ...{ image, checks: 'failover', rate },
    faults: allFaults.slice(0, count).join(),
  }));
});

/** Runs the sizes one after the other and prints what they came to. */
async function series(what, sizes, inputsOf) {
  if (sizes.length === 0) return;
  const runs = [];
  for (const size of sizes) {
    console.error(`${size} ${what}`);
    runs.push({ size, ...(await middleRun(() => measureAction(inputsOf(size)))) });
  }
  const parts = [totalsTable(what, runs), chartOf(what, runs), ...(what === 'replicas' ? [stepTable(runs)] : [])];
  console.log(`${parts.join('\n\n')}\n`);
}

async function middleRun(run) {
  const runs = [];
  for (let round = 0; round < Number(options.rounds); round += 1) runs.push(await run());
  return runs.sort((a, b) => a.seconds - b.seconds)[Math.floor(runs.length / 2)];
}
