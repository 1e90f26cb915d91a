import { describe, expect, jest, test } from '@jest/globals';
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

describe('who does not end on SIGTERM', () => {
  interface Row {
    readonly what: string;
    readonly handlers: { readonly catchesSigterm: boolean; readonly catchesSigint: boolean };
    /** Whether SIGINT ends it. */
    readonly ends: boolean;
    readonly stopSignal?: string;
    readonly says: string | undefined;
    readonly asked: number;
  }
  const python = { catchesSigterm: false, catchesSigint: true };
  test.each<Row>([
    { what: 'ends on Ctrl+C', handlers: python, ends: true, says: 'with exit code 130', asked: 1 },
    {
      what: 'has a handler of no use, and ends on Ctrl+C',
      handlers: { catchesSigterm: true, catchesSigint: true },
      ends: true,
      says: 'with exit code 130',
      asked: 1,
    },
    { what: 'ends on neither', handlers: python, ends: false, says: undefined, asked: 1 },
    {
      what: 'has no handler at all',
      handlers: { catchesSigterm: false, catchesSigint: false },
      ends: true,
      says: undefined,
      asked: 0,
    },
    {
      what: 'is told by another signal',
      handlers: python,
      ends: true,
      stopSignal: 'SIGQUIT',
      says: undefined,
      asked: 0,
    },
  ])('$what', async ({ handlers, ends, stopSignal, says, asked }) => {
    const stage = await setStage({ exitCode: 137 });
    if (!ends) stage.engine.killContainer = () => Promise.resolve();
    const kill = jest.spyOn(stage.engine, 'killContainer');
    const facts = { ...handlers, name: 'python3', argv: [], uids: [1], capabilities: 0n, noNewPrivileges: true };
    const [one, another] = stage.context.cluster.replicas.map((replica) => ({
      replica,
      hostname: replica.hostname,
      sight: {
        visible: true,
        facts: { processes: [facts], mounts: [], limits: { cpus: null, memoryBytes: null, pids: null } },
      } as const,
    }));
    if (one === undefined || another === undefined) throw new Error('a cluster without replicas');
    const image = { entrypoint: [], cmd: [], stopSignal: stopSignal ?? null };
    const probe = await stopProbe(one, another, image, stage.context);
    await stage.close();
    expect(probe.holds).toBe(false);
    expect(kill.mock.calls.map(([, signal]) => signal)).toEqual(Array.from({ length: asked }, () => 'SIGINT'));
    expect(probe.start?.onSigint?.replace(/[\d.]+ s/, 'a moment')).toBe(
      says === undefined ? undefined : `app2 ended a moment after SIGINT ${says}`,
    );
  });
});
