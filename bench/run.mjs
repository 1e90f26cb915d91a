/**
 * Runs the benches one after the other and prints their tables as Markdown: what the machine is, then a section each. Figures are
 * ratios within one run or the machine's own; nothing here is a test, and a bound that is not kept fails nothing.
 *
 *   npm run bench                       all of them
 *   npm run bench -- growth             one
 *   npm run bench -- growth --rate 50   with arguments of its own
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { docker, machineImages } from '../scripts/corpus/machine.mjs';
import { isInterrupted, noteChild } from './tools/interrupt.mjs';

/** Title and further flags of Node by file; those that are not there are left out. */
const TYPESCRIPT = ['--experimental-transform-types', '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];
const BENCHES = {
  load: { title: 'The load engine', flags: TYPESCRIPT },
  cluster: { title: 'Cluster up and down', flags: [] },
  action: { title: 'The action itself', flags: [] },
  builds: { title: 'Builds', flags: [] },
  report: { title: 'The reports', flags: ['--expose-gc', ...TYPESCRIPT] },
  growth: { title: 'Growth', flags: TYPESCRIPT },
  today: { title: 'Against what people do today', flags: [] },
};

const [only, ...given] = process.argv.slice(2);
const there = Object.keys(BENCHES).filter((name) => existsSync(fileOf(name)));
if (only !== undefined && !there.includes(only)) {
  console.error(`No such bench: ${only}. There are: ${there.join(', ')}`);
  process.exit(1);
}

console.log(await machineLine());
let worst = 0;
for (const name of only === undefined ? there : [only]) {
  if (isInterrupted()) break;
  console.log(`\n## ${BENCHES[name].title}\n\n\`npm run bench -- ${[name, ...given].join(' ')}\`\n`);
  worst = Math.max(worst, await run(name));
}
process.exitCode = worst;

function fileOf(name) {
  return join(import.meta.dirname, `${name}.mjs`);
}

function run(name) {
  const flags = ['--disable-warning=ExperimentalWarning', ...BENCHES[name].flags];
  return new Promise((resolve, reject) => {
    const child = noteChild(spawn(process.execPath, [...flags, fileOf(name), ...given], { stdio: 'inherit' }));
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function machineLine() {
  const { nginx, standIn } = machineImages();
  const engine = await docker('version', '--format', '{{.Server.Version}}');
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const images = `${nginx}${standIn ? ', a stand-in' : ''}`;
  return `${cpus().length} processors, ${memory}, Node.js ${process.versions.node}, Docker Engine ${engine}, ${images}.`;
}
