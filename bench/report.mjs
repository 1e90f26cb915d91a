/**
 * How long the reports of the largest run take, how much memory and how large they get: 16 replicas, every fault, 100,000 requests.
 * `node bench/report.mjs` measures in a process of its own, after making the evidence, which is no part of it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { buildPage } from '../scripts/page.mjs';

const ROOT = join(import.meta.dirname, '..');

if (process.argv[2] === 'measure') await measure(process.argv[3]);
else bench();

function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'lb-cluster-bench-'));
  try {
    buildPage(join(folder, 'page'));
    // As in dist: one bundle, so that nothing is read or transpiled while the time runs.
    buildSync({
      ...{ absWorkingDir: ROOT, entryPoints: ['bench/report-steps.ts'], bundle: true, platform: 'node', format: 'cjs' },
      ...{ outfile: join(folder, 'steps.cjs'), logLevel: 'warning' },
    });
    const argv = ['--expose-gc', import.meta.filename, 'measure', folder];
    execFileSync(process.execPath, argv, { stdio: 'inherit', cwd: ROOT });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(folder) {
  const { evidence, report, files } = createRequire(import.meta.url)(join(folder, 'steps.cjs'));
  const scenarios = evidence();
  globalThis.gc();
  const before = process.memoryUsage().rss;
  const judged = await timed('judging, and the content of report.json', () => report(scenarios));
  await timed('every file', () => files(judged, scenarios, join(folder, 'page'), join(folder, 'report')));
  const requests = judged.scenarios.reduce((sum, { counts }) => sum + counts.requests, 0);
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(
    `for ${requests} requests; memory of the whole process at most ${mega(peak)}, with the evidence alone ${mega(before)}`,
  );
  for (const file of readdirSync(join(folder, 'report'))) {
    console.log(`${file}: ${mega(statSync(join(folder, 'report', file)).size)}`);
  }
}

async function timed(what, work) {
  const [started, used] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(used);
  const ms = Math.round(performance.now() - started);
  console.log(`${what}: ${ms} ms, ${Math.round((user + system) / 1000)} ms of processor time`);
  return result;
}

function mega(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
