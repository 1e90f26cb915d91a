import { describe, expect, test } from '@jest/globals';
import { compareReports } from '../../src/report/comparison';
import { changeNumbers, comparisonSection } from '../../src/report/comparison-section';
import { readEarlierReport } from '../../src/report/earlier-report';
import type { Report, ReportComparison } from '../../src/report/schema';
import { reportSchema } from '../../src/report/schema';
import { terminalLines } from '../../src/report/terminal';
import { erroneous, failing, inconclusive, markdownOf, passing, plainSpaces } from './reports';

function compared(now: Report, then: Report): ReportComparison {
  const reading = readEarlierReport(JSON.stringify(then));
  if (!reading.ok) throw new Error(reading.why);
  return compareReports(now, reading.report);
}

/** A report as it was written before scenarios had gates of their own. */
function old(report: Report): Report {
  return { ...report, scenarios: report.scenarios.map((scenario) => ({ ...scenario, gates: [] })) };
}

const STALL = { metric: 'failover.stall', scenario: 'failover.crash', unit: 'ms' };

describe('compared with an earlier report', () => {
  test.each([
    ['what broke since', failing(), passing(), [{ ...STALL, change: 'worse', before: 6, after: 38_000 }]],
    [
      'what broke since, told by the gates alone',
      failing(),
      old(passing()),
      [{ ...STALL, change: 'worse', before: 6 }],
    ],
    ['what was always broken', failing(), failing(), [{ ...STALL, change: 'still', before: 38_000, after: 38_000 }]],
    ['what was mended', passing(), failing(), [{ ...STALL, change: 'better', before: 38_000, after: 6 }]],
    ['nothing', passing(), passing(), []],
  ])('%s', (_, now, then, changes) => {
    expect(compared(now, then).changes).toMatchObject(changes);
    expect(compared(now, then).changes).toHaveLength(changes.length);
  });

  test('what nobody knows of one of them is unclear, and unknown in both it is nothing', () => {
    const { changes } = compared(inconclusive(), passing());
    expect(changes.map(({ change }) => change)).toEqual(changes.map(() => 'unclear'));
    expect(changes).toContainEqual({ ...STALL, change: 'unclear', before: 6, after: null });
    expect(compared(inconclusive(), inconclusive()).changes).not.toContainEqual(expect.objectContaining(STALL));
  });

  test('a number of then that decided nothing is no failure of then', () => {
    const starved: Report = {
      ...failing(),
      scenarios: failing().scenarios.map((scenario) => ({
        ...scenario,
        gates: scenario.gates.map((one) => ({ ...one, outcome: 'inconclusive' as const })),
      })),
    };
    expect(compared(failing(), starved).changes).toContainEqual({
      ...STALL,
      change: 'unclear',
      before: 38_000,
      after: 38_000,
    });
    expect(compared(passing(), starved).changes.map(({ change }) => change)).not.toContain('better');
  });

  test('a bound that was tightened in between breaks nothing', () => {
    const tight = (report: Report): Report => ({
      ...report,
      scenarios: report.scenarios.map((scenario) => ({
        ...scenario,
        gates: scenario.gates.map((gate) =>
          gate.metric === 'failover.stall' ? { ...gate, allowed: 5, outcome: 'fail' as const } : gate,
        ),
      })),
    });
    expect(compared(tight(passing()), passing()).changes).toMatchObject([{ ...STALL, change: 'still' }]);
  });

  test('a replica that never came back then is one that came back now', () => {
    const never = { observed: null, reason: 'never: app2 served nothing' };
    const then = passing();
    const scenarios = then.scenarios.map((scenario) => ({
      ...scenario,
      gates: scenario.gates.map((gate) => (gate.metric === 'failover.recover' ? { ...gate, ...never } : gate)),
    }));
    expect(compared(passing(), { ...then, scenarios }).changes).toMatchObject([{ change: 'better', before: null }]);
  });

  test('scenarios come and go, and count for nothing', () => {
    const now = passing();
    const less = { ...now, scenarios: now.scenarios.slice(0, 1) };
    expect(compared(now, less)).toMatchObject({ changes: [], added: ['failover.crash'], removed: [] });
    expect(compared(less, now)).toMatchObject({ changes: [], added: [], removed: ['failover.crash'] });
  });

  test.each([
    ['worse', 6, null, ['6 ms', 'never']],
    ['still', null, null, ['never', 'never']],
    ['better', null, 6, ['never', '6 ms']],
    ['unclear', 6, null, ['6 ms', 'unknown']],
  ] as const)('a number that is not there is told alike everywhere: %s', (change, before, after, words) => {
    expect(changeNumbers({ ...STALL, unit: 'ms', change, before, after }).map(plainSpaces)).toEqual(words);
  });

  test('changes nothing about the verdict, and keeps the schema', () => {
    const report = { ...failing(), comparison: compared(failing(), passing()) };
    expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(report.verdict).toBe('fail');
  });
});

describe('told', () => {
  const told = (now: Report, then: Report): string => plainSpaces(comparisonSection(compared(now, then)));

  test.each([
    [
      'this change broke it',
      failing(),
      passing(),
      /^Against the earlier report: what fails now was met then\. 1 worse and \d+ met as before\.\n/,
    ],
    [
      'it was always broken',
      failing(),
      failing(),
      /^Against the earlier report: what fails now failed then, too\. 1 not met as before and \d+ met/,
    ],
    ['nothing changed', passing(), passing(), /^Against the earlier report: \d+ met as before\.$/],
    ['it is mended', passing(), failing(), /^Against the earlier report: 1 better and \d+ met as before\.\n/],
  ])('%s', (_, now, then, words) => {
    expect(told(now, then)).toMatch(words);
  });

  test('with then and now side by side, what is worse in bold', () => {
    expect(told(failing(), passing())).toContain(
      '| **worse: met before** | **crash: longest wait** | **6 ms** | **38 s** |',
    );
    expect(told(failing(), failing())).toContain('| as before: not met | crash: longest wait | 38 s | 38 s |');
  });

  test('stands before the cause, and in the terminal, too', () => {
    const report = { ...failing(), comparison: compared(failing(), passing()) };
    const markdown = markdownOf(report);
    expect(markdown.indexOf('Against the earlier report')).toBeLessThan(markdown.indexOf('**What to change**'));
    expect(terminalLines(report).join('\n')).toContain('\nAgainst the earlier report: what fails now was met then.');
  });

  test('has no markup of whoever wrote the earlier report', () => {
    const then = passing();
    const [first] = then.scenarios;
    const scenarios = first === undefined ? [] : [{ ...first, name: '<b>@octocat|x' }];
    expect(told(passing(), { ...then, scenarios })).toContain('Gone: &lt;b&gt;@\u200boctocat&#124;x.');
  });
});

describe('no earlier report', () => {
  test.each([
    ['no JSON', '{', 'it is not JSON'],
    ['empty', '', 'it is not JSON'],
    ['a list', '[]', 'it is no report.json of this action'],
    ['null', 'null', 'it is no report.json of this action'],
    ['foreign', '{"results": []}', 'it is no report.json of this action'],
    ['a newer form', '{"schemaVersion": 2}', 'another version of this action wrote it, in a form unknown here'],
    ['a torn one', '{"schemaVersion": 1, "verdict": "pass"}', 'it is no report.json of this action'],
    ['a forged verdict', JSON.stringify({ ...passing(), verdict: 'great' }), 'it is no report.json of this action'],
    ['forged gates', JSON.stringify({ ...passing(), gates: [{ metric: 1 }] }), 'it is no report.json of this action'],
    ['forged scenarios', JSON.stringify({ ...passing(), scenarios: [7] }), 'it is no report.json of this action'],
    ['a run that judged nothing', JSON.stringify(erroneous('no engine')), 'it judged nothing'],
  ])('%s', (_, text, why) => {
    expect(readEarlierReport(text)).toEqual({ ok: false, why });
  });
});
