/**
 * Builds: what the layer cache saves, and what is prepared side by side.
 *
 * The sample app is built by three runs of the action: one that nothing is cached for, the same again, and one after a change of
 * app.py; beside them, what `docker build` makes of it. Then one run builds the app, and pulls an image of NGINX and one for the
 * rolling update from a registry on this machine that has neither and takes its time to say so: the log tells what began when.
 *
 *   npm run bench -- builds
 */
import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { docker, machineImages } from '../scripts/corpus/machine.mjs';
import { measureAction } from './tools/action.mjs';
import { SAMPLE } from './tools/images.mjs';
import { seconds, table } from './tools/table.mjs';

const SLOW_S = 3;
const run = promisify(execFile);
const baseArgument = `BASE_IMAGE=${machineImages().base}`;
const workspace = mkdtempSync(join(tmpdir(), 'lb-cluster-bench-builds-'));
try {
  cpSync(SAMPLE, join(workspace, 'app'), { recursive: true });
  console.log(await cacheTable());
  console.log(`\n${await sideBySide()}`);
} finally {
  rmSync(workspace, { recursive: true, force: true });
}

async function cacheTable() {
  const stamp = `# ${process.pid}-${Date.now()}\n`;
  // A comment that was never there: no layer from here on can have been made before.
  appendFileSync(join(workspace, 'app/requirements.txt'), stamp);
  const rows = [await byAction('the first'), await byAction('the same again'), ...(await byHand())];
  appendFileSync(join(workspace, 'app/app.py'), stamp);
  rows.push(await byAction('after a change of app.py'));
  return table(['build', 'by', 'steps', 'of these from the cache', 'time', 'verdict'], rows);
}

async function byAction(what) {
  console.error(`build: ${what}`);
  const inputs = { context: 'app', 'build-args': baseArgument, checks: 'rotation', rate: 20 };
  const { lines, verdict } = await measureAction(inputs, { workspace, watch: false });
  const texts = lines.map(({ text }) => text);
  const [, built, builder] = texts.map((text) => /built in ([\d.]+ s) \((\w+)\)/.exec(text)).find(Boolean) ?? [];
  return [what, `the action (${builder})`, ...stepsOf(texts), built, verdict];
}

/** What the cache can save at the most: nothing is removed between the two. */
async function byHand() {
  const tag = 'lb-cluster-bench/by-hand';
  const rows = [];
  try {
    for (const what of ['the first', 'the same again']) {
      const started = performance.now();
      const args = ['build', '--tag', tag, '--build-arg', baseArgument, join(workspace, 'app')];
      const { stdout, stderr } = await run('docker', args);
      const took = seconds((performance.now() - started) / 1000);
      rows.push([what, 'docker build', ...stepsOf(`${stdout}\n${stderr}`.split('\n')), took, '']);
    }
    return rows;
  } finally {
    await docker('image', 'rm', tag).catch(() => undefined);
  }
}

/** How many steps there were and how many came from the cache, in the classic builder's words or BuildKit's. */
function stepsOf(texts) {
  const count = (pattern) => texts.filter((text) => pattern.test(text)).length;
  const steps = count(/^Step \d+\/\d+ :/) || count(/^#\d+ \[.*\d+\/\d+\]/);
  return [steps, count(/^ ---> Using cache/) || count(/^#\d+ CACHED/)];
}

async function sideBySide() {
  console.error('app, NGINX and rollout image at once');
  writeFileSync(
    join(workspace, 'Dockerfile'),
    `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\nRUN sleep ${SLOW_S} # ${Date.now()}\n`,
  );
  const registry = await slowRegistry();
  const at = (lines, pattern) => lines.find(({ text }) => pattern.test(text))?.at;
  try {
    const image = (name) => `127.0.0.1:${registry.port}/${name}:none`;
    const inputs = { 'build-args': baseArgument, 'nginx-image': image('nginx'), 'rollout-image': image('rollout') };
    const { lines, verdict } = await measureAction(inputs, { workspace, watch: false });
    const begun = [
      ['build of the app', at(lines, /building the app's image/), `${SLOW_S} s of work`],
      ['NGINX', at(lines, /pulling .*\/nginx:/), `${SLOW_S} s until the registry answers`],
      ['rollout image', at(lines, /pulling .*\/rollout:/), `${SLOW_S} s until the registry answers`],
    ];
    const first = Math.min(...begun.flatMap(([, start]) => start ?? []));
    const after = (start) => (start === undefined ? 'never' : `after ${seconds((start - first) / 1000)}`);
    return table(
      ['what', 'begins', 'takes'],
      [
        ...begun.map(([what, start, takes]) => [what, after(start), takes]),
        ['the run ends', after(end(lines)), verdict],
      ],
    );
  } finally {
    await registry.close();
  }
}

function end(lines) {
  return lines.at(-1)?.at;
}

/** Has nothing, and says so late. The engine speaks plain HTTP to registries on 127.0.0.1. */
async function slowRegistry() {
  const server = createServer((request, response) => {
    if (request.url === '/v2/') return void response.end('{}');
    setTimeout(() => {
      response.writeHead(404, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }));
    }, SLOW_S * 1000);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}
