import { describe, expect, test } from '@jest/globals';
import { diagnosesInOrder, diagnosisSection } from '../../src/report/diagnosis-section';
import { diagnosesSection } from '../../src/report/html/diagnoses-section';
import { gateSamples, gateWords } from '../../src/report/gate-table';
import type { Report, ReportDiagnosis, ReportScenario } from '../../src/report/schema';
import { erroneous, failing, gate, passing } from './reports';

const one = (changes: Partial<ReportDiagnosis> = {}): ReportDiagnosis => ({
  ...{ id: 'nginx-refuses', gates: [], cause: 'NGINX does not accept this line.', evidence: 'unknown directive' },
  ...{ file: 'nginx.conf', line: 18, fix: 'Put it right.', diff: null },
  ...changes,
});

describe('a diagnosis', () => {
  test('that has a diff says what to change in that line; another what to do about it', () => {
    const report = failing();
    expect(diagnosisSection(one({ diff: '@@ -1 +1 @@\n-a\n+b\n' }), report)).toContain(
      '**What to change** in `nginx.conf:18`: Put it right.\n\n```diff\n',
    );
    expect(diagnosisSection(one(), report)).toContain('**What to do** (`nginx.conf:18`): Put it right.');
    expect(diagnosisSection(one({ file: null, line: null }), report)).toContain('**What to do**: Put it right.');
  });

  test('of an error does not say again what the message says', () => {
    const report = erroneous('NGINX does not accept nginx.conf. Put it right. NGINX says:', ['unknown directive "x"']);
    expect(diagnosisSection(one(), report)).toBe('NGINX does not accept this line.\n\n**Where**: `nginx.conf:18`');
    expect(diagnosisSection(one({ fix: 'Change it.' }), report)).toBe(
      'NGINX does not accept this line.\n\n**What to do** (`nginx.conf:18`): Change it.',
    );
    const told = one({ cause: 'NGINX does not accept nginx.conf.', evidence: 'So it says.', fix: 'Change this line.' });
    expect(diagnosisSection(told, report)).toBe('**Where**: `nginx.conf:18`');
    expect(diagnosisSection({ ...told, file: null, line: null }, report)).toBe('');
    const page = (diagnosis: ReportDiagnosis): string => diagnosesSection({ ...report, diagnoses: [diagnosis] }).text;
    expect(page(told)).toContain('<strong>Where</strong');
    expect(page({ ...told, file: null, line: null })).not.toContain('Where');
  });

  test('of what fails comes before one of what only warns', () => {
    const report: Report = {
      ...failing(),
      gates: [
        gate({ metric: 'failover.alone', outcome: 'warn' }),
        gate({ metric: 'failover.errors', outcome: 'fail' }),
      ],
      diagnoses: [one({ id: 'warned', gates: ['failover.alone'] }), one({ id: 'failed', gates: ['failover.errors'] })],
    };
    expect(diagnosesInOrder(report).map(({ id }) => id)).toEqual(['failed', 'warned']);
  });
});

describe('what a gate’s number is made of', () => {
  const findings = gate({
    ...{ metric: 'hardening.findings', scenario: 'hardening', unit: 'count', observed: 1, outcome: 'fail' },
    reason: 'app1: it runs as root',
  });

  test('stands beside it', () => {
    expect(gateWords(findings, passing())).toBe('hardening: rules that are not kept (app1: it runs as root)');
  });

  test('is not said again where a diagnosis says it, or the reason why nothing is proven', () => {
    const diagnosis = one({ gates: ['hardening.findings'], evidence: 'app1: it runs as root.' });
    expect(gateWords(findings, { ...passing(), diagnoses: [diagnosis] })).toBe('hardening: rules that are not kept');
    const open = gate({ outcome: 'inconclusive', reason: 'nobody asked it again' });
    expect(gateWords(open, passing())).toBe('crash: longest wait');
  });

  test('is not told of one fault where several meet a gate with nothing at all, whose samples count together', () => {
    const errors = gate({
      ...{ metric: 'failover.errors', unit: 'count', operator: '==', allowed: 0, observed: 0, samples: 100 },
      reason: '2 slow requests in flight when it struck',
    });
    const [base] = passing().scenarios;
    if (base === undefined) throw new Error('no scenario');
    const scenarios: ReportScenario[] = ['crash', 'stop', 'freeze'].map((fault) => ({
      ...base,
      ...{ name: `failover.${fault}`, gates: [errors] },
    }));
    const report = { ...passing(), scenarios };
    expect(gateWords(errors, report)).toBe('all 3 faults: failed GET requests');
    expect(gateSamples(errors, report)).toBe(300);
    expect(gateSamples({ ...errors, observed: 3, outcome: 'fail' }, report)).toBe(100);
  });
});
