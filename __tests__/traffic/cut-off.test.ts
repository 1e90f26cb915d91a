import { describe, expect, test } from '@jest/globals';
import { clientError } from '../../src/traffic/attribution';
import type { Ending } from '../../src/traffic/cut-off';
import { withCutOffs } from '../../src/traffic/cut-off';
import type { Sample } from '../../src/traffic/sample';
import { attempt, REPLICAS, sample, START } from '../support/evidence';

type Changes = Partial<Parameters<typeof sample>[0]> & { readonly replica?: string };

/** An answer of so many bytes that nothing but the end of its connection ended. */
function open(at: number, bytes: number, { replica = 'app1', ...changes }: Changes = {}): Sample {
  const one = sample({ at, waited: 0, attempts: [attempt(replica)], ...changes });
  return one.proxy === null ? one : { ...one, proxy: { ...one.proxy, openEndedBytes: bytes } };
}

const END: Ending = { replica: 'app2', from: START + 2_000, to: START + 9_000 };
const LAST = 2_500;
const cut = (changes: Changes = {}, bytes = 400): Sample => open(LAST, bytes, { replica: 'app2', ...changes });
const whole = (bytes: (index: number) => number = () => 1_000, count = 60): Sample[] =>
  Array.from({ length: count }, (_, index) => open(index * 10, bytes(index), { replica: `app${1 + (index % 3)}` }));

function marked(
  samples: readonly Sample[],
  endings: readonly Ending[] = [END],
): readonly (readonly [string, number])[] {
  return withCutOffs(samples, REPLICAS, endings).flatMap(({ id, wholeBytes }) =>
    wholeBytes === undefined ? [] : [[id, wholeBytes] as const],
  );
}

describe('an answer that a replica’s end cut off', () => {
  test.each([
    { what: 'in the middle', one: cut() },
    { what: 'before its first byte', one: cut({}, 0) },
    { what: 'just before its last', one: cut({}, 999) },
  ])('$what is marked, and an error that its client did not see', ({ one }) => {
    expect(marked([...whole(), one])).toEqual([[one.id, 1_000]]);
    const [last] = withCutOffs([...whole(), one], REPLICAS, [END]).slice(-1);
    expect(last === undefined ? null : clientError(last, REPLICAS)).toBe('cut-off');
    expect(clientError(one, REPLICAS)).toBeNull();
  });

  test('is marked with all others that ended at the same instant', () => {
    const others = [open(LAST - 250, 100, { replica: 'app2' }), open(LAST - 400, 1_000, { replica: 'app2' })];
    expect(marked([...whole(), ...others, cut()])).toHaveLength(2);
  });

  test('is told from those of its own method alone', () => {
    const posts = Array.from({ length: 60 }, (_, index) => open(index * 10, 300, { method: 'POST' }));
    expect(marked([...whole(), ...posts, cut(), cut({ method: 'POST' }, 300)])).toHaveLength(1);
    expect(marked([...posts, cut()])).toEqual([]);
  });

  test('shows where lengths differ by little, if it is shorter by more', () => {
    const nearly = whole((index) => 1_000 + (index % 50));
    expect(marked([...nearly, cut({}, 940)])).toHaveLength(1);
    expect(marked([...nearly, cut({}, 980)])).toEqual([]);
  });

  test('in an update is told from what the old version answered', () => {
    const ofNew = Array.from({ length: 60 }, (_, index) => open(10_000 + index, 200));
    expect(marked([...whole(), ...ofNew, cut()])).toEqual([]);
    expect(marked([...whole(), ...ofNew, cut()], [{ ...END, alikeUntil: START + 2_000 }])).toHaveLength(1);
  });
});

describe('nothing is marked', () => {
  const hurried = whole();
  test.each<{ readonly what: string; readonly samples: readonly Sample[]; readonly endings?: readonly Ending[] }>([
    { what: 'where nothing ended', samples: [...whole(), cut()], endings: [] },
    { what: 'of another replica', samples: [...whole(), cut({ replica: 'app3' })] },
    { what: 'before the end began', samples: [...whole(), cut({ at: 1_900 })] },
    { what: 'once something else may stand in its place', samples: [...whole(), cut({ at: 9_001 })] },
    { what: 'that is as long as others', samples: [...whole(), cut({}, 1_000)] },
    { what: 'that is longer', samples: [...whole(), cut({}, 1_200)] },
    { what: 'where lengths differ much', samples: [...whole((index) => 800 + 10 * (index % 40)), cut()] },
    { what: 'where one other is as short', samples: [...whole(), open(5_000, 400), cut()] },
    { what: 'where few were seen', samples: [...whole(undefined, 29), cut()] },
    { what: 'that says what it does as it ends', samples: [...whole(), cut({ at: 2_100 }), cut()] },
    {
      what: 'that failed in a way that shows',
      samples: [...whole(), cut({ attempts: [attempt('app2', { status: 502 })] })],
    },
    {
      what: 'whose client saw it break off',
      samples: [...whole(), cut({ outcome: { kind: 'transport', code: 'ECONNRESET', reusedConnection: false } })],
    },
    {
      what: 'whose length was told',
      samples: [...hurried, sample({ at: LAST, attempts: [attempt('app2')], bodyBytes: 9 })],
    },
  ])('$what', ({ samples, endings = [END] }) => {
    expect(marked(samples, endings)).toEqual([]);
    expect(withCutOffs(samples, REPLICAS, endings)).toBe(samples);
  });
});
