import { describe, expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../src/checks/evidence';
import { htmlReport } from '../../src/report/html/document';
import { markdownSections } from '../../src/report/markdown';
import type { Report } from '../../src/report/schema';
import { advice } from '../../src/report/undecided';
import type { Sample } from '../../src/traffic/sample';
import { calmCrash, crashEvidence, FAULT, rotationEvidence, sample, steady } from '../support/evidence';
import { reportOf } from './reports';

const WHY = 'this engine cannot pause';

function notRun(samples: readonly Sample[], why: string): ScenarioEvidence {
  const at = FAULT.injectedAt;
  const never = { effectiveAt: at, healStartedAt: at, healedAt: null, proof: { took: false, seen: 'unharmed' } };
  return crashEvidence(samples, { fault: { ...FAULT, ...never, notRun: why } });
}

function pagesOf(report: Report): readonly string[] {
  const asset = { text: '', hash: 'sha256-x' };
  const page = htmlReport(report, [], { script: asset, style: asset }, { runUrl: null });
  return [markdownSections(report, { runUrl: null, commit: null }).join('\n'), page.replaceAll(/\s+/g, ' ')];
}

describe('a fault that was not run', () => {
  const report = reportOf('good-server', [rotationEvidence(steady(0, 300)), notRun(calmCrash(), WHY)]);

  test.each(pagesOf(report).map((text, index) => ({ form: ['Markdown', 'HTML'][index], text })))(
    'is told to have broken nothing, and nothing to have been mended: $form',
    ({ text }) => {
      expect(text).toMatch(/Crash was not run(\*\*|<\/strong>): this engine cannot pause\./);
      expect(text).toContain('Crash, not run');
      expect(text).not.toMatch(/Crash of app2|it was mended|mended from|mending of|not ready again|app2 is broken/);
    },
  );

  test('can be left out', () => {
    expect(advice(report)[0]).toMatch(/^Leave out of the input `faults` .*`crash`/);
  });

  test('is not to blame where all requests failed from the start', () => {
    const lost = Array.from({ length: 40 }, (_, index) =>
      sample({ at: index * 10, attempts: [], outcome: { kind: 'answered', status: 403 } }),
    );
    const all = reportOf('good-server', [rotationEvidence(lost), notRun(lost, 'no replica answered')]);
    expect(advice(all).join(' ')).not.toContain('Leave out');
  });
});

test('limits are not praised where requests failed with nothing broken', () => {
  const probes = ['cpu-limit', 'memory-limit', 'pids-limit'].map((id) => ({
    ...{ id, subject: 'app1', claim: 'it is limited', holds: true, seen: 'so it is' },
  }));
  const lost = sample({ at: 10, attempts: [], outcome: { kind: 'answered', status: 502 } });
  const limits = (samples: readonly Sample[]): ScenarioEvidence => ({
    ...rotationEvidence(samples),
    ...{ name: 'limits', check: 'limits', probes },
  });
  const praised = (samples: readonly Sample[]): boolean => {
    const gates = (['baseline.errors', 'limits.findings'] as const).map((metric) => ({
      ...({ metric, operator: '==', allowed: 0, unit: 'count', severity: 'fail', line: null } as const),
    }));
    return (pagesOf(reportOf('good-server', [limits(samples)], gates))[0] ?? '').includes('limits hold');
  };
  expect(praised(steady(0, 300))).toBe(true);
  expect(praised([...steady(0, 300), lost])).toBe(false);
});
