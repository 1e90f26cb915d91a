import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse, type TestSuites } from 'junit2json';
import { htmlReport } from '../../src/report/html/document';
import { junitXml } from '../../src/report/junit';
import { mergeReports } from '../../src/report/merge';
import { gateSubjectWords } from '../../src/report/metric-words';
import type { PartOutcome } from '../../src/report/parts';
import { reportSchema, type Report, type ReportGate, type ReportScenario } from '../../src/report/schema';
import { erroneous, failing, gate, inconclusive, markdownOf, passing } from './reports';

/** Made once: each takes a while. */
const [PASSING, FAILING, INCONCLUSIVE] = [passing(), failing(), inconclusive()];

/** Of no interest here. */
const ASSETS = { script: { text: '', hash: 'sha256-script' }, style: { text: '', hash: 'sha256-style' } };

const ALL = { plan: 'success', run: 'success' };

/** What a run of some scenarios alone would have reported. */
function only(report: Report, names: readonly string[]): Report {
  const scenarios = report.scenarios.filter(({ name }) => names.includes(name));
  const gates = report.gates.filter(({ metric, scenario }) =>
    scenario === null ? true : names.includes(scenario) || metric === 'baseline.errors' || metric === 'load.lag',
  );
  return { ...report, scenarios, gates, distribution: names.includes('rotation') ? report.distribution : { app1: 5 } };
}

const SCENARIOS = ['rotation', 'failover.crash'] as const;

function part(
  id: string,
  report: Report | null,
  scenarios: readonly string[] = [],
  why = 'there is no report of it',
): PartOutcome {
  const planned = { id, cluster: id.replace(/-\d+$/, ''), scenarios: [...scenarios] };
  return report === null ? { part: planned, report, why } : { part: planned, report };
}

/** A whole run, spread over two parts. */
function spread(report: Report, cluster = 'shop'): readonly PartOutcome[] {
  return SCENARIOS.map((name, index) => part(`${cluster}-${index + 1}`, only(report, [name]), [name]));
}

function merged(
  parts: readonly PartOutcome[],
  jobs: Readonly<Record<string, string>> = ALL,
  onInconclusive: 'fail' | 'pass' = 'fail',
): Report {
  return mergeReports({ parts, jobs, onInconclusive });
}

describe('the parts of one cluster', () => {
  test('that all passed come to what one run would have come to', () => {
    const whole = PASSING;
    const { timings, ...rest } = merged(spread(whole));
    const byMetric = (gates: readonly ReportGate[]): ReportGate[] =>
      gates.toSorted((a, b) => (a.metric < b.metric ? -1 : 1));
    expect({ ...rest, timings: whole.timings, gates: byMetric(rest.gates) }).toEqual({
      ...whole,
      gates: byMetric(whole.gates),
    });
    expect(timings).toEqual({ 'shop-1.total': 24_400, 'shop-2.total': 24_400, total: 24_400 });
  });

  test('keep the schema of a report', () => {
    const report = merged(spread(FAILING));
    expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  test('tell the distribution of the calm one, whichever it is', () => {
    expect(merged(spread(PASSING).toReversed()).distribution).toEqual(PASSING.distribution);
  });

  test('of each gate the worst answer stands', () => {
    const answers = (changes: Partial<ReportGate>[]): readonly PartOutcome[] =>
      changes.map((change, index) => part(`a-${index + 1}`, { ...PASSING, scenarios: [], gates: [gate(change)] }));
    const worst = (changes: Partial<ReportGate>[]): unknown => {
      const [first] = merged(answers(changes)).gates;
      return [first?.outcome, first?.observed];
    };
    expect(worst([{ observed: 10 }, { observed: 30 }, { observed: 20 }])).toEqual(['pass', 30]);
    expect(worst([{ observed: 10, outcome: 'fail' }, { observed: 30 }])).toEqual(['fail', 10]);
    expect(worst([{ observed: null, outcome: 'inconclusive' }, { observed: 30 }])).toEqual(['inconclusive', null]);
    expect(
      worst([
        { observed: 99, operator: '>' },
        { observed: 30, operator: '>' },
      ]),
    ).toEqual(['pass', 30]);
    expect(
      worst([
        { observed: null, operator: '>' },
        { observed: 30, operator: '>' },
      ]),
    ).toEqual(['pass', null]);
    expect(
      worst([
        { observed: 3, allowed: 5, operator: '==' },
        { observed: 6, allowed: 5, operator: '==' },
      ]),
    ).toEqual(['pass', 3]);
  });

  test('tell a cause once, with the evidence of all', () => {
    const [first] = FAILING.diagnoses;
    const again = { ...FAILING, diagnoses: [{ ...(first ?? fail()), evidence: 'Again.', gates: ['x.y'] }] };
    const { diagnoses } = merged([...spread(FAILING).slice(1), part('shop-3', again, ['failover.crash'])]);
    expect(diagnoses).toHaveLength(FAILING.diagnoses.length);
    expect(diagnoses[0]).toMatchObject({
      evidence: `${first?.evidence ?? ''} Again.`,
      gates: [...(first?.gates ?? []), 'x.y'],
    });
  });

  test('tell once what NGINX logged in each, whenever that was', () => {
    const [first] = FAILING.diagnoses;
    const logged = (time: string): Report => ({
      ...FAILING,
      diagnoses: [{ ...(first ?? fail()), evidence: `2026/11/25 ${time} [emerg] 1#1: no such host` }],
    });
    const { diagnoses } = merged([
      part('shop-1', logged('16:53:22'), SCENARIOS),
      part('shop-2', logged('16:53:25'), SCENARIOS),
    ]);
    expect(diagnoses.map(({ evidence }) => evidence)).toEqual(['2026/11/25 16:53:22 [emerg] 1#1: no such host']);
  });

  test('tell NGINX’s words after a colon, and no full stop', () => {
    const said = erroneous('NGINX does not accept it. NGINX says:', ['[emerg] line']);
    expect(merged([part('shop-1', said, ['rotation'])]).message).toBe(
      '`shop-1`: NGINX does not accept it. NGINX says:',
    );
  });

  function fail(): never {
    throw new Error('The failing report has no diagnosis.');
  }
});

describe('several clusters', () => {
  const report = merged([...spread(PASSING, 'shop'), ...spread(FAILING, 'api')]);

  test('are told apart in everything that both have', () => {
    expect(report.verdict).toBe('fail');
    expect(Object.keys(report.distribution)).toEqual(
      ['api', 'shop'].flatMap((name) => [1, 2, 3].map((n) => `${name}/app${n}`)),
    );
    expect(report.scenarios.map(({ name }) => name)).toEqual([
      ...['rotation (api)', 'failover.crash (api)', 'rotation (shop)', 'failover.crash (shop)'],
    ]);
    const stall = report.gates.filter(({ metric }) => metric === 'failover.stall');
    expect(stall.map(({ scenario, outcome }) => [scenario, outcome])).toEqual([
      ['failover.crash (api)', 'fail'],
      ['failover.crash (shop)', 'pass'],
    ]);
    const coverage = report.gates.filter(({ metric }) => metric === 'rotation.coverage');
    expect(coverage.map(({ reason }) => reason)).toEqual([
      '3 of 3 replicas; cluster api',
      '3 of 3 replicas; cluster shop',
    ]);
    expect(report.diagnoses.map(({ cause }) => cause)).toEqual([expect.stringMatching(/^In `api`: /)]);
  });

  test('have each its own causes, where the same is broken in both', async () => {
    const both = merged([...spread(FAILING, 'shop'), ...spread(FAILING, 'api')]);
    const told = markdownOf(both)
      .split('\n\n')
      .filter((section) => section.includes('In `'));
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/^\*\*Crash \(api\):\*\* In `api`: /);
    expect(told[1]).toMatch(/^\*\*Crash \(shop\):\*\* In `shop`: /);
    const { testsuite = [] } = (await parse(junitXml(both))) as TestSuites;
    const cases = testsuite.flatMap(({ testcase = [] }) =>
      testcase.map(({ classname, name }) => `${classname ?? ''}/${name ?? ''}`),
    );
    expect(cases).toContain('api.failover/failover.stall');
    expect(new Set(cases).size).toBe(cases.length);
    expect(testsuite.find(({ name }) => name === 'api.failover')?.time).toBeGreaterThan(0);
  });

  test('have gates that count their own scenarios alone, and faults where there are faults', () => {
    const words = report.gates.map((gate) => gateSubjectWords(gate, report.scenarios));
    expect(words).toContain('rotation (shop): replicas that serve');
    expect(words).toContain('crash (shop): longest wait');
    expect(words.filter((one) => one.includes('faults'))).toEqual([]);
  });

  test('of several faults each tell which cluster they are of', () => {
    const crash = only(PASSING, ['failover.crash']);
    const freeze = reportSchema.parse(
      JSON.parse(JSON.stringify(crash).replaceAll('failover.crash', 'failover.freeze')),
    );
    const parts = ['api', 'shop'].flatMap((name) => [
      part(`${name}-1`, crash, ['failover.crash']),
      part(`${name}-2`, freeze, ['failover.freeze']),
    ]);
    const { gates, scenarios } = merged(parts);
    const words = gates.map((gate) => gateSubjectWords(gate, scenarios));
    expect(words).toContain('all 2 faults (shop): failed GET requests');
    expect(words).toContain('worst of 2 faults, crash (api): longest wait');
  });

  test('have their name after whom a fault struck, in every form', () => {
    const files = [markdownOf(report), htmlReport(report, [], ASSETS, { runUrl: null })];
    expect(files.map((text) => text.includes('Crash of app2 (shop)'))).toEqual([true, true]);
  });

  test('name every image that was tested, and the one where all are alike', () => {
    const of = (report: Report, reference: string): Report => ({
      ...report,
      cluster: { ...report.cluster, images: report.cluster.images.map((image) => ({ ...image, reference })) },
    });
    const two = merged([...spread(of(PASSING, 'apps/shop'), 'shop'), ...spread(of(PASSING, 'mail:2'), 'mail')]);
    expect(markdownOf(two)).toContain('6 replicas of `mail:2` and `apps/shop` behind NGINX');
    expect(htmlReport(two, [], ASSETS, { runUrl: null })).toContain(
      '6 replicas of <code>mail:2</code>, <code>apps/shop</code>',
    );
    expect(markdownOf(report)).toContain('6 × `shop:pr-482` behind NGINX');
  });

  test('name in the headline the one that fails', () => {
    const [headline] = markdownOf(report).split('\n');
    expect(headline).toContain('Crash (api)');
    expect(headline).not.toContain('shop');
  });
});

describe('the verdict', () => {
  const cases: readonly {
    name: string;
    parts: readonly PartOutcome[];
    verdict: Report['verdict'];
    told: string | null;
  }[] = [
    { name: 'all passed', parts: spread(PASSING), verdict: 'pass', told: null },
    { name: 'one failed', parts: spread(FAILING), verdict: 'fail', told: null },
    { name: 'one is inconclusive', parts: spread(INCONCLUSIVE), verdict: 'inconclusive', told: null },
    { name: 'nothing was planned', parts: [], verdict: 'error', told: 'Nothing was planned' },
    {
      name: 'one gave no report',
      parts: [...spread(PASSING), part('shop-3', null, ['rollout'])],
      verdict: 'error',
      told: '`shop-3`: there is no report of it.',
    },
    {
      name: 'two gave no report',
      parts: [...spread(PASSING), part('shop-10', null, ['rollout']), part('shop-3', null, ['limits'])],
      verdict: 'error',
      told: '`shop-3`, `shop-10`: there is no report of it.',
    },
    {
      name: 'one failed, and one is missing',
      parts: [...spread(FAILING), part('shop-3', null, ['rollout'])],
      verdict: 'fail',
      told: '`shop-3`: there is no report of it.',
    },
    {
      name: 'one could not be measured',
      parts: [...spread(PASSING), part('shop-3', erroneous('The port is taken.', ['why']), ['rollout'])],
      verdict: 'error',
      told: '`shop-3`: The port is taken.',
    },
    {
      name: 'a report lacks a planned scenario',
      parts: [part('shop-1', only(PASSING, ['rotation']), SCENARIOS)],
      verdict: 'error',
      told: '`shop-1`: its report has nothing about failover.crash.',
    },
    {
      name: 'a report is about something else',
      parts: [part('shop-1', PASSING, ['rotation'])],
      verdict: 'error',
      told: '`shop-1`: its report is about scenarios that were not planned for it.',
    },
    {
      name: 'a report calls itself a pass, and its gates do not',
      parts: [part('shop-1', { ...FAILING, verdict: 'pass' }, SCENARIOS)],
      verdict: 'fail',
      told: null,
    },
    {
      name: 'a report calls itself a pass without any gate',
      parts: [part('shop-1', { ...PASSING, gates: [] }, SCENARIOS)],
      verdict: 'inconclusive',
      told: null,
    },
  ];

  test.each(cases)('$name', ({ parts, verdict, told }) => {
    const report = merged(parts);
    expect(report.verdict).toBe(verdict);
    expect(report.message ?? '(no message)').toContain(told ?? '(no message)');
  });

  test.each<
    [job: string, parts: readonly PartOutcome[], result: string, on: 'fail' | 'pass', verdict: Report['verdict']]
  >([
    ['was skipped though all reports pass', spread(PASSING), 'skipped', 'fail', 'error'],
    ['was cancelled though all reports pass', spread(PASSING), 'cancelled', 'fail', 'error'],
    ['failed though all reports pass', spread(PASSING), 'failure', 'fail', 'error'],
    ['ended in a new way', spread(PASSING), 'abandoned', 'fail', 'error'],
    ['failed, and a report says why', spread(FAILING), 'failure', 'fail', 'fail'],
    ['failed for want of evidence', spread(INCONCLUSIVE), 'failure', 'fail', 'inconclusive'],
    ['failed though inconclusive reports let it pass', spread(INCONCLUSIVE), 'failure', 'pass', 'error'],
  ])('a job %s', (_, parts, result, on, verdict) => {
    expect(merged(parts, { plan: 'success', run: result }, on).verdict).toBe(verdict);
  });

  test('what is missing stands on the first page, and what was measured follows', () => {
    const markdown = markdownOf(merged([...spread(PASSING), part('shop-3', null, ['rollout'])]));
    expect(markdown).toMatch(/^### Error · Not everything could be judged\n\n`shop-3`: there is no report of it\.\n/);
    expect(markdown).toContain('What follows was measured without that.');
    expect(markdown).toContain('rotation: replicas that serve');
  });
});

describe('of any parts', () => {
  const scenario = (name: string): ReportScenario => ({ ...(PASSING.scenarios[0] ?? none()), name });
  const reports = fc.constantFrom(PASSING, FAILING, INCONCLUSIVE, erroneous('no'));
  const outcomes = fc.uniqueArray(
    fc.record({
      id: fc
        .tuple(fc.constantFrom('a', 'b', 'a-b'), fc.integer({ min: 1, max: 12 }))
        .map(([name, number]) => `${name}-${number}`),
      report: fc.option(reports, { freq: 4 }),
    }),
    { selector: ({ id }) => id, maxLength: 8 },
  );
  const toParts = (drawn: readonly { id: string; report: Report | null }[]): readonly PartOutcome[] =>
    drawn.map(({ id, report }) => {
      const named =
        report === null || report.verdict === 'error' ? report : { ...report, scenarios: [scenario(`failover.${id}`)] };
      return part(id, named, [`failover.${id}`]);
    });
  const results = fc.dictionary(
    fc.constantFrom('plan', 'run'),
    fc.constantFrom('success', 'failure', 'skipped', 'cancelled'),
  );

  function none(): never {
    throw new Error('The passing report has no scenario.');
  }

  test('their order does not matter', () => {
    fc.assert(
      fc.property(outcomes, fc.infiniteStream(fc.nat()), results, (drawn, ranks, jobs) => {
        const parts = toParts(drawn);
        const shuffled = parts
          .map((one) => ({ one, rank: ranks.next().value as number }))
          .toSorted((a, b) => a.rank - b.rank);
        expect(
          merged(
            shuffled.map(({ one }) => one),
            jobs,
          ),
        ).toEqual(merged(parts, jobs));
      }),
    );
  });

  test('it is a pass exactly when there are some, all are there and passed, and all jobs ended well', () => {
    fc.assert(
      fc.property(outcomes, results, (drawn, jobs) => {
        const allWell =
          drawn.length > 0 &&
          drawn.every(({ report }) => report?.verdict === 'pass') &&
          Object.values(jobs).every((result) => result === 'success');
        const passes = merged(toParts(drawn), jobs).verdict === 'pass';
        expect(passes).toBe(allWell);
      }),
    );
  });

  test('one that is missing is never let pass, whatever an inconclusive verdict may do', () => {
    fc.assert(
      fc.property(outcomes, (drawn) => {
        const parts = [...toParts(drawn), part('z-1', null, ['rotation'])];
        expect(['error', 'fail']).toContain(merged(parts, ALL, 'pass').verdict);
      }),
    );
  });

  test('one that failed makes it a failure', () => {
    fc.assert(
      fc.property(outcomes, results, (drawn, jobs) => {
        const parts = [...toParts(drawn), part('z-1', FAILING, SCENARIOS)];
        expect(merged(parts, jobs).verdict).toBe('fail');
      }),
    );
  });
});
