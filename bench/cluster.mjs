/**
 * How long a cluster takes to get up and down, beside the bare Docker Engine API calls for the same networks and containers, made
 * concurrently. Both are timed until every replica and NGINX answer, in turn, on the same image; medians.
 *
 *   npm run bench -- cluster                3 rounds
 *   npm run bench -- cluster --rounds 5
 */
import { get } from 'node:http';
import Docker from 'dockerode';
import { readArguments } from '../scripts/arguments.mjs';
import { down, up } from '../scripts/bare-cluster.mjs';
import { machineImages } from '../scripts/corpus/machine.mjs';
import { measureAction } from './tools/action.mjs';
import { SAMPLE, withImages } from './tools/images.mjs';
import { bounded, median, seconds, table, twoDecimals } from './tools/table.mjs';

/** Goals: times the bare calls; times as long a container at 16 replicas as at 3; seconds for down at 16. */
const MOST_TIMES_BARE = 1.3;
const MOST_TIMES_SMALL = 2;
const MOST_DOWN_S = 3;
const SIZES = [3, 16];
const ASK_AGAIN_MS = 20;
const LONGEST_MS = 60_000;

const { values: options } = readArguments({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Array.from({ length: Number(options.rounds) }, (_, index) => index + 1);
const docker = new Docker();

const results = await withImages({ sample: SAMPLE }, async ({ sample }) => {
  const sizes = [];
  for (const replicas of SIZES) sizes.push(await measured(sample, replicas));
  return sizes;
});
console.log(resultTable(results));
console.log(`\n${sentences(results).join('\n')}`);

async function measured(app, replicas) {
  const [bare, action] = [[], []];
  for (const round of rounds) {
    console.error(`${replicas} replicas, round ${round}`);
    bare.push(await bareCluster(app, replicas));
    action.push(await actionCluster(app, replicas));
  }
  const middle = (runs, what) => median(runs.map((run) => run[what]));
  const both = (runs) => ({ up: middle(runs, 'up'), calls: middle(runs, 'calls'), down: middle(runs, 'down') });
  return { replicas, bare: both(bare), action: both(action) };
}

/** Seconds: `calls` alone, `up` with the first answer of all, `down`. */
async function bareCluster(app, replicas) {
  const cluster = { name: `lb-cluster-bench-${process.pid}` };
  try {
    const started = performance.now();
    const calls = await up(docker, cluster, { app, nginx: machineImages().nginx, replicas });
    await allAnswer(cluster.containers);
    const answered = performance.now();
    await down(cluster);
    const ended = performance.now();
    return { calls: calls / 1000, up: (answered - started) / 1000, down: (ended - answered) / 1000 };
  } catch (error) {
    await down(cluster);
    throw error;
  }
}

async function allAnswer(containers) {
  const urls = await Promise.all(
    containers.map(async (container) => {
      const { NetworkSettings: network } = await container.inspect();
      const port = network.Ports['80/tcp']?.[0].HostPort;
      if (port !== undefined) return `http://127.0.0.1:${port}/`;
      return `http://${Object.values(network.Networks)[0].IPAddress}:5000/healthz`;
    }),
  );
  await Promise.all(urls.map(answers));
}

async function answers(url) {
  const latest = performance.now() + LONGEST_MS;
  while (!(await answersNow(url))) {
    if (performance.now() > latest) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

function answersNow(url) {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 1_000 }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/** The same of the compiled action, as its own log and report have it. */
async function actionCluster(image, replicas) {
  const inputs = { image, replicas, checks: 'rotation', rate: 20 };
  const { report, lines } = await measureAction(inputs, { watch: false });
  const [, networks, containers] = lines
    .map(({ text }) => /cluster up at .*\(networks (\d+), containers (\d+)/.exec(text))
    .find((found) => found !== null) ?? [null, NaN, NaN];
  const down = lines.map(({ text }) => /cluster down in (\d+) ms/.exec(text)?.[1]).find((ms) => ms !== undefined);
  const timings = report?.timings ?? {};
  if (timings['calm.up'] === undefined) throw new Error(`no cluster: ${lines.map(({ text }) => text).join('\n')}`);
  return {
    calls: (Number(networks) + Number(containers)) / 1000,
    up: timings['calm.up'] / 1000,
    down: Number(down) / 1000,
  };
}

function resultTable(sizes) {
  const head = ['replicas', 'what', 'API calls', 'up, all answer', 'a container', 'down'];
  const row = (replicas, what, { calls, up, down }) => [
    ...[replicas, what, seconds(calls), seconds(up), `${twoDecimals(up / (replicas + 1))} s`, seconds(down)],
  ];
  const rows = sizes.flatMap(({ replicas, bare, action }) => [
    row(replicas, 'bare calls', bare),
    row(replicas, 'the action', action),
  ]);
  return table(head, rows);
}

function sentences(sizes) {
  const each = sizes.map(({ replicas, bare, action }) => {
    const figure = bounded(action.up / bare.up, MOST_TIMES_BARE, twoDecimals);
    const calls = twoDecimals(action.calls / bare.calls);
    return `- Up with ${replicas} replicas, times the bare calls: ${figure}; without waiting for answers: ${calls}`;
  });
  const perContainer = ({ replicas, action }) => action.up / (replicas + 1);
  const large = sizes.at(-1);
  const growth = perContainer(large) / perContainer(sizes[0]);
  return [
    ...each,
    `- A container of ${large.replicas} replicas, times one of ${sizes[0].replicas}: ${bounded(growth, MOST_TIMES_SMALL, twoDecimals)}`,
    `- Down with ${large.replicas} replicas: ${bounded(large.action.down, MOST_DOWN_S, seconds)}`,
  ];
}
