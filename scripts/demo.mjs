/**
 * Runs the compiled action, main step and post step, on the sample app: each as a process of its own, with inputs in the
 * environment, as a runner does. Afterwards it says what was left on the machine, and how long things took.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const images = JSON.parse(readFileSync(join(ROOT, '.cache/images.json'), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'lb-cluster-demo-'));
const files = Object.fromEntries(['output', 'state', 'summary'].map((name) => [name, join(scratch, name)]));
Object.values(files).forEach((path) => writeFileSync(path, ''));

const inputs = {
  context: 'fixtures/app',
  'build-args': `BASE_IMAGE=${images.base}`,
  'nginx-image': images.nginx,
  'health-path': '/healthz',
  'report-dir': join(scratch, 'report'),
  comment: 'never',
  ...Object.fromEntries(process.argv.slice(2).map((argument) => argument.split(/=(.*)/s).slice(0, 2))),
};

const leftovers = () =>
  ['container', 'network', 'image'].map((kind) =>
    execFileSync('docker', [kind, 'ls', '--quiet', ...(kind === 'container' ? ['--all'] : [])], { encoding: 'utf8' }),
  );

/** A step's process; resolves to its exit code, the milliseconds to its first line, and its peak memory in MiB. */
function step(entry, environment) {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(ROOT, 'dist', entry, 'index.js')], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        GITHUB_WORKSPACE: ROOT,
        GITHUB_OUTPUT: files.output,
        GITHUB_STATE: files.state,
        GITHUB_STEP_SUMMARY: files.summary,
        ...environment,
      },
    });
    let firstLine = null;
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, peakMemory(child.pid))), 200);
    child.stdout.on('data', (text) => {
      firstLine ??= performance.now() - started;
      process.stdout.write(text);
    });
    child.on('close', (code) => {
      clearInterval(watch);
      resolve({ code: code ?? 1, firstLine, peak });
    });
  });
}

/** The most memory that a process has held so far (VmHWM, proc(5)), in MiB; 0 when it is gone. */
function peakMemory(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** What the main step saved for the post step, as the runner hands it over. */
function savedState() {
  const pairs = [...readFileSync(files.state, 'utf8').matchAll(/^(.+)<<(.+)\n([^]*?)\n\2$/gm)];
  return Object.fromEntries(pairs.map(([, name, , value]) => [`STATE_${name}`, value]));
}

console.log('Running the main step on the sample app');
const before = leftovers();
const main = await step(
  'main',
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
);
console.log('\nRunning the post step');
await step('post', savedState());
const clean = JSON.stringify(leftovers()) === JSON.stringify(before);

console.log(`\nFirst log line after ${Math.round(main.firstLine ?? 0)} ms; peak memory ${Math.round(main.peak)} MiB`);
console.log(`Containers, networks and images are ${clean ? 'as before' : 'NOT as before'}`);
console.log(`Reports: ${join(scratch, 'report/report.md')} and ${join(scratch, 'report/report.json')}`);
process.exitCode = main.code === 0 && clean ? 0 : 1;
