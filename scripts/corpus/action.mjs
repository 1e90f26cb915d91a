/** Runs the compiled action on one workspace: main step and post step, each a process of its own, as on a runner. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A run that takes longer than this hangs; it is then cancelled as a runner cancels a step. */
const LONGEST_MS = 15 * 60_000;

/**
 * @param dist folder of the bundles.
 * @param workspace folder that paths in inputs are relative to.
 * @returns verdict, report (null: the run did not begin), log and seconds.
 */
export async function runAction(dist, workspace, inputs) {
  const scratch = mkdtempSync(join(tmpdir(), 'lb-cluster-corpus-'));
  try {
    const files = Object.fromEntries(['output', 'state', 'summary'].map((name) => [name, join(scratch, name)]));
    Object.values(files).forEach((path) => writeFileSync(path, ''));
    const reportDir = join(scratch, 'report');
    mkdirSync(reportDir);
    const environment = {
      ...process.env,
      GITHUB_WORKSPACE: workspace,
      GITHUB_OUTPUT: files.output,
      GITHUB_STATE: files.state,
      GITHUB_STEP_SUMMARY: files.summary,
    };
    const given = { ...inputs, 'report-dir': reportDir, comment: 'never' };
    const main = await step(join(dist, 'main/index.js'), { ...environment, ...prefixed('INPUT_', given, upper) });
    const post = await step(join(dist, 'post/index.js'), { ...environment, ...prefixed('STATE_', pairs(files.state)) });
    const verdict = pairs(files.output).verdict ?? 'none';
    return { verdict, report: readReport(reportDir), log: main.log + post.log, seconds: main.seconds };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function step(script, env) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const limit = setTimeout(() => child.kill('SIGTERM'), LONGEST_MS);
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (log += text));
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(limit);
      resolve({ log, seconds: (performance.now() - started) / 1000 });
    });
  });
}

function prefixed(prefix, values, spell = (name) => name) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${spell(name)}`, value]));
}

function upper(name) {
  return name.toUpperCase();
}

/** `name<<mark … mark`, the form in which a step hands values to the runner. */
function pairs(path) {
  const found = readFileSync(path, 'utf8').matchAll(/^(.+)<<(.+)\n([^]*?)\n\2$/gm);
  return Object.fromEntries([...found].map(([, name, , value]) => [name, value]));
}

function readReport(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  } catch {
    return null;
  }
}
