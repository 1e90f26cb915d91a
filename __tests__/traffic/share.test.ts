import { describe, expect, test } from '@jest/globals';
import { allRecoveredAt } from '../../src/traffic/share';
import { REPLICAS, START, steady } from '../support/evidence';

const ALL = ['app1', 'app2', 'app3'];

describe('all replicas serve their usual share again', () => {
  test('where all served before, and all do', () => {
    expect(allRecoveredAt(ALL, steady(0, 90), steady(2_000, 90), REPLICAS, START + 2_000)).not.toBeNull();
  });

  test('not while one that served before is missing', () => {
    expect(allRecoveredAt(ALL, steady(0, 90), steady(2_000, 90, ['app1', 'app2']), REPLICAS, START + 2_000)).toBeNull();
  });

  test('one that served nothing before has nothing to come back to', () => {
    const one = ['app2'];
    expect(allRecoveredAt(ALL, steady(0, 90, one), steady(2_000, 90, one), REPLICAS, START + 2_000)).not.toBeNull();
  });

  test('where nobody served before, everybody has to', () => {
    expect(allRecoveredAt(ALL, [], steady(2_000, 90, ['app2']), REPLICAS, START + 2_000)).toBeNull();
  });
});
