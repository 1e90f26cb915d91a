import { describe, expect, test } from '@jest/globals';
import { healthCheckProbes } from '../../../src/checks/hardening/health-check';
import type { Probe } from '../../../src/checks/evidence';
import type { ExecResult } from '../../../src/cluster/engine';
import { EngineError } from '../../../src/cluster/engine';

const REPLICA = { hostname: 'app1', address: '127.0.0.1', port: 5000, containerId: 'c1' };
const WELL: ExecResult = { exitCode: 0, stdout: '', stderr: '' };
const ILL: ExecResult = { exitCode: 127, stdout: '', stderr: 'a hint\n/bin/sh: curl: not found\n' };

interface Asked {
  readonly probe: Probe | undefined;
  readonly commands: readonly (readonly string[])[];
}

/** What is asked of one replica whose command ends like this, one time after the other; `hangs`: it does not end. */
async function asked(
  results: readonly (ExecResult | Error | 'hangs')[],
  argv: readonly string[] | null = ['check', 'me'],
  signal = new AbortController().signal,
): Promise<Asked> {
  const commands: (readonly string[])[] = [];
  const engine = {
    exec: async (_container: string, words: readonly string[]): Promise<ExecResult> => {
      const result = results[commands.length] ?? WELL;
      commands.push(words);
      if (result === 'hangs') return new Promise(() => undefined);
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const context = { engine, clock: { now: () => 0, sleep: () => Promise.resolve() }, signal };
  const probes = await healthCheckProbes(REPLICA, argv, context as unknown as Parameters<typeof healthCheckProbes>[2]);
  return { probe: probes[0], commands };
}

describe('the image’s own health check', () => {
  test('is run as it stands, and believed the first time', async () => {
    const { probe, commands } = await asked([WELL]);
    expect(probe).toMatchObject({ id: 'health-check', subject: 'app1', holds: true });
    expect(commands).toEqual([['check', 'me']]);
  });

  test('that fails each time is a finding, with its last words', async () => {
    const { probe, commands } = await asked([ILL, ILL, ILL]);
    expect(probe).toMatchObject({
      holds: false,
      seen: 'it ended with exit code 127, 3 times: /bin/sh: curl: not found',
    });
    expect(commands).toHaveLength(3);
  });

  test('that fails now and then is none', async () => {
    const { probe } = await asked([ILL, ILL, WELL]);
    expect(probe?.holds).toBe(true);
  });

  test.each<[what: string, result: Error | 'hangs', seen: string]>([
    ['does not end', 'hangs', 'no end of it within 30 s'],
    ['cannot be run', new EngineError('other', 'no such program'), 'no such program'],
  ])('that %s proves nothing', async (_what, result, seen) => {
    const { probe } = await asked([result]);
    expect(probe).toMatchObject({ holds: null, seen });
  });

  test('is not asked for where the image has none', async () => {
    await expect(asked([], null)).resolves.toEqual({ probe: undefined, commands: [] });
  });

  test('ends with the run', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(asked([new Error('gone')], ['check'], signal)).rejects.toThrow('cancelled');
  });
});
