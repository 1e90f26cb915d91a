import { expect, test } from '@jest/globals';
import { stopProbe } from '../../../src/checks/hardening/ending';
import { setStage } from '../rollout/stage';

test.each([
  { tookMs: 1_240, seen: 'it ended after 1.2 s with exit code 143' },
  // Killed by the engine after ten seconds it would have another exit code.
  { tookMs: 14_600, seen: 'it ended in time with exit code 143' },
])('who ends by itself is not told by how long a busy engine took: $tookMs ms', async ({ tookMs, seen }) => {
  const stage = await setStage();
  const [one, another] = stage.context.cluster.replicas.map((replica) => ({
    replica,
    hostname: replica.hostname,
    sight: { visible: false, why: 'elsewhere' } as const,
  }));
  if (one === undefined || another === undefined) throw new Error('a cluster without replicas');
  const times = [0, tookMs];
  const clock = { ...stage.context.clock, now: () => times.shift() ?? tookMs };
  const probe = await stopProbe(one, another, null, { ...stage.context, clock });
  await stage.close();
  expect(probe).toMatchObject({ id: 'ends-on-sigterm', holds: true, seen });
});
