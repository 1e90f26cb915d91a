import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { PageData } from '../../src/report/html/page-data';
import { buildSeries } from '../../src/report/html/series';
import { seriesJson } from '../../src/report/html/series-schema';
import type { Report } from '../../src/report/schema';
import { failing, passing } from '../report/reports';
import { endSteps, runMain, type Inputs, type MainResult } from '../support/action';
import { calmCrash, crashEvidence, rotationEvidence, steady } from '../support/evidence';
import { startGithubApi, type GithubApi, type GithubApiOptions } from '../support/github-api/github-api';

// Each test starts a process or two; a busy machine takes its time.
jest.setTimeout(60_000);

const REPOSITORY = 'octo-org/shop';
const SHA = 'a'.repeat(40);
const [PASSING, FAILING] = [passing(), failing()];

let folder: string;
let github: GithubApi | null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lbca-reports-'));
  github = null;
});

// Throws where a request or an answer does not match GitHub's own description.
afterEach(async () => {
  await endSteps();
  await rm(folder, { recursive: true, force: true });
  await github?.stop();
});

async function start(options: GithubApiOptions = {}): Promise<GithubApi> {
  github = await startGithubApi({ repository: REPOSITORY, ...options });
  return github;
}

async function put(path: string, content: unknown): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function run(inputs: Inputs, event: unknown, more: Readonly<Record<string, string>> = {}): Promise<MainResult> {
  const env = { ...(github === null ? {} : { GITHUB_API_URL: github.url }), ...more };
  return runMain({ reports: folder, 'comment-key': 'ci/cluster', ...inputs }, { action: 'report', event, env });
}

describe('merging', () => {
  const pull = {
    number: 7,
    head: { sha: SHA, repo: { full_name: REPOSITORY } },
    base: { repo: { full_name: REPOSITORY } },
  };
  const NEEDS = JSON.stringify({
    plan: { result: 'success', outputs: { parts: 'x' } },
    run: { result: 'success', outputs: {} },
  });
  const PARTS = JSON.stringify([
    { id: 'shop-1', cluster: 'shop', scenarios: ['rotation'] },
    { id: 'shop-2', cluster: 'shop', scenarios: ['failover.crash'] },
  ]);
  const half = (report: Report, name: string): Report => ({
    ...report,
    scenarios: report.scenarios.filter((scenario) => scenario.name === name),
  });
  const putBoth = async (report: Report): Promise<void> => {
    await put('shop-1/report.json', half(report, 'rotation'));
    await put('shop-2/report.json', half(report, 'failover.crash'));
  };
  const merge = (inputs: Inputs = {}): Promise<MainResult> =>
    run({ parts: PARTS, needs: NEEDS, ...inputs }, { pull_request: pull });

  test('two parts that passed: one verdict, one comment, one summary, one report', async () => {
    const api = await start();
    await putBoth(PASSING);

    const { exitCode, outputs, report, summary, annotations } = await merge();

    expect({ exitCode, annotations, verdict: outputs['verdict'] }).toEqual({
      exitCode: 0,
      annotations: [],
      verdict: 'pass',
    });
    expect(report?.scenarios.map(({ name }) => name)).toEqual(['rotation', 'failover.crash']);
    expect(JSON.parse(outputs['distribution'] ?? '')).toEqual(PASSING.distribution);
    expect(summary).toMatch(/^### Pass/);
    expect(api.comments()).toEqual([expect.objectContaining({ issue: 7, body: expect.stringMatching(/^### Pass/m) })]);
    expect(outputs['comment-url']).toMatch(/#issuecomment-/);
  });

  test('one that failed: the job fails, and the comment of the first run is updated', async () => {
    const api = await start();
    await putBoth(PASSING);
    await merge();
    await putBoth(FAILING);

    const { exitCode, outputs, annotations } = await merge();

    expect({ exitCode, annotations, verdict: outputs['verdict'] }).toEqual({
      exitCode: 1,
      annotations: [],
      verdict: 'fail',
    });
    expect(api.comments()).toEqual([expect.objectContaining({ body: expect.stringMatching(/^### Fail/m) })]);
  });

  test.each<[name: string, spoil: () => Promise<unknown>, why: string]>([
    ['is missing', () => rm(join(folder, 'shop-2'), { recursive: true }), 'there is no report of it'],
    ['is not JSON', () => put('shop-2/report.json', '{"verdict": "pass"'), 'its report is not JSON'],
    ['is not UTF-8', () => writeFile(join(folder, 'shop-2/report.json'), Buffer.from([0x22, 0xff, 0x22])), 'not JSON'],
    [
      'lacks a field',
      () => put('shop-2/report.json', { ...PASSING, seed: undefined }),
      'does not keep the schema at "seed"',
    ],
    [
      'has a field too many',
      () => put('shop-2/report.json', { ...PASSING, '::error::x': 1 }),
      'does not keep the schema',
    ],
    ['is too large', () => truncate(join(folder, 'shop-2/report.json'), 20_000_000), 'its report has 20000000 bytes'],
    [
      'is of another part',
      () => put('shop-2/report.json', half(PASSING, 'rotation')),
      'has nothing about failover.crash',
    ],
    ['is a folder', () => replaced('shop-2/report.json', (path) => mkdir(path)), 'its report is no file'],
    ['is a link', () => replaced('shop-2/report.json', (path) => symlink('../shop-1/report.json', path)), 'is a link'],
    ['is in a linked folder', () => replaced('shop-2', (path) => symlink('shop-1', path)), 'is behind a link'],
  ])('a part whose report %s is no pass', async (_, spoil, why) => {
    await putBoth(PASSING);
    await spoil();

    const { exitCode, outputs, log } = await merge({ comment: 'never', 'on-inconclusive': 'pass' });

    expect({ exitCode, verdict: outputs['verdict'] }).toEqual({ exitCode: 1, verdict: 'error' });
    expect(log).toContain('shop-2');
    expect(log).toMatch(new RegExp(why));
  });

  async function replaced(path: string, make: (path: string) => Promise<unknown>): Promise<void> {
    await rm(join(folder, path), { recursive: true });
    await make(join(folder, path));
  }

  test.each(['skipped', 'cancelled', 'failure'])('a job that ended with %s is no pass', async (result) => {
    await putBoth(PASSING);
    const needs = JSON.stringify({ plan: { result: 'success' }, run: { result } });

    const { exitCode, outputs, log } = await merge({ comment: 'never', needs });

    expect({ exitCode, verdict: outputs['verdict'] }).toEqual({ exitCode: 1, verdict: 'error' });
    expect(log).toContain(`The job \`run\` ended with \`${result}\``);
  });

  describe('the requests behind the charts', () => {
    const evidence = [rotationEvidence(steady(0, 300)), crashEvidence(calmCrash())];
    const [ofRotation, ofCrash] = buildSeries(evidence).map((one) => seriesJson([one]));
    const drawnIn = async ({ outputs }: MainResult): Promise<readonly string[]> => {
      const page = await readFile(outputs['html'] ?? '', 'utf8');
      const data = /<script type="application\/json" id="data">(.*?)<\/script>/.exec(page)?.[1] ?? '';
      return (JSON.parse(data) as PageData).scenarios.map(({ name }) => name);
    };

    test('of all parts are in the one page', async () => {
      await putBoth(PASSING);
      await put('shop-1/series.json', ofRotation);
      await put('shop-2/series.json', ofCrash);

      const merged = await merge({ comment: 'never', 'report-dir': join(folder, 'merged') });

      expect({ exitCode: merged.exitCode, drawn: await drawnIn(merged) }).toEqual({
        exitCode: 0,
        drawn: ['rotation', 'failover.crash'],
      });
    });

    test.each<[name: string, spoil: () => Promise<unknown>, why: string]>([
      ['are missing', () => rm(join(folder, 'shop-2/series.json')), 'there is no file of requests of it'],
      ['are not JSON', () => put('shop-2/series.json', '[1'), 'its file of requests is not JSON'],
      ['do not keep the schema', () => put('shop-2/series.json', { series: [] }), 'does not keep the schema'],
      ['are too many', () => truncate(join(folder, 'shop-2/series.json'), 9_000_000), 'has 9000000 bytes'],
      [
        'are a link',
        () => replaced('shop-2/series.json', (path) => symlink('../shop-1/series.json', path)),
        'is a link',
      ],
    ])('that %s leave their charts out, and change nothing else', async (_, spoil, why) => {
      await putBoth(PASSING);
      await put('shop-1/series.json', ofRotation);
      await put('shop-2/series.json', ofCrash);
      await spoil();

      const merged = await merge({ comment: 'never', 'report-dir': join(folder, 'merged') });

      expect({ exitCode: merged.exitCode, verdict: merged.outputs['verdict'] }).toEqual({
        exitCode: 0,
        verdict: 'pass',
      });
      expect(await drawnIn(merged)).toEqual(['rotation']);
      expect(merged.log).toContain('No charts of shop-2: ');
      expect(merged.log).toContain(why);
    });

    test('another part’s are not drawn', async () => {
      await putBoth(PASSING);
      await put('shop-1/series.json', ofRotation);
      await put('shop-2/series.json', ofRotation);
      expect(await drawnIn(await merge({ comment: 'never', 'report-dir': join(folder, 'merged') }))).toEqual([
        'rotation',
      ]);
    });
  });

  test('without a plan nothing passes', async () => {
    const { exitCode, outputs } = await merge({ comment: 'never', parts: '' });
    expect({ exitCode, verdict: outputs['verdict'] }).toEqual({ exitCode: 1, verdict: 'error' });
  });

  test('what is wrong with the inputs stands in the comment, in the place of what an earlier commit came to', async () => {
    const api = await start();
    await putBoth(PASSING);
    await merge();
    const problems = JSON.stringify(['Input `replicas`: "99" is not accepted; give a whole number from 2 to 16.']);
    const needs = JSON.stringify({
      plan: { result: 'failure', outputs: { problems } },
      run: { result: 'skipped', outputs: {} },
    });

    const { exitCode } = await merge({ parts: '', needs });

    expect(exitCode).toBe(1);
    expect(api.comments().map(({ body }) => body)).toEqual([expect.stringContaining('### Error · ')]);
    expect(api.comments()[0]?.body).toContain('Input `replicas`: "99" is not accepted');
    expect(api.comments()[0]?.body).toContain('The inputs are not accepted, so nothing was checked.');
  });

  test('a run that was cancelled leaves the comment of another as it is', async () => {
    const api = await start();
    await putBoth(PASSING);
    await merge();
    const needs = JSON.stringify({ plan: { result: 'success' }, run: { result: 'cancelled' } });
    await rm(join(folder, 'shop-2'), { recursive: true });

    const { exitCode, outputs, log } = await merge({ needs });

    expect({ exitCode, verdict: outputs['verdict'] }).toEqual({ exitCode: 1, verdict: 'error' });
    expect(log).toContain(
      'The run was cancelled, or its inputs do not say how to comment: the pull-request comment stays as it is.',
    );
    expect(api.comments().map(({ body }) => body)).toEqual([expect.stringContaining('### Pass · ')]);
  });

  test.each<[name: string, inputs: Inputs, message: string]>([
    ['a part that leads out', { parts: '[{"id":"../x","cluster":"x","scenarios":["rotation"]}]' }, 'Input `parts`'],
    [
      'a part given twice',
      { parts: JSON.stringify([...(JSON.parse(PARTS) as object[]), ...(JSON.parse(PARTS) as object[])]) },
      'Input `parts`',
    ],
    ['needs that are none', { needs: '{"run":"success"}' }, 'Input `needs`'],
    ['an unknown mode', { mode: 'join' }, 'Input `mode`: "join" is not accepted; give `merge` or `publish`.'],
  ])('%s is one clear line', async (_, inputs, message) => {
    const { exitCode, outputs, annotations } = await merge(inputs);
    expect({ exitCode, outputs }).toEqual({ exitCode: 1, outputs: { verdict: 'error' } });
    expect(annotations).toEqual([expect.stringContaining(message)]);
  });

  test('a token that may not comment changes nothing about the verdict', async () => {
    await start({ token: 'fork' });
    await putBoth(PASSING);
    const { exitCode, outputs, log } = await merge();
    expect({ exitCode, verdict: outputs['verdict'] }).toEqual({ exitCode: 0, verdict: 'pass' });
    expect(log).toContain('403');
  });
});

describe('publishing', () => {
  const FORK = 'mallory/shop';
  const workflowRun = {
    ...{ id: 42, name: 'Cluster', event: 'pull_request', head_sha: SHA, head_branch: 'feature', pull_requests: [] },
    repository: { full_name: REPOSITORY },
    head_repository: { full_name: FORK },
  };
  const open = { number: 7, headSha: SHA, headBranch: 'feature', headRepository: FORK };
  const publish = (changes: object = {}, inputs: Inputs = {}): Promise<MainResult> =>
    run({ mode: 'publish', ...inputs }, { workflow_run: { ...workflowRun, ...changes } });

  test('the report of a fork’s run is written on its pull request, and updated by the next', async () => {
    const api = await start({ open: [open] });
    await put('report.json', FAILING);

    const first = await publish();
    await put('report.json', PASSING);
    const second = await publish();

    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    expect([first.outputs['verdict'], second.outputs['verdict']]).toEqual(['fail', 'pass']);
    const [comment, ...others] = api.comments();
    expect(others).toEqual([]);
    expect(comment).toMatchObject({ issue: 7, body: expect.stringMatching(/^### Pass/m) });
    expect(comment?.body).toContain('Measured at `aaaaaaa` by the pull request');
    expect(comment?.body).toContain('It comes from a fork');
    expect(comment?.body).toContain('https://github.com/octo-org/shop/actions/runs/42');
    expect(second.summary).toMatch(/^### Pass/);
  });

  const stays: readonly { name: string; options?: GithubApiOptions; changes?: object; told: string }[] = [
    {
      name: 'another commit is at its head',
      options: { open: [{ ...open, headSha: 'b'.repeat(40) }] },
      told: 'has moved on from aaaaaaa',
    },
    {
      name: 'the pull request is from another repository',
      options: { open: [{ ...open, headRepository: 'mallory/other' }] },
      told: 'No open pull request comes from mallory/shop',
    },
    {
      name: 'the fork of the pull request is gone',
      options: { open: [{ ...open, headRepository: null }] },
      told: 'No open pull request',
    },
    {
      name: 'it is from another branch',
      options: { open: [{ ...open, headBranch: 'other' }] },
      told: 'No open pull request',
    },
    { name: 'none is open', options: { open: [] }, told: 'No open pull request' },
    {
      name: 'two have the same head',
      options: { open: [open, { ...open, number: 8 }] },
      told: '#7 and #8 have the same head',
    },
    {
      name: 'the run is another repository’s',
      changes: { repository: { full_name: 'mallory/trap' } },
      told: 'That run is of mallory/trap',
    },
    { name: 'the run was no pull request’s', changes: { event: 'push' }, told: 'started by push' },
  ];

  test.each(stays)('nothing is written where $name', async ({ options, changes, told }) => {
    const api = await start({ open: [open], ...options });
    await put('report.json', PASSING);

    const { exitCode, log, outputs } = await publish(changes);

    expect({ exitCode, outputs, comments: api.comments() }).toEqual({ exitCode: 0, outputs: {}, comments: [] });
    expect(log).toContain(told);
  });

  test('a run without a report is no failure', async () => {
    await start({ open: [open] });
    const { exitCode, log } = await publish();
    expect(exitCode).toBe(0);
    expect(log).toContain('That run has left no report.');
  });

  test.each<[name: string, content: unknown, told: string]>([
    ['is not JSON', '<html>', 'is not JSON'],
    ['is nested without end', '['.repeat(5_000_000), 'is not JSON'],
    ['has a verdict of its own', { ...PASSING, verdict: 'splendid' }, 'does not keep the schema at "verdict"'],
    ['brings more than a report', { ...PASSING, pullRequest: 1 }, 'does not keep the schema'],
    ['is larger than any report', ' '.repeat(17_000_000), 'has 17000000 bytes'],
  ])('a report that %s is refused in the open', async (_, content, told) => {
    const api = await start({ open: [open] });
    await put('report.json', content);

    const { exitCode, annotations, summary } = await publish();

    expect({ exitCode, summary, operations: api.operations() }).toEqual({ exitCode: 1, summary: '', operations: [] });
    expect(annotations).toEqual([expect.stringContaining(told)]);
  });

  test('hostile text in a report stays text, in the comment, the summary and the log', async () => {
    const api = await start({ open: [open] });
    const text =
      '</summary><img src=x onerror=alert(1)> @octocat #1 [x](https://evil.example) ::error::boo\n::error::boo';
    const [first] = FAILING.diagnoses;
    await put('report.json', {
      ...FAILING,
      cluster: { ...FAILING.cluster, nginxVersion: text },
      distribution: { [text]: 1 },
      diagnoses: [{ ...first, cause: text, evidence: text, fix: text, file: text }],
    });

    const { exitCode, summary, log } = await publish();

    expect(exitCode).toBe(0);
    for (const told of [api.comments()[0]?.body ?? '', summary]) {
      expect(told).toContain('onerror');
      const outsideOfCode = told.replace(/`[^`\n]+`/g, 'code');
      expect(outsideOfCode).not.toMatch(/<img|@octocat|(?<!\S)#1\b|(?<!\\)\]\(/);
    }
    expect(log).not.toMatch(/^::error/m);
  });

  test.each(['forbidden', 'not-found'] as const)(
    'a comment that cannot be written fails the step: %s',
    async (kind) => {
      const api = await start({ open: [open] });
      api.fail({ kind, operation: 'issues/create-comment', times: 1 });
      await put('report.json', PASSING);
      const { exitCode, annotations } = await publish();
      expect({ exitCode, annotations }).toEqual({
        exitCode: 1,
        annotations: [expect.stringContaining('Not published')],
      });
    },
  );

  test('any other event is refused', async () => {
    await put('report.json', PASSING);
    const { exitCode, annotations } = await run({ mode: 'publish' }, { pull_request: { number: 7 } });
    expect({ exitCode, annotations }).toEqual({ exitCode: 1, annotations: [expect.stringContaining('workflow_run')] });
  });
});
