import { describe, expect, test } from '@jest/globals';
import { terminalLines } from '../../src/report/terminal';
import { rotationEvidence, steady } from '../support/evidence';
import { erroneous, failing, inconclusive, passing, reportOf } from './reports';

function text(report: Parameters<typeof terminalLines>[0]): string {
  return terminalLines(report).join('\n');
}

describe('the report in a terminal', () => {
  test('begins with the answer and both its sides', () => {
    expect(terminalLines(passing()).slice(0, 2)).toEqual([
      'Pass · Survives crash; every replica gets its share',
      'Clients sent 1,500 requests and saw no errors; NGINX hid no failed attempts; the longest wait was 6 ms.',
    ]);
  });

  test('has the columns of its table under each other', () => {
    const lines = terminalLines(failing());
    const head = lines.find((line) => line.includes('observed')) ?? '';
    const end = head.indexOf('observed') + 'observed'.length;
    const rows = lines.filter((line) => /^(pass|fail) /.test(line));
    expect(rows[0]).toMatch(/^fail {2}crash: longest wait +38 s +< 6 s +32 s over +1,001$/);
    expect(rows.map((line) => /\S {2}/.test(line.slice(end - 1, end + 2)))).toEqual(rows.map(() => true));
  });

  test('ends with the cause and the change', () => {
    expect(text(failing())).toMatch(
      /\nWhy: A replica .*\n {5}1 request waited .*\nFix: Add .*\n {5}@@ [^]*\+ +proxy_connect/,
    );
  });

  test('marks a replica that serves nothing', () => {
    const idle = reportOf('backup-by-mistake', [rotationEvidence(steady(0, 300, ['app1', 'app2']))]);
    expect(text(idle)).toMatch(/\napp1 +150 +50\.0 % {2}█{30}\n/);
    expect(text(idle)).toMatch(/\napp3 +0 +0\.0 % {2}serves nothing\n/);
  });

  test('says what to do about an inconclusive run', () => {
    expect(text(inconclusive())).toMatch(/\nWhat to do:\n {2}The runner was too busy/);
  });

  test('says what went wrong in an error', () => {
    expect(terminalLines(erroneous('NGINX says:', ['[emerg] no']))).toEqual([
      'Error · Nothing could be judged',
      'NGINX says:',
      '  | [emerg] no',
    ]);
  });
});
