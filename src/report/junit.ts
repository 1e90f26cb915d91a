import { create } from 'xmlbuilder';
import type { Report, ReportDiagnosis, ReportGate } from './schema';
import { explains } from './explained';
import { allowedWords, marginWords, observedWords } from './gate-words';
import { clusterPart } from './subjects';
import { headline } from './wording';

/** One test case as readers of JUnit XML know it; without a trouble it counts as passed. */
interface TestCase {
  readonly classname: string;
  readonly name: string;
  /** What is wrong with it. Readers know no other ways not to pass. */
  readonly trouble: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly type: ReportGate['outcome'] | 'error';
    /** One line. */
    readonly message: string;
    readonly text: string;
  } | null;
}

/** Class of a case that is about the run as a whole. */
const WHOLE_RUN = 'lb-cluster-action';

/**
 * The gates as JUnit XML, one test case for each; its names stay the same from run to run. Readers count as good whatever is
 * neither failure nor error, a skipped case too: so an inconclusive gate is an error, and only a warning is skipped. A run that
 * could not measure is one error.
 */
export function junitXml(report: Report): string {
  const cases = casesOf(report);
  const root = create('testsuites', {
    encoding: 'UTF-8',
    // Logs carry characters that XML 1.0 has no way to write (section 2.2): an escape, a NUL, half a surrogate pair.
    invalidCharReplacement: '\uFFFD',
  });
  root.att({ name: WHOLE_RUN, ...totals(cases), time: seconds(report.timings['total'] ?? 0) });
  for (const classname of new Set(cases.map((one) => one.classname))) {
    const own = cases.filter((one) => one.classname === classname);
    const suite = root.ele('testsuite', {
      name: classname,
      ...totals(own),
      time: seconds(durationOf(classname, report)),
    });
    own.forEach((one) => {
      const element = suite.ele('testcase', { classname, name: one.name, time: '0' });
      if (one.trouble === null) return;
      const { kind, type, message, text } = one.trouble;
      element.ele(kind, { type, message }, text);
    });
  }
  return `${root.end({ pretty: true })}\n`;
}

function casesOf(report: Report): readonly TestCase[] {
  const { verdict, message, details, gates } = report;
  if (verdict === 'error' || gates.length === 0) {
    const text = [[message ?? headline(report), ...details].join('\n'), ...report.diagnoses.map(explanation)].join(
      '\n\n',
    );
    const trouble = { kind: 'error', type: 'error', message: message ?? headline(report), text } as const;
    return [{ classname: WHOLE_RUN, name: 'run', trouble: verdict === 'pass' ? null : trouble }];
  }
  return gates.map((gate) => ({
    // Not the scenario that decided: that one may be another next time, and the case would be a new one.
    classname: [...(gate.cluster === undefined ? [] : [gate.cluster]), ...gate.metric.split('.').slice(0, -1)].join(
      '.',
    ),
    name: gate.metric,
    trouble: troubleOf(gate, report),
  }));
}

const KINDS = { fail: 'failure', inconclusive: 'error', warn: 'skipped' } as const;

function troubleOf(gate: ReportGate, report: Report): TestCase['trouble'] {
  if (gate.outcome === 'pass') return null;
  const margin = marginWords(gate);
  const message = [
    `observed ${observedWords(gate)}, allowed ${allowedWords(gate)}${margin === '' ? '' : ` (${margin})`}`,
    ...(gate.scenario === null ? [] : [gate.scenario]),
    ...(gate.reason === null ? [] : [gate.reason]),
  ].join('; ');
  const explained = report.diagnoses.filter((diagnosis) => explains(diagnosis, gate));
  const text = [message, ...explained.map(explanation)].join('\n\n');
  return { kind: KINDS[gate.outcome], type: gate.outcome, message, text };
}

function explanation({ id, cause, evidence, file, line, fix, diff }: ReportDiagnosis): string {
  const place = file === null ? [] : [`At ${file}${line === null ? '' : `:${line}`}`];
  return [`${id}: ${cause} ${evidence}`, ...place, `Fix: ${fix}`, ...(diff === null ? [] : [diff.trimEnd()])].join(
    '\n',
  );
}

type Totals = Readonly<Record<'tests' | 'failures' | 'errors' | 'skipped', number>>;

function totals(cases: readonly TestCase[]): Totals {
  const count = (kind: 'failure' | 'error' | 'skipped'): number =>
    cases.filter(({ trouble }) => trouble?.kind === kind).length;
  return { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') };
}

/** How long the scenarios took that a class is about, in milliseconds; a case has no time of its own. */
function durationOf(classname: string, { scenarios }: Report): number {
  return scenarios
    .filter(({ name }) => `${classOf(name)}.`.startsWith(`${classname}.`))
    .reduce((sum, { duration }) => sum + duration, 0);
}

/** `failover.crash (shop)` → `shop.failover.crash`. */
function classOf(scenario: string): string {
  const cluster = clusterPart(scenario);
  return cluster === '' ? scenario : `${cluster.slice(2, -1)}.${scenario.slice(0, -cluster.length)}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
