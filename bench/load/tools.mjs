/**
 * The tools that are compared: how each is run at a rate against an address, and what its own words say about it. Latencies are
 * from when a request left until its answer was whole, in milliseconds.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { has } from './nginx.mjs';

/** Connections that a tool may hold where it has to be told a number. */
const CONNECTIONS = 50;

/**
 * Runs a command to its end, and takes its processor time from the operating system's accounts (times(2), by bash's `time`).
 *
 * @returns {Promise<{cpuMs: number, stdout: string}>} user and system together, of it and of all that it started.
 */
export function timed(argv, { echo = false, env = {} } = {}) {
  const script = 'TIMEFORMAT="cpu %3U %3S"; time "$@"';
  const child = spawn('bash', ['-c', script, 'bash', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env, LC_ALL: 'C' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part) => (stdout += part));
  child.stderr.on('data', (part) => {
    stderr += part;
    if (echo) process.stderr.write(part);
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code) => {
      const [, user, system] = /^cpu ([\d.]+) ([\d.]+)$/m.exec(stderr) ?? [];
      if (code !== 0 || user === undefined) reject(new Error(`${argv[0]} ended with ${code}: ${stderr}`));
      else resolve({ cpuMs: (Number(user) + Number(system)) * 1000, stdout });
    });
  });
}

const number = (text, pattern) => Number(pattern.exec(text)?.[1]);

/** @param folder for the files that they need. */
export function toolsOf({ url, rate, seconds, folder }) {
  const script = join(folder, 'bench.js');
  writeFileSync(
    script,
    `import http from 'k6/http';
export const options = {
  discardResponseBodies: true, noConnectionReuse: __ENV.FRESH === '1', summaryTrendStats: ['p(50)', 'p(99)'],
  scenarios: { bench: { executor: 'constant-arrival-rate', rate: ${rate}, timeUnit: '1s', duration: '${seconds}s',
    preAllocatedVUs: ${CONNECTIONS}, maxVUs: 1000 } },
};
export default () => http.get('${url}');`,
  );
  const results = join(folder, 'vegeta.bin');
  const summary = join(folder, 'k6.json');
  const reading = async (argv) => (await timed(argv)).stdout;
  return {
    k6: async (fresh) => {
      const argv = ['k6', 'run', '--quiet', '--no-usage-report', '--summary-export', summary];
      const { cpuMs } = await timed([...argv, '-e', `FRESH=${fresh ? 1 : 0}`, script]);
      const { metrics } = JSON.parse(await reading(['cat', summary]));
      const { 'p(50)': p50, 'p(99)': p99 } = metrics.http_req_duration;
      return { cpuMs, requests: metrics.http_reqs.count, p50, p99 };
    },
    vegeta: async (fresh) => {
      const attack = `printf 'GET %s\\n' "$1" | vegeta attack -rate=$2 -duration=$3s -keepalive=$4 -output="$5"`;
      const argv = ['bash', '-c', attack, 'bash', url, String(rate), String(seconds), String(!fresh), results];
      const { cpuMs } = await timed(argv);
      const report = JSON.parse(await reading(['vegeta', 'report', '-type=json', results]));
      const { '50th': p50, '99th': p99 } = report.latencies;
      return { cpuMs, requests: report.requests, p50: p50 / 1e6, p99: p99 / 1e6 };
    },
    hey: async (fresh) => {
      const perWorker = rate / CONNECTIONS;
      const argv = ['hey', '-z', `${seconds}s`, '-c', String(CONNECTIONS), '-q', String(perWorker)];
      const { cpuMs, stdout } = await timed([...argv, ...(fresh ? ['-disable-keepalive'] : []), url]);
      const requests = number(stdout, /\[200\]\s+(\d+) responses/);
      return {
        cpuMs,
        requests,
        p50: number(stdout, /50%+ in ([\d.]+)/) * 1e3,
        p99: number(stdout, /99%+ in ([\d.]+)/) * 1e3,
      };
    },
    'wrk (as fast as it can)': async (fresh) => {
      const argv = ['wrk', '-t1', '-c8', `-d${Math.min(seconds, 5)}s`, '--latency'];
      const { cpuMs, stdout } = await timed([...argv, ...(fresh ? ['-H', 'Connection: close'] : []), url]);
      const ms = (text) => number(text, /([\d.]+)/) * { us: 0.001, ms: 1, s: 1000 }[text.replace(/[\d.]+/, '')];
      const [p50, p99] = [50, 99].map((part) => ms(new RegExp(`${part}%\\s+(\\S+)`).exec(stdout)?.[1] ?? ''));
      return { cpuMs, requests: number(stdout, /(\d+) requests in/), p50, p99 };
    },
  };
}

/** Whether the command that a tool's name begins with is there. */
export function isInstalled(name) {
  return has(name.split(' ')[0]);
}

const ENGINE = join(import.meta.dirname, 'engine.mjs');
const NODE = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];

/** The project's own engine in a process of its own; with `core`, both its processes on that one processor. */
export async function runEngine(plan, { core, echo } = {}) {
  const pinned = core === undefined ? [] : ['taskset', '-c', String(core)];
  const argv = [...pinned, process.execPath, ...NODE, ENGINE, JSON.stringify(plan)];
  const { cpuMs, stdout } = await timed(argv, { echo });
  const { summary, outcomes, sinceSent, sinceDue, memory, sendingMs } = JSON.parse(stdout);
  const { p50, p99 } = sinceSent;
  return {
    cpuMs,
    requests: summary.sent,
    p50,
    p99,
    sinceDue,
    latenessMs: summary.latenessMs,
    outcomes,
    memory,
    sendingMs,
  };
}
