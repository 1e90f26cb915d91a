import { createServer } from 'node:net';
import { describe, test } from '@jest/globals';
import { createDockerEngine } from '../../src/cluster/docker-engine';
import type { Bench } from './bench';
import { createBench } from './bench';
import { engineContract, expectHolds } from './engine';
import { kernelCases } from './kernel';

/** Names an image that is on the machine and holds a shell, coreutils and python3. */
const image = process.env['LBCA_BASE_IMAGE'] ?? '';
const engine = createDockerEngine();

/** Why the contract cannot be checked here; null: it can. */
async function obstacle(): Promise<string | null> {
  if (image === '') return 'LBCA_BASE_IMAGE names no image';
  try {
    return (await engine.findImage(image)) === null ? `${image} is not on this machine` : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function holdPort(): Promise<{ port: number; release: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  return { port, release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function dockerBench(): Bench {
  return createBench(engine, image, `${process.pid}-${Date.now().toString(36)}`, holdPort);
}

const reason = await obstacle();
const title = `the Docker Engine keeps the contract${reason === null ? '' : ` (skipped: ${reason})`}`;
if (reason !== null) process.stdout.write(`${title}\n`);
const onRealEngine = reason === null ? describe : describe.skip;

const CASE_TIMEOUT_MS = 60_000;

onRealEngine(title, () => {
  test.each(Object.entries({ ...engineContract, ...kernelCases }))(
    '%s',
    async (_, statement) => {
      await expectHolds(statement, dockerBench());
    },
    CASE_TIMEOUT_MS,
  );
});
