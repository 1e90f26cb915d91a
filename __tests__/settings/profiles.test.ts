import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { printGate } from '../../src/settings/gate-language';
import { METRICS } from '../../src/settings/metrics';
import { parseSettings } from '../../src/settings/parse';
import { profileGates } from '../../src/settings/profiles';
import { CHECK_NAMES, FAULT_NAMES, PROFILE_NAMES, type ProfileName } from '../../src/settings/settings';

function gatesOf(raw: Readonly<Record<string, string>>): readonly string[] {
  const outcome = parseSettings(raw);
  return outcome.ok ? outcome.settings.gates.map(printGate) : outcome.problems.map((problem) => problem.message);
}

const STANDARD = [
  'baseline.errors == 0',
  'rotation.coverage == 100%',
  'rotation.excess == 0',
  'rotation.sessions == 0',
  'rotation.closed == 0 warn',
  'rotation.held == 0 warn',
  'rotation.cut == 0 warn',
  'failover.errors == 0',
  'failover.unsafe-errors == 0',
  'failover.duplicates == 0',
  'failover.stall < 6s',
  'failover.recover < 15s',
  'failover.alone == 0 warn',
  'failover.listens-early == 0 warn',
  'rollout.errors == 0',
  'rollout.unsafe-errors == 0',
  'rollout.stall < 6s',
  'rollout.updated == 100%',
  'rollout.killed == 0 warn',
  'rollout.changed == 0 warn',
  'rollout.slower < 500ms warn',
  'isolation.leaks == 0',
  'hardening.findings == 0',
  'hardening.secret-files == 0 warn',
  'limits.findings == 0',
  'load.lag <= 50ms',
];

const STRICT: Readonly<Record<string, string>> = {
  'failover.recover < 15s': 'failover.recover < 10s',
  'rollout.stall < 6s': 'rollout.stall < 2s',
  'rollout.killed == 0 warn': 'rollout.killed == 0',
  'hardening.secret-files == 0 warn': 'hardening.secret-files == 0',
  'failover.listens-early == 0 warn': 'failover.listens-early == 0',
};

describe('a profile', () => {
  test.each<[profile: ProfileName, gates: readonly string[]]>([
    ['standard', STANDARD],
    ['strict', STANDARD.map((line) => STRICT[line] ?? line)],
    ['observe', STANDARD.map((line) => (line.endsWith(' warn') ? line : `${line} warn`))],
  ])('%s', (profile, gates) => {
    expect(profileGates(profile, CHECK_NAMES).map(printGate)).toEqual(gates);
  });

  test('strict: the README names what it demands beyond standard, and no more', () => {
    const row = /^\| `strict` +\|.*$/m.exec(readFileSync('README.md', 'utf8'))?.[0] ?? '';
    const named = [...row.matchAll(/`([^`]+)`/g)].flatMap(([, words = '']) => (words === 'strict' ? [] : [words]));
    expect(named.toSorted()).toEqual(Object.values(STRICT).toSorted());
  });

  test.each(PROFILE_NAMES)('%s: its gates are on no line of the input', (profile) => {
    expect(new Set(profileGates(profile, CHECK_NAMES).map((gate) => gate.line))).toEqual(new Set([null]));
  });

  test('has gates only on what the checks measure', () => {
    expect(gatesOf({ checks: 'rotation' })).toEqual([
      'baseline.errors == 0',
      'rotation.coverage == 100%',
      'rotation.excess == 0',
      'rotation.sessions == 0',
      'rotation.closed == 0 warn',
      'rotation.held == 0 warn',
      'rotation.cut == 0 warn',
      'load.lag <= 50ms',
    ]);
  });
});

describe("the user's gates", () => {
  test("replace the profile's on the same metric, and follow it on others", () => {
    const gates = 'failover.crash.stall < 3s\nload.lag < 80ms\nfailover.stall < 10s warn';
    expect(gatesOf({ gates })).toEqual([
      ...STANDARD.map((line) =>
        line.replace('failover.stall < 6s', 'failover.stall < 10s warn').replace('load.lag <= 50ms', 'load.lag < 80ms'),
      ),
      'failover.crash.stall < 3s',
    ]);
  });

  test('keep their lines', () => {
    const outcome = parseSettings({ gates: '\nload.lag < 80ms' });
    const lines = outcome.ok ? outcome.settings.gates.map(({ metric, line }) => [metric, line]) : [];
    expect(lines).toContainEqual(['load.lag', 2]);
    expect(lines).toContainEqual(['failover.stall', null]);
  });
});

describe('the metrics', () => {
  test('have names of their own', () => {
    const names = METRICS.map((metric) => metric.name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(FAULT_NAMES)('exist under %s alone as they do for all faults, without a bound', (fault) => {
    const all = METRICS.filter((metric) => metric.check === 'failover' && metric.fault === null).filter(
      ({ name }) => !['failover.alone', 'failover.listens-early'].includes(name),
    );
    const alone = METRICS.filter((metric) => metric.fault === fault);
    expect(all).toHaveLength(7);
    expect(alone.map(({ name, unit }) => [name, unit])).toEqual(
      all.map(({ name, unit }) => [name.replace('failover.', `failover.${fault}.`), unit]),
    );
    expect(alone.filter((metric) => metric.standard !== null)).toEqual([]);
  });
});
