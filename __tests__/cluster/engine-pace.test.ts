import { describe, expect, test } from '@jest/globals';
import type { Engine } from '../../src/cluster/engine';
import { paced } from '../../src/cluster/engine-pace';
import { MemoryEngine } from '../support/memory-engine';
import { settle } from '../traffic/manual-clock';

describe('an engine that is not asked for too much at once', () => {
  test('removes eight containers at a time, and all of them in the end', async () => {
    const ends: (() => void)[] = [];
    const removed: string[] = [];
    const slow: Engine = Object.assign(new MemoryEngine(), {
      removeContainer: (id: string) =>
        new Promise<void>((resolve) => {
          removed.push(id);
          ends.push(resolve);
        }),
    });
    const engine = paced(slow);
    const all = Promise.all(Array.from({ length: 20 }, (_, index) => engine.removeContainer(String(index))));
    await settle();
    expect(removed).toHaveLength(8);
    while (ends.length > 0) {
      ends.splice(0).forEach((end) => end());
      await settle();
    }
    await all;
    expect(removed).toHaveLength(20);
  });
});
