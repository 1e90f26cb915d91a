/**
 * One run of the project's own load engine in a process of its own, which tells as JSON what came of it. It keeps no record:
 * what it counts, it counts as the records come, in histograms.
 *
 *   node engine.mjs '{"port":8080,"rate":2000,"seconds":20,"mix":{...}}'
 */
import { readFileSync } from 'node:fs';
import { createHistogram } from 'node:perf_hooks';
import '../../scripts/typescript.mjs';
import { processNow } from '../tools/proc.mjs';

const { createLoads } = await import('../../src/traffic/load.ts');

const { port, rate, mix, seconds, noteMs = 1e9, patienceMs = 20_000 } = JSON.parse(process.argv[2]);
/** In microseconds. From when it was due, and from when it left: most tools tell the second. */
const histograms = { sinceDue: createHistogram(), sinceSent: createHistogram() };
const outcomes = {};

const add = (histogram, ms) => histogram.record(Math.max(1, Math.round(ms * 1000)));
const onRecords = (records) => {
  for (const { scheduledAt, sentAt, doneAt, outcome } of records) {
    const name = outcome.status ?? (outcome.code === undefined ? outcome.kind : `${outcome.kind} ${outcome.code}`);
    outcomes[name] = (outcomes[name] ?? 0) + 1;
    add(histograms.sinceDue, doneAt - scheduledAt);
    add(histograms.sinceSent, doneAt - sentAt);
  }
};

/** The load process, which is this one's only child (Linux only). */
function loadProcess() {
  try {
    return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')[0] || null;
  } catch {
    return null;
  }
}

/** Processor time of the load process so far, in milliseconds. */
function sendingMs() {
  const pid = loadProcess();
  return pid === null ? null : processNow(pid).cpuSeconds * 1000;
}

const percentiles = (histogram) =>
  Object.fromEntries([50, 90, 99, 99.9, 100].map((part) => [`p${part}`, histogram.percentile(part) / 1000]));

const loads = createLoads(new URL('../../dist/load/index.js', import.meta.url));
const load = await loads.start(
  {
    order: { rate, mix, path: '/', seed: 7, idPrefix: 'bench' },
    target: { host: '127.0.0.1', port, authority: `127.0.0.1:${port}`, headers: [], idHeader: 'X-Request-Id' },
    patienceMs,
  },
  {
    onRecords,
    onError: (error) => console.error(error),
  },
);
/** Memory of both processes, in MiB, as time goes by. */
const memory = [];
const begun = performance.now();
const note = () => {
  const { rss, heapUsed } = process.memoryUsage();
  const sending = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${loadProcess()}/status`, 'utf8'))?.[1] ?? 0;
  const mib = (bytes) => Math.round((bytes / 1024 / 1024) * 10) / 10;
  memory.push({
    seconds: Math.round((performance.now() - begun) / 1000),
    rssMiB: mib(rss + sending * 1024),
    heapMiB: mib(heapUsed),
  });
  if (noteMs < seconds * 1000) console.error(JSON.stringify(memory.at(-1)));
};
const noting = setInterval(note, noteMs);
await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const cpuOfSending = sendingMs();
load.stop();
const summary = await load.settled();
clearInterval(noting);
await loads.end();
console.log(
  JSON.stringify({
    summary,
    outcomes,
    sendingMs: cpuOfSending,
    sinceDue: percentiles(histograms.sinceDue),
    sinceSent: percentiles(histograms.sinceSent),
    memory,
  }),
);
