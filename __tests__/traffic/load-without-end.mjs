// Sends for as long as it lives, to a port of 127.0.0.1.
import './source-imports.mjs';

const { createLoads } = await import('../../src/traffic/load.ts');

const order = {
  rate: 50,
  mix: { getFresh: 1, getKept: 0, postFresh: 0, postKept: 0 },
  path: '/',
  seed: 1,
  idPrefix: 'run',
};
const target = {
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  authority: 'users.test',
  headers: [],
  idHeader: 'X-Test-Id',
};
const nothing = () => undefined;
await createLoads(new URL('load-process-source.mjs', import.meta.url)).start(
  { order, target, patienceMs: 1_000 },
  { onRecords: nothing, onError: nothing },
);
setInterval(nothing, 1_000);
