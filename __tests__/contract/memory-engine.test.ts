import { describe, expect, test } from '@jest/globals';
import { EngineError } from '../../src/cluster/engine';
import type { MemoryContainer } from '../support/memory-container';
import { MemoryEngine } from '../support/memory-engine';
import type { MemoryProgram } from '../support/memory-options';
import type { Bench } from './bench';
import { COMMANDS, createBench } from './bench';
import { engineContract, expectHolds } from './engine';

const IMAGE = 'app:1';

const PROGRAMS: Readonly<Record<string, MemoryProgram>> = {
  [COMMANDS.speaksAndEnds.join(' ')]: {
    output: [
      { stream: 'stdout', text: 'one' },
      { stream: 'stderr', text: 'two' },
      { stream: 'stdout', text: 'three' },
    ],
    exitCode: 7,
  },
};

function program({ request: { command } }: MemoryContainer): MemoryProgram {
  return PROGRAMS[command?.join(' ') ?? ''] ?? { output: [], exitCode: null };
}

/** Plays the contract's commands. */
function exec(
  container: MemoryContainer,
  argv: readonly string[],
): { exitCode: number; stdout: string; stderr: string } {
  if (argv[0] === 'cat') return { exitCode: 0, stdout: container.files.get(argv[1] ?? '') ?? '', stderr: '' };
  if (argv[3] !== 'say') return { exitCode: 3, stdout: 'out\n', stderr: 'trouble\n' };
  container.write({ stream: 'stdout', text: argv[4] ?? '' });
  return { exitCode: 0, stdout: '', stderr: '' };
}

function memoryBench(): Bench {
  const takenPorts = new Set<number>();
  const engine = new MemoryEngine({ images: { [IMAGE]: {} }, program, exec, takenPorts });
  return createBench(engine, IMAGE, 'memory', () => {
    takenPorts.add(18_080);
    return Promise.resolve({ port: 18_080, release: () => Promise.resolve(void takenPorts.delete(18_080)) });
  });
}

describe('the engine in memory keeps the contract', () => {
  test.each(Object.entries(engineContract))('%s', async (_, statement) => {
    await expectHolds(statement, memoryBench());
  });
});

describe('the engine in memory can be told to fail', () => {
  test('a scripted fault is thrown once, by that verb alone, and nothing was done', async () => {
    const { engine } = { engine: new MemoryEngine({ images: { [IMAGE]: {} } }) };
    const fault = new EngineError('no-space', 'no space left on device');
    engine.failNext('createNetwork', fault);
    const network = { name: 'fabric', labels: {}, internal: true, subnet: '198.18.0.0/26' };
    await expect(engine.findImage(IMAGE)).resolves.not.toBeNull();
    await expect(engine.createNetwork(network)).rejects.toBe(fault);
    expect(engine.networks.size).toBe(0);
    await expect(engine.createNetwork(network)).resolves.toBe('network-1');
  });

  test('a fault can wait for a later call', async () => {
    const engine = new MemoryEngine();
    const fault = new EngineError('unreachable', 'the engine went away');
    engine.failNext('describe', fault, 1);
    await expect(engine.describe()).resolves.toMatchObject({ os: 'linux' });
    await expect(engine.describe()).rejects.toBe(fault);
    expect(engine.calls.map(({ verb }) => verb)).toEqual(['describe', 'describe']);
  });
});
