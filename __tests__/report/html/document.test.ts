import { describe, expect, test } from '@jest/globals';
import { htmlReport } from '../../../src/report/html/document';
import type { Series } from '../../../src/report/html/series';
import { buildSeries } from '../../../src/report/html/series';
import type { Report, ReportScenario } from '../../../src/report/schema';
import { headline } from '../../../src/report/wording';
import { failedRun, inconclusiveRun, passedRun, judgedRun } from '../../support/synthetic-report';
import { largestRun } from '../../support/synthetic-run';
import { erroneous } from '../reports';

const ASSETS = { script: { text: 'run();', hash: 'sha256-script' }, style: { text: 'p{}', hash: 'sha256-style' } };

function page(report: Report, series: readonly Series[] = [], runUrl: string | null = null): string {
  return htmlReport(report, series, ASSETS, { runUrl });
}

/** What a reader without script finds: the text between the tags. */
function textOf(html: string): string {
  return html
    .replace(/<(script|style)\b[^>]*>.*?<\/\1>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, ' ');
}

const failed = failedRun();

describe('the page of a failure', () => {
  const html = page(failed.report, buildSeries(failed.scenarios), 'https://github.example/run');
  const text = textOf(html);

  test('answers first', () => {
    expect(text.startsWith(` Fail: ${headline(failed.report)} `)).toBe(true);
    expect(text).toMatch(/Why, and what to change.*Gates.*Distribution.*Scenarios.*Requests.*configuration/);
  });

  test('has every gate, diagnosis, replica and scenario as text', () => {
    const { gates, diagnoses, distribution, scenarios } = failed.report;
    expect([gates.length, diagnoses.length, Object.keys(distribution).length]).not.toContain(0);
    for (const { metric } of gates) expect(text).toContain(metric);
    for (const { id, cause } of diagnoses) expect(text).toContain(`${id} ${cause.split('`')[0]?.trim() ?? ''}`);
    for (const replica of Object.keys(distribution)) expect(text).toContain(`${replica} 100 33.3 %`);
    expect(scenarios.map(({ name }) => name)).toEqual(['rotation', 'failover.freeze']);
    expect(text).toContain('Freeze of app2');
  });

  test('shows the change line by line, and marks the line to blame', () => {
    expect(html).toContain('<span class="added">+        proxy_connect_timeout 1s;\n</span>');
    expect(html.match(/<li class="blamed">/g)).toHaveLength(1);
    expect(html).toMatch(/<li class="blamed"><mark><code>\s*proxy_pass http:\/\/flask_cluster;<\/code>/);
  });

  test('tells the moments of the fault', () => {
    const [, freeze] = failed.report.scenarios;
    const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '') as {
      scenarios: { marks: unknown; bound: unknown; victim: unknown }[];
    };
    expect(data.scenarios[1]).toMatchObject({
      victim: 'app2',
      bound: { ms: 6_000 },
      marks: [
        { at: freeze?.fault?.injectedAt, label: 'inject' },
        { at: freeze?.fault?.effectiveAt, label: 'effective' },
        { at: freeze?.fault?.healStartedAt, label: 'heal' },
        { at: freeze?.fault?.healedAt, label: 'healed' },
      ],
    });
  });

  test('lets nothing run or be fetched but what the build made', () => {
    const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)?.[1]?.replaceAll('&#39;', "'");
    expect(policy).toBe(
      "default-src 'none'; script-src 'sha256-script'; style-src 'sha256-style'; base-uri 'none'; form-action 'none'",
    );
    expect(html).toContain('<script>run();</script>');
    expect(html).toContain('<style>p{}</style>');
    expect(html).not.toMatch(/\s(src|style|on\w+)=/);
    expect(html.match(/<(link|img|iframe|object|embed|base|form)\b/g)).toBeNull();
  });
});

test.each([
  ['a pass', passedRun().report, 'Pass', headline(passedRun().report)],
  ['an inconclusive run', inconclusiveRun().report, 'Inconclusive', 'What is not proven, and why'],
  ['an error', erroneous('NGINX refuses its configuration', ['[emerg] unknown directive']), 'Error', '[emerg] unknown'],
])('the page of %s says so', (_, report, word, words) => {
  const text = textOf(page(report));
  expect(text).toContain(` ${word} `);
  expect(text).toContain(words);
});

test('a diagnosis of a run that could not measure stands at its line', () => {
  const [diagnosis] = failed.report.diagnoses;
  if (diagnosis === undefined) throw new Error('There is no diagnosis.');
  const html = page({ ...erroneous('NGINX refuses it'), diagnoses: [{ ...diagnosis, gates: [] }] });
  expect(html).toContain('class="diagnosis fail"');
  expect(textOf(html)).toContain('nginx/default.conf:11');
});

test('what changed since an earlier report is told, the worst first', () => {
  const change = { metric: 'failover.stall', scenario: 'failover.freeze', unit: 'ms', before: 1_000, after: 20_000 };
  const comparison = { verdict: 'pass', unchanged: 8, added: [], removed: [] };
  const changes = [{ ...change, change: 'worse' }];
  const text = textOf(page({ ...failed.report, comparison: { ...comparison, changes } } as Report));
  expect(text).toMatch(/Against the earlier report.*1 worse.*freeze: longest wait worse: met before 1 s 20 s/);
});

test('a run that was judged only in part says so, and what to do', () => {
  const text = textOf(page({ ...failed.report, verdict: 'error', message: 'One part is missing.' }));
  expect(text).toContain('What follows was measured without that.');
  expect(text).not.toContain('No request was judged');
});

test('a scenario is called by whom it struck, and NGINX is named once', () => {
  const [, base] = failed.report.scenarios;
  if (base?.fault === undefined || base.fault === null) throw new Error('No fault');
  const titled = (name: string, victim: string): string => {
    const fault = { ...base.fault, name, victim } as ReportScenario['fault'];
    const scenarios = [{ ...base, name: `failover.${name}`, fault }];
    return /<h3>([^<]*)<\/h3>\s*<span>/.exec(page({ ...failed.report, scenarios }))?.[1] ?? '';
  };
  expect(titled('lb-reload', 'nginx')).toBe('NGINX reload');
  expect(titled('oom', 'app2')).toBe('Out of memory in app2');
  expect(titled('crash', 'app2')).toBe('Crash of app2');
});

test('a run with few log lines shows all, and one with many the last', () => {
  const lines = Array.from({ length: 300 }, (_, index) => `line ${index};`);
  const text = textOf(page(erroneous('m', lines)));
  expect(text).toContain('100 lines before these are in report.json');
  expect(text).not.toContain('line 99;');
  expect(text).toContain('line 299;');
});

const PROBES: ReportScenario['probes'] = [
  { id: 'egress', subject: 'app1', claim: 'it reaches nobody', seen: 'connected', holds: false },
  { id: 'dns', subject: 'app2', claim: 'it is found', seen: 'found', holds: true },
];

const ROLLOUT: ReportScenario['rollout'] = {
  ...{ from: 'shop:1', to: 'shop:2', promisedBy: null, startedAt: 1_000, endedAt: 9_000 },
  steps: [
    {
      ...{ replica: 'app1', undrained: null, inFlight: 2, drainAt: 1_000, drainedAt: 1_500, stopAt: 1_600 },
      ...{ stoppedAt: 2_000, exitCode: 143, startAt: 2_100, readyAt: 3_000, backAt: 3_100, rolledBackAt: null },
      ...{ versionBefore: '1.0', versionAfter: '2.0' },
    },
  ],
  failure: {
    kind: 'not-ready',
    replica: 'app2',
    why: 'it never answered',
    details: ['Traceback'],
    rollbackProblem: null,
  },
};

function withAll(report: Report, changes: Partial<ReportScenario>): Report {
  return { ...report, scenarios: report.scenarios.map((scenario) => ({ ...scenario, ...changes })) };
}

test('claims that do not hold come first, and a rolling update is told step by step', () => {
  const text = textOf(page(withAll(failed.report, { probes: PROBES, rollout: ROLLOUT })));
  expect(text).toMatch(/it reaches nobody does not hold app1 connected.*it is found holds app2 found/);
  expect(text).toMatch(/app1 2 1 s 1.5 s 1.6 s 2 s 2.1 s 3 s 3.1 s 143 1.0 → 2.0/);
  expect(text).toMatch(/The update was stopped at app2: it never answered.*Traceback/);
});

/** A report in which everything that can come from outside is one and the same text. */
function spoilt(text: string): string {
  const { report, scenarios } = failed;
  const series = buildSeries(scenarios).map((one) => ({
    ...one,
    replicas: one.replicas.map(() => text),
    requests: { ...one.requests, words: one.requests.words.map(() => text), id: one.requests.id.map(() => text) },
  }));
  const spoiltReport = withAll(report, {
    probes: PROBES.map((probe) => ({ ...probe, subject: text, claim: text, seen: text })),
    rollout:
      ROLLOUT === null
        ? null
        : {
            ...ROLLOUT,
            from: text,
            to: text,
            failure: { kind: 'reload', replica: text, why: text, details: [text], rollbackProblem: text },
          },
    distribution: { [text]: 1 },
  });
  return page(
    {
      ...spoiltReport,
      cluster: {
        replicas: [text],
        images: [{ role: 'app', reference: text, id: text, digests: [text] }],
        nginxVersion: text,
        config: { source: 'user', file: text, text },
      },
      distribution: { [text]: 1 },
      gates: report.gates.map((gate) => ({ ...gate, reason: text })),
      diagnoses: report.diagnoses.map((one) => ({
        ...one,
        id: text,
        cause: text,
        evidence: text,
        fix: text,
        file: text,
        diff: text,
      })),
    },
    series,
    `https://github.example/${text}`,
  );
}

describe.each([
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)",
  '</style><base href=//evil>',
  '<!--',
  '\u2028\u001b[2J\u202e\ud800',
])('foreign text %j', (payload) => {
  const tags = (html: string): readonly string[] =>
    html.replace(/"[^"]*"/g, '""').match(/<[!/a-z][^\s>]*[^>]*>/gi) ?? [];

  test('adds no tag and no attribute', () => {
    expect(tags(spoilt(payload))).toEqual(tags(spoilt('x')));
  });
});

describe('the page of the largest run', () => {
  const { report, scenarios } = judgedRun('good-server', largestRun('waits'));
  // The build's script and style come to less than 300 kB.
  const LIMIT = 4_700_000;

  test('has 100,000 requests', () => {
    expect(report.scenarios.reduce((sum, { counts }) => sum + counts.requests, 0)).toBeGreaterThanOrEqual(100_000);
  });

  test('stays small', () => {
    expect(Buffer.byteLength(page(report, buildSeries(scenarios)))).toBeLessThan(LIMIT);
  });

  test('stays small even when every request is asked of every replica, for a minute each', () => {
    const worst = scenarios.map((scenario) => {
      const attempts = scenario.replicas.map(({ address }) => ({
        ...{ address, status: 504, connectMs: 59_999, headerMs: null, responseMs: 59_999, bytesSent: 0 },
      }));
      const samples = scenario.samples.map((sample) => ({
        ...{ ...sample, doneAt: sample.scheduledAt + 959_999.9, outcome: { kind: 'answered' as const, status: 504 } },
        proxy: sample.proxy === null ? null : { ...sample.proxy, attempts },
      }));
      return { ...scenario, samples };
    });
    const series = buildSeries(worst);
    expect(series.reduce((sum, { requests }) => sum + requests.left, 0)).toBeGreaterThan(50_000);
    expect(Buffer.byteLength(page(report, series))).toBeLessThan(LIMIT);
  });
});
