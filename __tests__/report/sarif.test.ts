import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import Draft4 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import type { Result } from 'sarif';
import { sarifLog } from '../../src/report/sarif';
import { ruleTitle } from '../../src/report/sarif-rules';
import type { Report, ReportDiagnosis, ReportGate } from '../../src/report/schema';
import { erroneous, failing, gate, inconclusive, passing } from './reports';

/** The schema as Microsoft's SARIF SDK ships it: SARIF is written in JSON Schema's draft 4. */
const schema = JSON.parse(
  readFileSync('node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json', 'utf8'),
) as object;
const validator = new Draft4({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats(validator);
const validate = validator.compile(schema);

const DIAGNOSIS: ReportDiagnosis = {
  ...{ id: 'connect-timeout', gates: ['failover.stall'], cause: 'It waits.', evidence: 'Seen.', fix: 'Change it.' },
  ...{ file: 'nginx/default.conf', line: 10, diff: null },
};

function diagnosed(changes: Partial<ReportDiagnosis>, outcome: ReportGate['outcome'] = 'fail'): Report {
  return { ...passing(), gates: [gate({ outcome })], diagnoses: [{ ...DIAGNOSIS, ...changes }] };
}

function onlyResult(report: Report): Result {
  const [result, ...others] = sarifLog(report).runs[0]?.results ?? [];
  if (result === undefined || others.length > 0) throw new Error('There is not just one result.');
  return result;
}

const HOSTILE = '</script>\u0000\u001b[31m [click](https://evil.example) {0} \ud800 %2e%2e';

describe.each([
  ['a pass', passing()],
  ['a failure', failing()],
  ['an inconclusive run', inconclusive()],
  ['an error', erroneous('no engine', ['line'])],
  ['a diagnosis without a file', diagnosed({ file: null, line: null })],
  ['a diagnosis without a line', diagnosed({ line: null })],
  ['hostile text', diagnosed({ id: HOSTILE, cause: HOSTILE, evidence: HOSTILE, fix: HOSTILE, file: HOSTILE })],
])('the log of %s', (_, report) => {
  const log = sarifLog(report);

  test('keeps the schema of SARIF 2.1.0, also when read back', () => {
    validate(JSON.parse(JSON.stringify(log)));
    expect(validate.errors).toBeNull();
  });

  test('has for every result its rule, and a place as GitHub wants it', () => {
    const { results = [], tool } = log.runs[0] ?? { tool: { driver: { name: '' } } };
    for (const result of results) {
      expect(tool.driver.rules?.[result.ruleIndex ?? -1]?.id).toBe(result.ruleId);
      expect(result.locations).toHaveLength(1);
      expect(result.locations?.[0]?.physicalLocation?.region?.startLine).toBeGreaterThan(0);
    }
    expect(results).toHaveLength(report.diagnoses.filter(({ file }) => file !== null).length);
  });
});

test('the schema refuses what is no SARIF', () => {
  expect(validate({ ...sarifLog(failing()), version: '1.0.0' })).toBe(false);
  expect(validate({ ...sarifLog(failing()), extra: 1 })).toBe(false);
});

test('a diagnosis without a file is told as a notification of the run', () => {
  const [run] = sarifLog(diagnosed({ file: null, line: null })).runs;
  expect(run?.invocations?.[0]?.toolExecutionNotifications).toMatchObject([
    { level: 'error', associatedRule: { id: 'connect-timeout' }, message: { text: 'It waits. Seen. Change it.' } },
  ]);
});

test('a run that could not measure is no success, and says why', () => {
  const [invocation] = sarifLog(erroneous('no engine', ['last line'])).runs[0]?.invocations ?? [];
  expect(invocation).toMatchObject({
    executionSuccessful: false,
    toolExecutionNotifications: [{ level: 'error', message: { text: 'no engine\nlast line' } }],
  });
});

test('what kept a run from measuring is an error at its line', () => {
  const refused = { ...erroneous('NGINX refuses it'), diagnoses: [{ ...DIAGNOSIS, gates: [] }] };
  expect(onlyResult(refused)).toMatchObject({ level: 'error', ruleId: 'connect-timeout' });
});

test.each<[ReportGate['outcome'], string]>([
  ['fail', 'error'],
  ['warn', 'warning'],
  ['inconclusive', 'warning'],
  ['pass', 'note'],
])('what explains a gate that comes out as %s is a %s', (outcome, level) => {
  expect(onlyResult(diagnosed({}, outcome)).level).toBe(level);
});

test.each<[file: string, uri: string]>([
  ['nginx/default.conf', 'nginx/default.conf'],
  ['./a b/ü#1?.conf', 'a%20b/%C3%BC%231%3F.conf'],
  ['javascript:alert(1)', 'javascript%3Aalert(1)'],
  ['//host/x', 'host/x'],
])('the file %j is %j below the root of the sources', (file, uri) => {
  expect(onlyResult(diagnosed({ file })).locations?.[0]?.physicalLocation?.artifactLocation).toEqual({
    uri,
    uriBaseId: '%SRCROOT%',
  });
});

describe('the fingerprint', () => {
  const of = (changes: Partial<ReportDiagnosis>): unknown => onlyResult(diagnosed(changes)).partialFingerprints;

  test('stays when lines move and numbers differ', () => {
    expect(of({ line: 99, evidence: '7 requests waited.' })).toEqual(of({}));
  });

  test('differs for another finding or another file', () => {
    expect(of({ id: 'read-timeout' })).not.toEqual(of({}));
    expect(of({ file: 'other.conf' })).not.toEqual(of({}));
  });

  test('tells two findings of one kind in one file apart', () => {
    const report = { ...diagnosed({}), diagnoses: [DIAGNOSIS, { ...DIAGNOSIS, line: 20 }] };
    const prints = sarifLog(report).runs[0]?.results?.map((result) => JSON.stringify(result.partialFingerprints));
    expect(new Set(prints).size).toBe(2);
  });
});

test('foreign text makes no link', () => {
  expect(onlyResult(diagnosed({ cause: HOSTILE })).message.text).not.toContain('](');
});

test.each([
  ['connect-timeout', 'NGINX waits too long for a connection to a lost replica'],
  ['brand-new-one', 'Brand new one'],
  ['constructor', 'Constructor'],
])('the rule %s has a title', (id, title) => {
  expect(ruleTitle(id)).toBe(title);
});
