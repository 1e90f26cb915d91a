/**
 * Measures the load engine beside k6, vegeta, hey and wrk, against a static NGINX on 127.0.0.1.
 *
 *   npm run bench:load                        each tool in turn, three rounds of 20 s, at 2,000 requests a second
 *   npm run bench:load -- --rate 1000 --seconds 5 --rounds 1
 *   npm run bench:load -- --only k6,hey       beside the engine, only these
 *   npm run bench:load -- --soak 600          the engine alone, and its memory as time goes by
 *   npm run bench:load -- --one-core          the engine alone, at 5,000 a second, on one processor
 *
 * Needs Linux, bash, and `nginx` or Docker with an image that has it (`--image`). Tools that are missing are left out.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from '../scripts/arguments.mjs';
import { startNginx } from './load/nginx.mjs';
import { isInstalled, runEngine, toolsOf } from './load/tools.mjs';

const { values } = readArguments({
  options: {
    rate: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    soak: { type: 'string' },
    'one-core': { type: 'boolean', default: false },
    image: { type: 'string', default: process.env.LBCA_NGINX_IMAGE ?? 'lb-cluster-standin/nginx:1.26' },
  },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const rate = Number(values.rate ?? (values['one-core'] ? 5_000 : 2_000));

const MIXES = {
  kept: { getFresh: 0, getKept: 1, postFresh: 0, postKept: 0 },
  fresh: { getFresh: 1, getKept: 0, postFresh: 0, postKept: 0 },
  /** That of a failover scenario. */
  default: { getFresh: 2, getKept: 2, postFresh: 1, postKept: 1 },
};
const OURS = 'lb-cluster-action';
/** How far a percentile may be from vegeta's: a part of it, or milliseconds. */
const AGREES = { part: 0.05, ms: 0.2 };

// On one processor the engine is meant to be alone.
const nginx = await startNginx(values.image, values['one-core'] ? 1 : undefined);
const folder = mkdtempSync(join(tmpdir(), 'lb-cluster-bench-'));
const stop = () => {
  nginx.stop();
  rmSync(folder, { recursive: true, force: true });
};
process.once('SIGINT', () => {
  stop();
  process.exit(130);
});
try {
  if (values.soak !== undefined) await soak(Number(values.soak));
  else if (values['one-core']) await oneCore();
  else await compare();
} finally {
  stop();
}

function planOf(mix, changes = {}) {
  return { port: nginx.port, rate, seconds, mix: MIXES[mix], ...changes };
}

async function compare() {
  // What a process with the engine in it costs that has nearly nothing to send: mostly the start of Node, twice.
  const idle = await runEngine(planOf('kept', { rate: 1 }));
  console.log(`${rate} requests a second for ${seconds} s, ${rounds} rounds, against ${nginx.what}.`);
  console.log(
    `The engine idle for as long: ${idle.cpuMs.toFixed(0)} ms of processor time, which is taken off its runs.\n`,
  );
  const tools = toolsOf({ url: `http://127.0.0.1:${nginx.port}/`, rate, seconds, folder });
  const names = Object.keys(tools).filter((name) => values.only?.split(',').includes(name.split(' ')[0]) ?? true);
  const rows = [];
  for (const [mix, fresh] of [
    ['kept', false],
    ['fresh', true],
  ]) {
    rows.push({ name: OURS, mix, run: () => runEngine(planOf(mix)), isOurs: true });
    for (const name of names) rows.push({ name, mix, run: isInstalled(name) ? () => tools[name](fresh) : null });
  }
  rows.push({ name: OURS, mix: 'default', run: () => runEngine(planOf('default')), isOurs: true });
  for (const row of rows) row.results = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const row of rows) if (row.run !== null) row.results.push(await row.run());
  }
  printTable(rows, idle.cpuMs);
  for (const { mix, results } of rows.filter(({ isOurs }) => isOurs)) {
    console.log(`${mix}: ${results.map(({ outcomes }) => JSON.stringify(outcomes)).join(' ')}`);
  }
}

function printTable(rows, idleMs) {
  const costOf = ({ results, isOurs }) =>
    median(results.map(({ cpuMs, requests }) => ((cpuMs - (isOurs ? idleMs : 0)) * 1000) / requests));
  const find = (name, mix) => rows.find((row) => row.name === name && row.mix === mix && row.results.length > 0);
  console.log('| Tool | Connections | Requests | CPU a request | to ours | Late p99 | p50 | p99 | beside vegeta |');
  console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |');
  for (const row of rows) {
    const { name, mix, run, results, isOurs } = row;
    if (run === null) {
      console.log(`| ${name} | ${mix} | not installed | | | | | | |`);
      continue;
    }
    const [ours, vegeta] = [find(OURS, mix), find('vegeta', mix)];
    const late = isOurs ? `${median(results.map(({ latenessMs }) => latenessMs.p99)).toFixed(2)} ms` : '';
    const [p50, p99] = ['p50', 'p99'].map((part) => median(results.map((result) => result[part])));
    const cells = [
      ...[name, mix, results.reduce((sum, { requests }) => sum + requests, 0)],
      ...[`${costOf(row).toFixed(1)} us`, (costOf(row) / costOf(ours)).toFixed(2), late],
      ...[`${p50.toFixed(3)} ms`, `${p99.toFixed(3)} ms`],
      isOurs && vegeta !== undefined ? agreement({ p50, p99 }, vegeta.results) : '',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  console.log('');
}

function agreement(ours, theirs) {
  const words = ['p50', 'p99'].map((part) => {
    const other = median(theirs.map((result) => result[part]));
    const apart = ours[part] - other;
    const agrees = Math.abs(apart) <= Math.max(AGREES.ms, AGREES.part * other);
    return `${part} ${agrees ? 'agrees' : 'differs'} (${apart >= 0 ? '+' : ''}${apart.toFixed(3)} ms)`;
  });
  return words.join(', ');
}

async function oneCore() {
  for (const mix of ['kept', 'default']) {
    const { requests, cpuMs, latenessMs, outcomes } = await runEngine(planOf(mix), { core: 0 });
    console.log(
      `${mix}, ${rate} a second on one processor: ${JSON.stringify({ requests, cpuMs, latenessMs, outcomes })}`,
    );
  }
}

/** Memory goes up and down with each collection of garbage: what tells is whether it goes higher later than it did before. */
async function soak(lasts) {
  const { requests, latenessMs, memory, outcomes } = await runEngine(
    planOf('default', { seconds: lasts, noteMs: Math.min(60_000, lasts * 100) }),
    { echo: true },
  );
  console.log(JSON.stringify({ requests, latenessMs, outcomes }));
  console.log('| Seconds | RSS | heap |\n| ---: | ---: | ---: |');
  for (const note of memory) console.log(`| ${note.seconds} | ${note.rssMiB} MiB | ${note.heapMiB} MiB |`);
  // The first fifth is left out: the engine has not taken by then what it needs.
  const settled = memory.slice(Math.ceil(memory.length / 5));
  const middle = Math.ceil(settled.length / 2);
  const most = (notes, name) => Math.max(...notes.map((note) => note[name]));
  for (const name of ['rssMiB', 'heapMiB']) {
    const [earlier, later] = [most(settled.slice(0, middle), name), most(settled.slice(middle), name)];
    const minutes = (settled.at(-1).seconds - settled[0].seconds) / 2 / 60;
    console.log(`${name}: at most ${earlier}, later ${later}: ${((later - earlier) / minutes).toFixed(2)} a minute`);
  }
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}
