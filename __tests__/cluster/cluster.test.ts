import { expect, test } from '@jest/globals';
import { systemClock } from '../../src/clock';
import { clusterUp } from '../../src/cluster/cluster';
import type { ClusterPlan } from '../../src/cluster/cluster-types';
import { EngineError } from '../../src/cluster/engine';
import { MemoryEngine } from '../support/memory-engine';
import { PLAIN } from '../../src/cluster/client-headers';

const PLAN: ClusterPlan = {
  ...{ ownership: { run: 'r', owner: 'o', kept: false }, hostnames: ['app1', 'app2'], appImage: 'app', appPort: 5_000 },
  ...{
    appEnv: {},
    limits: { cpus: 0.5, memoryBytes: 2 ** 28, pids: 128 },
    hardened: true,
    healthPath: '/',
    probePath: '/',
  },
  ...{
    ...PLAIN,
    ...{ otherHosts: [], strangers: [] },
    startupTimeoutMs: 1_000,
    nginxImage: 'nginx',
    nginxFiles: [],
    nginxCommand: ['nginx'],
    nginxWithoutEntrypoint: false,
    nginxPort: 80,
  },
};

/** Whose connecting takes a while. */
class UnhurriedEngine extends MemoryEngine {
  connected = false;

  override async connectNetwork(...order: Parameters<MemoryEngine['connectNetwork']>): Promise<void> {
    await systemClock.sleep(50);
    await super.connectNetwork(...order);
    this.connected = true;
  }
}

test('a cluster that does not come up has nothing under way any more', async () => {
  const engine = new UnhurriedEngine({ images: { app: {}, nginx: {} } });
  engine.failNext('startContainer', new EngineError('other', 'Cannot start container: no space'));
  const tools = { engine, clock: systemClock, signal: new AbortController().signal, log: () => undefined };
  await expect(clusterUp(PLAN, 'crash', 0, 0, tools)).rejects.toThrow('no space');
  expect(engine.connected).toBe(true);
});
