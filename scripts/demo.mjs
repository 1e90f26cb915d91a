/**
 * Runs the compiled action, main step and post step, on the sample app: each as a process of its own, with inputs in the
 * environment, as a runner does. Afterwards it says how long things took, what was left on the machine, and where the reports
 * are. Arguments are inputs: `nginx-config=fixtures/nginx/textbook.conf rate=50`.
 *
 * Exits with 0 when the verdict lets a job pass and nothing was left; else with 1, and says why.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { timeBareClusters } from './bare-cluster.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const images = JSON.parse(readFileSync(join(ROOT, '.cache/images.json'), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'lb-cluster-demo-'));
const files = Object.fromEntries(['output', 'state', 'summary'].map((name) => [name, join(scratch, name)]));
Object.values(files).forEach((path) => writeFileSync(path, ''));

const own = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split(/=(.*)/s).slice(0, 2)));
const inputs = {
  ...(own.image === undefined ? { context: 'fixtures/app', 'build-args': `BASE_IMAGE=${images.base}` } : {}),
  'nginx-image': images.nginx,
  'health-path': '/healthz',
  'report-dir': join(scratch, 'report'),
  comment: 'never',
  ...own,
};

console.log('The main step on the sample app, as a runner starts it');
const main = await step(
  'main',
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
);
console.log('\nThe post step');
const state = savedState();
await step('post', Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])));
const left = leftOf(state['run-id']);
const report = readReport();
const ups = Object.entries(report?.timings ?? {}).filter(([name]) => name.endsWith('.up'));
const bareMs = ups.length > 0 ? await bareCluster(ups.length).catch((error) => error) : null;

console.log(
  `\n${rows()
    .map(([name, text]) => `${name.padEnd(9)}  ${text}`)
    .join('\n')}`,
);
process.exitCode = main.code === 0 && left.length === 0 ? 0 : 1;

/** What a reader wants to know at the end, name by name. */
function rows() {
  return [
    ['Start', `first line of the log after ${Math.round(main.firstLine ?? 0)} ms`],
    ['Memory', `${Math.round(main.peak)} MiB at the most`],
    ...(bareMs === null ? [] : clusterRows(ups, bareMs)),
    ['Left over', left.length === 0 ? 'nothing: no container, network or image of this run' : left.join(', ')],
    ...(report === null
      ? []
      : [
          ['Reports', reportFile('report.md')],
          ['', reportFile('report.json')],
        ]),
    ['Result', resultWords()],
  ];
}

function clusterRows(ups, bareMs) {
  if (bareMs instanceof Error) return [['Clusters', `the bare Docker API calls could not be timed: ${bareMs.message}`]];
  const mean = ups.reduce((sum, [, ms]) => sum + ms, 0) / ups.length;
  const range = [...new Set([Math.min, Math.max].map((pick) => seconds(pick(...ups.map(([, ms]) => ms)))))].join(
    ' to ',
  );
  const times = (mean / bareMs).toFixed(1);
  return [
    ['Clusters', `${ups.length}, each up in ${range}, until every replica and NGINX answer`],
    ['', `bare Docker API calls for such a cluster: ${seconds(bareMs)}; the action's mean is ${times} times that`],
  ];
}

function resultWords() {
  const broken = report?.gates.filter((gate) => gate.outcome === 'fail' || gate.outcome === 'inconclusive') ?? [];
  const why = broken.length === 0 ? '' : ` (${broken.map((gate) => `${gate.metric}: ${gate.outcome}`).join(', ')})`;
  if (main.code === 0)
    return left.length === 0 ? 'the job would pass' : 'the job would pass, but something was left over';
  return `the job would fail: ${report === null ? 'see the lines above' : `verdict ${report.verdict}${why}`}`;
}

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

/** What the main step saved for the post step, as the runner reads it. */
function savedState() {
  const pairs = [...readFileSync(files.state, 'utf8').matchAll(/^(.+)<<(.+)\n([^]*?)\n\2$/gm)];
  return Object.fromEntries(pairs.map(([, name, , value]) => [name, value]));
}

/** What carries a run's label: other programs may use the same engine meanwhile. */
function leftOf(run) {
  if (run === undefined) return [];
  return ['container', 'network', 'image'].flatMap((kind) => {
    const all = kind === 'container' ? ['--all'] : [];
    const found = tryDocker(kind, 'ls', '--quiet', ...all, '--filter', `label=lb-cluster-action.run=${run}`);
    if (found === null) return [`${kind}s are unknown: the engine did not answer`];
    return found === '' ? [] : found.split('\n').map((id) => `${kind} ${id}`);
  });
}

/** The bare calls' time for a cluster, with as many side by side as the action has. */
async function bareCluster(scenarios) {
  console.log('\nThe bare Docker API calls of such a cluster, for comparison');
  const tag = `lb-cluster-demo:${process.pid}`;
  const build = ['build', '--quiet', '--tag', tag, '--build-arg', `BASE_IMAGE=${images.base}`, 'fixtures/app'];
  // The action has removed its own build; this one comes from the same cache.
  if (own.image === undefined) docker(...build);
  try {
    return await timeBareClusters({
      app: own.image ?? tag,
      nginx: inputs['nginx-image'],
      replicas: report.cluster.replicas.length,
      sideBySide: Math.min(scenarios, cpus().length),
    });
  } finally {
    if (own.image === undefined) docker('image', 'rm', tag);
  }
}

/** Null where the engine does not answer in a minute: how the action takes such an engine can be tried with this, too. */
function tryDocker(...args) {
  try {
    return execFileSync('docker', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    }).trim();
  } catch (error) {
    if (error.code === 'ETIMEDOUT') return null;
    throw error;
  }
}

function docker(...args) {
  return execFileSync('docker', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

function readReport() {
  try {
    return JSON.parse(readFileSync(reportFile('report.json'), 'utf8'));
  } catch {
    return null;
  }
}

function reportFile(name) {
  return join(resolve(ROOT, inputs['report-dir']), name);
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
