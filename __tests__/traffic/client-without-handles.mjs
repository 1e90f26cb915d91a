// Sends more requests at one time than this process may have file handles, and prints how many ended how.
import { setTimeout } from 'node:timers';
import './source-imports.mjs';

const { createClient } = await import('../../src/traffic/client.ts');
const { systemClock } = await import('../../src/clock.ts');

const port = Number(process.argv[2]);
const client = createClient({
  host: '127.0.0.1',
  port,
  authority: 'users.test',
  headers: [['User-Agent', 'test']],
  idHeader: 'X-Test-Id',
  patienceMs: 20_000,
  clock: systemClock,
});
const counts = {};
const sending = Array.from({ length: 100 }, async (_, seq) => {
  const request = { id: `run-${seq}`, method: 'GET', connection: 'fresh', path: '/', scheduledAt: systemClock.now() };
  const { kind, code } = (await new Promise((resolve) => client.send(request, resolve))).outcome;
  const name = code === undefined ? kind : `${kind} ${code}`;
  counts[name] = (counts[name] ?? 0) + 1;
});
setTimeout(client.abandon, 200);
await Promise.all(sending);
console.log(JSON.stringify(counts));
