import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { PLAN_OUTPUTS } from '../../src/github/names';
import { INPUTS } from '../../src/settings/inputs';
import { parseSettings } from '../../src/settings/parse';
import { readPlan } from '../../src/settings/plan/clusters';
import { PART_INPUTS } from '../../src/settings/plan/part-inputs';
import { REPORT_INPUT_NAMES, REPORT_INPUTS } from '../../src/settings/report-inputs';
import { ROOT } from '../support/action';
import { usesOf, WORKFLOWS, workflowsIn, type WorkflowStep } from '../support/workflow-files';

interface Declared {
  readonly inputs: Readonly<Record<string, { readonly type?: string; readonly default?: string | number }>>;
  readonly outputs: Readonly<Record<string, object>>;
  readonly runs: Readonly<Record<string, string>>;
}

const yaml = (name: string): unknown => parse(readFileSync(join(ROOT, name), 'utf8'));
const called = (name: string): Declared =>
  (yaml(`.github/workflows/${name}`) as { on: { workflow_call: Declared } }).on.workflow_call;
const actions = {
  main: yaml('action.yml'),
  run: yaml('run/action.yml'),
  plan: yaml('plan/action.yml'),
  report: yaml('report/action.yml'),
} as Record<'main' | 'run' | 'plan' | 'report', Declared>;
const [cluster = { name: '', text: '', jobs: {} }] = workflowsIn('.github/workflows').filter(({ name }) =>
  name.endsWith('/cluster.yml'),
);

describe('the actions', () => {
  test('the one of the reusable workflow is the main one, from another folder', () => {
    const runs = { ...actions.main.runs, main: '../dist/main/index.js', post: '../dist/post/index.js' };
    expect(actions.run).toEqual({ ...actions.main, runs });
  });

  test('the inputs of the report action are those that are read, with the defaults that are read', () => {
    expect(Object.keys(actions.report.inputs)).toEqual(REPORT_INPUT_NAMES);
    for (const name of REPORT_INPUT_NAMES) {
      const stated = String(actions.report.inputs[name]?.default ?? '');
      expect([name, stated.startsWith('${{') ? '' : stated]).toEqual([name, REPORT_INPUTS[name].default]);
    }
  });

  test('the outputs of the plan action are those that are set', () => {
    expect(Object.keys(actions.plan.outputs)).toEqual(Object.values(PLAN_OUTPUTS));
  });
});

describe('the reusable workflow', () => {
  const { inputs, outputs } = called('cluster.yml');
  const { plan, run, verdict } = cluster.jobs;

  test('has every input of a part, with the action’s default', () => {
    const stated = PART_INPUTS.map((name) => [name, String(inputs[name]?.default)]);
    expect(stated).toEqual(PART_INPUTS.map((name) => [name, INPUTS[name].default]));
  });

  test('gives the action every input of a part, as it was planned', () => {
    const step = run?.steps?.find(({ uses }) => uses === '$/run');
    expect(step?.with).toEqual({
      ...{ comment: 'never', 'report-dir': '${{ runner.temp }}/lb-cluster-part/${{ matrix.id }}' },
      ...Object.fromEntries(PART_INPUTS.map((name) => [name, `\${{ matrix.inputs.${name} }}`])),
    });
  });

  test('is planned with its own defaults, and with no input left over', () => {
    const given = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.default]));
    expect(readPlan({ inputs: JSON.stringify(given), clusters: '', runners: '1' })).toMatchObject({ ok: true });
  });

  test('runs the pull request’s code with a token that can read the repository, and nothing else', () => {
    expect([plan?.permissions, run?.permissions, verdict?.permissions]).toEqual([
      {},
      { contents: 'read' },
      { 'pull-requests': 'write' },
    ]);
    expect(verdict?.steps?.map(({ uses = '' }) => uses.split('@')[0])).toEqual([
      ...['actions/download-artifact', '$/report', 'actions/upload-artifact'],
    ]);
  });

  test('has one job that waits for all others, whatever becomes of them, and looks at each', () => {
    const others = Object.keys(cluster.jobs).filter((name) => name !== 'verdict');
    expect(verdict).toMatchObject({ if: '${{ always() }}', needs: others });
    const step = verdict?.steps?.find(({ uses }) => uses === '$/report');
    expect(step?.with).toMatchObject({ needs: '${{ toJSON(needs) }}', parts: '${{ needs.plan.outputs.parts }}' });
    expect(step).not.toHaveProperty('continue-on-error');
  });

  test('tells all that its last job knows', () => {
    expect(Object.keys(outputs)).toEqual(['verdict', 'distribution', 'comment-url', 'report-artifact']);
  });
});

/** Actions and workflows of this repository, as others name them. */
const OWN = 'org/lb-cluster-action';

describe.each(WORKFLOWS)('$name', (workflow) => {
  const own = usesOf(workflow).filter(
    ({ uses }) => /^(org\/lb-cluster-action|\$)\//.test(uses ?? '') || uses?.startsWith(`${OWN}@`) === true,
  );

  test('pins each action of others to a commit, and says which version that is', () => {
    const lines = workflow.text.split('\n').filter((line) => /^\s*(- )?uses: /.test(line));
    const foreign = lines.filter((line) => !/uses: (\$\/|\.\/|org\/lb-cluster-action)/.test(line));
    expect(foreign.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  test('names no input that there is not, and gives none a value that is refused', () => {
    expect(own.flatMap(problemsOf)).toEqual([]);
  });
});

test('every example uses this action, and the README of the examples lists it', () => {
  const readme = readFileSync(join(ROOT, 'examples/README.md'), 'utf8');
  const examples = workflowsIn('examples');
  expect(examples.filter((one) => !usesOf(one).some(({ uses }) => uses?.startsWith(OWN) === true))).toEqual([]);
  expect(examples.filter(({ name }) => !readme.includes(`](${name.replace('examples/', '')})`))).toEqual([]);
});

test('a wrong input would be found', () => {
  expect(problemsOf({ uses: `${OWN}@v1`, with: { replica: 3 } })).toEqual(['there is no input replica']);
  expect(problemsOf({ uses: `${OWN}@v1`, with: { replicas: 99 } })).toEqual([expect.stringContaining('`replicas`')]);
  const workflow = `${OWN}/.github/workflows/cluster.yml@v1`;
  expect(problemsOf({ uses: workflow, with: { replicas: '3' } })).toEqual(['replicas is no number']);
  expect(problemsOf({ uses: workflow, with: { clusters: '[' } })).toEqual([expect.stringContaining('`clusters`')]);
});

function problemsOf({ uses = '', with: given = {} }: WorkflowStep): readonly string[] {
  const [, file] = /\/\.github\/workflows\/([a-z]+\.yml)(?:@|$)/.exec(uses) ?? [];
  const [, part] = /^\$\/(plan|run|report)$/.exec(uses) ?? [];
  const { inputs } = file === undefined ? actions[(part ?? 'main') as keyof typeof actions] : called(file);
  const unknown = Object.keys(given).filter((name) => !(name in inputs));
  if (unknown.length > 0) return unknown.map((name) => `there is no input ${name}`);
  // What they are given is for the runner to fill in.
  if (part !== undefined) return [];
  if (file === undefined) {
    const outcome = parseSettings(
      Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)])),
    );
    return outcome.ok ? [] : outcome.problems.map(({ message }) => message);
  }
  const mistyped = Object.entries(given).filter(([name, value]) => inputs[name]?.type !== typeof value);
  if (mistyped.length > 0) return mistyped.map(([name]) => `${name} is no ${inputs[name]?.type ?? ''}`);
  if (file !== 'cluster.yml') return [];
  const order = readPlan({
    inputs: JSON.stringify(given),
    clusters: String(given['clusters'] ?? ''),
    runners: String(given['runners'] ?? ''),
  });
  return order.ok ? [] : order.problems;
}
