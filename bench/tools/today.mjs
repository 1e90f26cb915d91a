/** Runs bench/today on a case of the corpus, as its owner would on a runner. */
import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/corpus/machine.mjs';
import { endEarly, noteChild } from './interrupt.mjs';

export const TODAY = join(ROOT, 'bench/today');
const PROJECT = 'lb-cluster-bench-today';
/** What a case without a configuration of its own is balanced with: the action would generate one. */
const USUAL_CONFIG = join(ROOT, 'fixtures/nginx/good-server.conf');
const LONGEST_MS = 5 * 60_000;

/** What is needed and not there, in words. */
export async function missingTools() {
  const needed = { k6: ['k6', 'version'], 'docker compose': ['docker', 'compose', 'version'] };
  const found = await Promise.all(
    Object.entries(needed).map(async ([name, [command, ...args]]) => {
      const { code } = await run(command, args, {}, ROOT).catch(() => ({ code: 1 }));
      return code === 0 ? [] : [name];
    }),
  );
  return found.flat();
}

/** @returns `passed`, `why` (not: what it says of itself), `seconds`, `output`. */
export async function runToday({ folder, hasConfig, inputs }, fault, image, nginx) {
  const place = mkdtempSync(join(tmpdir(), 'lb-cluster-bench-today-'));
  const env = {
    ...{ COMPOSE_PROJECT_NAME: PROJECT, APP_IMAGE: image, NGINX_IMAGE: nginx },
    ...{ PROBE_PATH: inputs['probe-path'] ?? '/', RATE: inputs.rate ?? '100' },
  };
  try {
    cpSync(TODAY, place, { recursive: true });
    copyFileSync(hasConfig ? join(folder, 'nginx.conf') : USUAL_CONFIG, join(place, 'nginx.conf'));
    const started = performance.now();
    const { code, output } = await run('bash', ['chaos.sh', fault], env, place);
    endEarly();
    const took = (performance.now() - started) / 1000;
    return { passed: code === 0, why: code === 0 ? '' : reason(output), seconds: took, output };
  } finally {
    // Where the script was ended before it could clean up.
    await run('docker', ['compose', 'down', '--volumes', '--timeout', '1'], env, place).catch(() => undefined);
    rmSync(place, { recursive: true, force: true });
  }
}

function reason(output) {
  const crossed = /thresholds on metrics '([^']+)' have been crossed/.exec(output)?.[1];
  if (crossed !== undefined) return crossed;
  const container = /container (\S+) (is unhealthy|exited \(\d+\)|.*restarting.*)/i.exec(output);
  if (container !== null) return `${container[1].replace(`${PROJECT}-`, '')} ${container[2]}`;
  return output.trim().split('\n').at(-1).slice(0, 100);
}

function run(command, args, env, cwd) {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] };
    const child = noteChild(spawn(command, args, options));
    const limit = setTimeout(() => child.kill('SIGTERM'), LONGEST_MS);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    child.on('error', (error) => (clearTimeout(limit), reject(error)));
    child.on('close', (code) => (clearTimeout(limit), resolve({ code: code ?? 1, output })));
  });
}
