/** Runs the compiled action, main step and post step, as a runner does, and measures it meanwhile. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineImages, ROOT } from '../../scripts/corpus/machine.mjs';
import { familyNow } from './proc.mjs';
import { watchContainers } from './containers.mjs';
import { endEarly, noteChild } from './interrupt.mjs';

const SAMPLE_MS = 100;
/** A run that takes longer than this hangs; it is then cancelled as a runner cancels a step. */
const LONGEST_MS = 15 * 60_000;

/** Inputs that every bench gives: the images of this machine, and no comment. */
export function usualInputs() {
  return { 'nginx-image': machineImages().nginx, 'health-path': '/healthz', comment: 'never' };
}

/**
 * @param inputs beyond the usual ones.
 * @param workspace folder that paths in inputs are relative to.
 * @returns `code`, `verdict`, `report` (null: the run did not begin), `lines` (`{at, text}`, milliseconds from the start), `seconds`,
 *   `firstLineMs`; of the main step's process `peakMiB` and `cpuSeconds`; with `watch` also `containers`, the same two of all
 *   containers of the run. Other work on the machine is in none of them, nor is what the engine and the kernel do for the run.
 */
export async function measureAction(inputs, { workspace = ROOT, watch = true } = {}) {
  const scratch = mkdtempSync(join(tmpdir(), 'lb-cluster-bench-'));
  try {
    const files = Object.fromEntries(['output', 'state', 'summary'].map((name) => [name, join(scratch, name)]));
    Object.values(files).forEach((path) => writeFileSync(path, ''));
    mkdirSync(join(scratch, 'report'));
    const env = {
      ...process.env,
      GITHUB_WORKSPACE: workspace,
      GITHUB_OUTPUT: files.output,
      GITHUB_STATE: files.state,
      GITHUB_STEP_SUMMARY: files.summary,
    };
    const given = { ...usualInputs(), ...inputs, 'report-dir': join(scratch, 'report') };
    const main = await step('main', { ...env, ...prefixed('INPUT_', given, (name) => name.toUpperCase()) }, watch);
    await step('post', { ...env, ...prefixed('STATE_', pairs(files.state)) }, false);
    endEarly();
    const verdict = pairs(files.output).verdict ?? 'none';
    return { ...main, verdict, report: readReport(join(scratch, 'report/report.json')) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function step(entry, env, watch) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const bundle = join(ROOT, 'dist', entry, 'index.js');
    const child = noteChild(spawn(process.execPath, [bundle], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
    const limit = setTimeout(() => child.kill('SIGTERM'), LONGEST_MS);
    const lines = [];
    let firstLineMs = null;
    let last = { peakMiB: 0, cpuSeconds: 0 };
    const containers = watch ? watchContainers(() => runOf(lines)) : null;
    const sample = setInterval(() => (last = most(last, familyNow(child.pid, 'load/index.js'))), SAMPLE_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        const at = performance.now() - started;
        firstLineMs ??= at;
        lines.push(
          ...String(data)
            .split('\n')
            .map((text) => ({ at, text })),
        );
      });
    }
    child.on('error', reject);
    child.on('close', async (code) => {
      clearTimeout(limit);
      clearInterval(sample);
      const seconds = (performance.now() - started) / 1000;
      resolve({ code: code ?? 1, lines, firstLineMs, seconds, ...last, containers: await containers?.() });
    });
  });
}

/** The process that sends traffic is gone before the main step's is. */
function most(before, now) {
  if (now === null) return before;
  return Object.fromEntries(Object.entries(before).map(([key, value]) => [key, Math.max(value, now[key])]));
}

/** The run's id, as the log tells it. */
function runOf(lines) {
  return lines.map(({ text }) => /^Run ([0-9a-f]{12}),/.exec(text)?.[1]).find((id) => id !== undefined) ?? null;
}

function prefixed(prefix, values, spell = (name) => name) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${spell(name)}`, String(value)]));
}

/** `name<<mark … mark`, the form in which a step hands values to the runner. */
function pairs(path) {
  const found = readFileSync(path, 'utf8').matchAll(/^(.+)<<(.+)\n([^]*?)\n\2$/gm);
  return Object.fromEntries([...found].map(([, name, , value]) => [name, value]));
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
