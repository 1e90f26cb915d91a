import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { withComparison } from '../src/comparison';
import { createLog } from '../src/github/log';
import { erroneous, failing, passing } from './report/reports';

let workspace: string;
let logged: string;
const log = createLog({ write: (text) => void (logged += text), onRunner: false });

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'lb-cluster-comparison-'));
  logged = '';
  // Annotations would be workflow commands on standard output.
  delete process.env['GITHUB_ACTIONS'];
});

afterEach(async () => {
  await rm(workspace, { recursive: true, force: true });
});

describe('the report that compare-with names', () => {
  test.each([
    ['relative to the workspace', (folder: string) => [folder, 'report.json'] as const],
    ['absolute', (folder: string) => ['/nowhere', join(folder, 'report.json')] as const],
  ])('%s', async (_, place) => {
    await writeFile(join(workspace, 'report.json'), JSON.stringify(passing()));
    const [folder, path] = place(workspace);
    const { verdict, comparison } = await withComparison(failing(), path, folder, log);
    expect(verdict).toBe('fail');
    expect(comparison?.changes).toMatchObject([{ change: 'worse', metric: 'failover.stall' }]);
    expect(logged).toBe('');
  });

  test.each([
    ['is missing', 'none.json', 'no such file'],
    ['is a folder', '.', 'it is a folder'],
    ['is none', 'foreign.json', 'it is no report.json of this action'],
    ['is no file', '/dev/null', 'it is no file'],
  ])('%s: a warning, and the same report', async (_, path, why) => {
    await writeFile(join(workspace, 'foreign.json'), '{"verdict":"pass"}');
    const report = failing();
    await expect(withComparison(report, path, workspace, log)).resolves.toBe(report);
    expect(logged).toBe(`warning: No comparison: Input \`compare-with\`: ${path} cannot be compared with: ${why}.\n`);
  });

  test('is not asked for, or there is nothing to compare', async () => {
    await expect(withComparison(failing(), null, workspace, log)).resolves.toMatchObject({ comparison: null });
    await expect(withComparison(erroneous('no engine'), 'none.json', workspace, log)).resolves.toMatchObject({
      comparison: null,
    });
    expect(logged).toBe('');
  });
});
