import { describe, expect, test } from '@jest/globals';
import { rolloutSections } from '../../src/report/rollout-table';
import type { ReportRollout } from '../../src/report/schema';
import { passExample } from './examples';
import { plainSpaces } from './reports';

function rollout(changes: Partial<ReportRollout> = {}): ReportRollout {
  const found = passExample().scenarios.find(({ name }) => name === 'rollout')?.rollout;
  if (found == null) throw new Error('an example without a rolling update');
  return { ...found, ...changes };
}

function text(changes: Partial<ReportRollout> = {}): string {
  return plainSpaces(rolloutSections(rollout(changes)).join('\n\n'));
}

describe('a rolling update', () => {
  test('says what replaced what, and when', () => {
    expect(text()).toContain(
      '`shop:pr-482` in place of `shop:main` (input `baseline-image`), one replica at a time, from 2.5 s to 7.3 s: 3 of 3 replicas',
    );
    expect(text({ to: 'shop:main', promisedBy: null })).toContain('`shop:main` once more, one replica at a time');
  });

  test('has a row for each replica, from being spared to being back', () => {
    expect(text()).toContain(
      '| app2 | yes | 0 | 4.1 s | 4.7 s, 330 ms after it was told (exit code 0) | 5.4 s | 5.6 s | 1.8.2 → 1.9.0 |',
    );
  });

  test('says who was killed, who was never spared, and what never happened', () => {
    const steps = rollout().steps.map((step) => ({
      ...step,
      ...{ undrained: 'its line is in no file', exitCode: 137, readyAt: null, backAt: null, rolledBackAt: 9_000 },
    }));
    expect(text({ steps })).toContain(
      '| app1 | its line is in no file | 0 | 2.5 s | 3.1 s, 330 ms after it was told (**killed**) |  | rolled back at 9 s |',
    );
    expect(text({ steps })).toContain('0 of 3 replicas begun came to serve');
  });

  test('that was stopped says where and why before all rows, with the last words of the replica', () => {
    const failure = {
      ...({
        kind: 'not-ready',
        replica: 'app2',
        why: 'no 2xx within 60 s',
        rollbackProblem: 'no such container',
      } as const),
      details: ['Traceback', 'KeyError: DB'],
    };
    expect(rolloutSections(rollout({ failure })).slice(1, 3)).toEqual([
      '**Stopped at app2**: the new version did not become ready: no 2xx within 60 s. Rolling back failed, too: no such container.',
      '```text\nTraceback\nKeyError: DB\n```',
    ]);
  });
});
