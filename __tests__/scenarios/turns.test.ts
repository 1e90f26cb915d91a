import { describe, expect, test } from '@jest/globals';
import { inTurn, type Turn } from '../../src/scenarios/turns';

/** Turns that end, or fall quiet, when they are told to, and what has happened so far. */
function stage(): {
  readonly turn: (name: string, beginsWhenQuiet?: boolean) => Turn<string>;
  readonly events: readonly string[];
  readonly end: (name: string) => Promise<void>;
  readonly fail: (name: string) => Promise<void>;
  readonly fallQuiet: (name: string) => Promise<void>;
} {
  const events: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const quiets = new Map<string, () => void>();
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    events,
    turn: (name, beginsWhenQuiet = false) => ({
      beginsWhenQuiet,
      run: (onQuiet) => {
        events.push(`${name} begins`);
        const end = Promise.withResolvers<string>();
        ends.set(name, end);
        quiets.set(name, onQuiet);
        return end.promise;
      },
    }),
    end: async (name) => {
      await settled();
      events.push(`${name} ends`);
      ends.get(name)?.resolve(name);
      await settled();
    },
    fail: async (name) => {
      await settled();
      events.push(`${name} fails`);
      ends.get(name)?.reject(new Error(`${name} failed`));
      await settled();
    },
    fallQuiet: async (name) => {
      await settled();
      events.push(`${name} is quiet`);
      quiets.get(name)?.();
      await settled();
    },
  };
}

describe('turns', () => {
  test('one after the other, and what each came to in their order', async () => {
    const { turn, events, end, fallQuiet } = stage();
    const all = inTurn([turn('first'), turn('second')]);
    await fallQuiet('first');
    await end('first');
    await end('second');
    expect(await all).toEqual(['first', 'second']);
    expect(events).toEqual(['first begins', 'first is quiet', 'first ends', 'second begins', 'second ends']);
  });

  test('one that may begins beside the wait of the one before it, and the next one waits for both', async () => {
    const { turn, events, end, fallQuiet } = stage();
    const all = inTurn([turn('first'), turn('second', true), turn('third')]);
    await fallQuiet('first');
    await end('second');
    expect(events).toEqual(['first begins', 'first is quiet', 'second begins', 'second ends']);
    await end('first');
    await end('third');
    expect(await all).toEqual(['first', 'second', 'third']);
  });

  test('one that never says that it only waits is over first', async () => {
    const { turn, events, end } = stage();
    const all = inTurn([turn('first'), turn('second', true)]);
    await end('first');
    await end('second');
    expect(await all).toEqual(['first', 'second']);
    expect(events).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  test('nothing begins after a failure, and the failure is thrown', async () => {
    const { turn, events, fail } = stage();
    const all = inTurn([turn('first'), turn('second', true), turn('third')]).catch(String);
    await fail('first');
    expect(await all).toBe('Error: first failed');
    expect(events).toEqual(['first begins', 'first fails']);
  });

  test('a failure beside a wait is thrown before the wait is over', async () => {
    const { turn, events, fail, fallQuiet } = stage();
    const all = inTurn([turn('first'), turn('second', true), turn('third')]).catch(String);
    await fallQuiet('first');
    await fail('second');
    expect(await all).toBe('Error: second failed');
    // That of the wait, which the first failure ends, is nobody's surprise.
    await fail('first');
    expect(events).toEqual(['first begins', 'first is quiet', 'second begins', 'second fails', 'first fails']);
  });

  test('none: nothing', async () => {
    expect(await inTurn([])).toEqual([]);
  });
});
