import { describe, expect, test } from '@jest/globals';
import type { TestCase, TestSuites } from 'junit2json';
import { parse } from 'junit2json';
import { junitXml } from '../../src/report/junit';
import type { Report, ReportGate } from '../../src/report/schema';
import { erroneous, failing, gate, inconclusive, passing } from './reports';

/** As a public reader of the format finds it. */
async function read(report: Report): Promise<TestSuites> {
  return (await parse(junitXml(report))) as TestSuites;
}

async function cases(report: Report): Promise<readonly TestCase[]> {
  return ((await read(report)).testsuite ?? []).flatMap((suite) => suite.testcase ?? []);
}

function withGate(changes: Partial<ReportGate>): Report {
  return { ...passing(), gates: [gate(changes)] };
}

describe.each([
  ['a pass', passing()],
  ['a failure', failing()],
  ['an inconclusive run', inconclusive()],
  ['an error', erroneous('no engine')],
])('%s', (_, report: Report) => {
  test('has a case for each gate, and one for a run without any', async () => {
    const names = (await cases(report)).map(({ name }) => name);
    expect(names.toSorted()).toEqual(
      report.gates.length === 0 ? ['run'] : report.gates.map(({ metric }) => metric).toSorted(),
    );
  });

  test('counts its cases as they are', async () => {
    const all = await cases(report);
    const suites = await read(report);
    const sums = { tests: suites.tests, failures: suites.failures, errors: suites.errors };
    expect(sums).toEqual({
      tests: all.length,
      failures: all.filter(({ failure }) => failure !== undefined).length,
      errors: all.filter(({ error }) => error !== undefined).length,
    });
  });
});

test.each<[outcome: ReportGate['outcome'], kind: 'failure' | 'error' | 'skipped' | null]>([
  ['pass', null],
  ['fail', 'failure'],
  ['inconclusive', 'error'],
  ['warn', 'skipped'],
])('a gate that comes out as %s is told by %j', async (outcome, kind) => {
  const [only] = await cases(withGate({ outcome, reason: 'why' }));
  const told = (['failure', 'error', 'skipped'] as const).filter((name) => only?.[name] !== undefined);
  expect(told).toEqual(kind === null ? [] : [kind]);
});

test('no run but a passed one is without failure and error', async () => {
  const troubles = async (report: Report): Promise<number> => {
    const { failures = 0, errors = 0 } = await read(report);
    return failures + errors;
  };
  expect(await troubles(passing())).toBe(0);
  for (const report of [failing(), inconclusive(), erroneous('m'), { ...passing(), verdict: 'fail', gates: [] }]) {
    expect(await troubles(report as Report)).toBeGreaterThan(0);
  }
});

test('a failure tells what was seen, why, where, and what to change', async () => {
  const report = failing();
  const stall = (await cases(report)).find(({ name }) => name === 'failover.stall');
  expect(stall?.classname).toBe('failover');
  const [failure] = stall?.failure ?? [];
  expect(failure?.message).toContain('observed 38 s, allowed < 6 s (32 s over); failover.crash');
  expect(failure?.inner).toContain('nginx/default.conf:');
  expect(failure?.inner).toContain('+        proxy_connect_timeout 1s;');
});

test('an error tells the line to blame, where there is one', async () => {
  const { diagnoses } = failing();
  const [only] = await cases({ ...erroneous('NGINX refuses it'), diagnoses });
  expect(only?.error?.[0]?.inner).toMatch(/^NGINX refuses it\n\nconnect-timeout: [^]*At nginx\/default\.conf:/);
});

test('the gate of one fault belongs to its class, whichever scenario decides', async () => {
  const [own] = await cases(withGate({ metric: 'failover.freeze.stall', scenario: null }));
  expect(own).toMatchObject({ classname: 'failover.freeze', name: 'failover.freeze.stall' });
});

describe('characters that XML cannot carry', () => {
  const foreign = 'a\u0000b \u001b[31m \u0008 \ufffe \ud800 ]]> </failure><x y="1"> & é 😀 \r\n end';
  const readable = 'a\ufffdb \ufffd[31m \ufffd \ufffd \ufffd ]]> </failure><x y="1"> & é 😀 \r\n end';

  test('are replaced, and the rest is what it was', async () => {
    const [only] = await cases(erroneous(foreign, [foreign]));
    expect(only?.error?.[0]).toMatchObject({ message: readable, inner: `${readable}\n${readable}` });
  });

  test('do no harm in a name', async () => {
    const [only] = await cases(withGate({ metric: `failover.${foreign}`, outcome: 'fail' }));
    expect(only?.name).toBe(`failover.${readable}`);
  });
});
