import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createApi } from '../../src/github/api';
import { createLog } from '../../src/github/log';
import { publish, type PublicationOrder } from '../../src/github/publication';
import type { Report } from '../../src/report/schema';
import { largeExample } from '../report/examples';
import { erroneous, failing, gate, passing } from '../report/reports';
import { startGithubApi, type GithubApi, type GithubApiOptions } from '../support/github-api/github-api';
import { IMPATIENT } from '../support/github-api/publish';

const PULL = {
  pull_request: {
    number: 7,
    head: { sha: 'head', repo: { full_name: 'octo-org/shop' } },
    base: { repo: { full_name: 'octo-org/shop' } },
  },
};
const FORKED = {
  pull_request: { ...PULL.pull_request, head: { sha: 'head', repo: { full_name: 'mallory/shop' } } },
};

const environment = process.env;
let room: string;
let github: GithubApi | null;
let printed: string;

beforeEach(async () => {
  room = await mkdtemp(join(tmpdir(), 'lb-cluster-publication-'));
  github = null;
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});

afterEach(async () => {
  jest.restoreAllMocks();
  process.env = environment;
  process.exitCode = undefined;
  await rm(room, { recursive: true, force: true });
  await github?.stop();
});

interface Published {
  readonly outputs: string;
  readonly summary: string;
  readonly log: string;
}

/** Publishes a report as a run of this event would, and says what became of it. */
async function publishFor(
  event: unknown,
  options: GithubApiOptions | null,
  change: Partial<PublicationOrder> = {},
): Promise<Published> {
  if (options !== null) github ??= await startGithubApi(options);
  const files = { GITHUB_OUTPUT: 'output', GITHUB_STEP_SUMMARY: 'summary', GITHUB_EVENT_PATH: 'event.json' };
  for (const name of Object.values(files)) await writeFile(join(room, name), '');
  await writeFile(join(room, 'event.json'), JSON.stringify(event));
  process.env = {
    PATH: environment['PATH'],
    ...Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(room, file)])),
    ...{ GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'octo-org/shop', GITHUB_RUN_ID: '42' },
    ...{ GITHUB_SERVER_URL: 'https://github.example', GITHUB_WORKFLOW: 'ci', GITHUB_JOB: 'cluster' },
    // Where nothing listens, unless there is a fake.
    GITHUB_API_URL: github?.url ?? 'http://127.0.0.1:9',
  };
  let log = '';
  const order: PublicationOrder = {
    ...{ report: failing(), reportDir: join(room, 'report'), token: 'a-token', comment: 'always', commentKey: '' },
    ...{ series: [], pageFolder: room, cluster: null, failing: true },
    ...{ log: createLog({ write: (text) => void (log += text), onRunner: true }) },
    ...change,
  };
  await publish(order, (token, url) => createApi(token, url, { ...IMPATIENT, timeoutMs: 500, retries: 1 }));
  const read = (name: string): Promise<string> => readFile(join(room, name), 'utf8');
  return { outputs: await read('output'), summary: await read('summary'), log };
}

/** Outputs without the random delimiters of the runner's format. */
function verdictIn({ outputs }: Published): string | undefined {
  return /^verdict<<(\S+)\n(.*)\n\1$/m.exec(outputs)?.[2];
}

describe('wherever it runs, the verdict is the same and the summary has the report', () => {
  test.each([
    ['a pull request', PULL, {}, /comment created: http/],
    ["a fork's pull request, with a token that only reads", FORKED, { token: 'fork' }, /may not comment .* \(403\)/],
    ['a pull request on GitHub Enterprise Server', PULL, { basePath: '/api/v3' }, /comment created: http/],
    ['a push', { ref: 'refs/heads/main', commits: [] }, {}, /belongs to no pull request/],
    [
      'a merge queue',
      { merge_group: { head_sha: 'x', head_ref: 'refs/heads/gh-readonly-queue/main/pr-7-x' } },
      {},
      /belongs to no pull request/,
    ],
    ['by hand', { inputs: null, ref: 'refs/heads/main' }, {}, /belongs to no pull request/],
    ['on a schedule', { schedule: '0 3 * * *' }, {}, /belongs to no pull request/],
    [
      'a pull request that is gone',
      { pull_request: { ...PULL.pull_request, number: 8 } },
      {},
      /no such pull request.*\(404\)/,
    ],
  ] as const)('%s', async (_, event, options, said) => {
    const published = await publishFor(event, options);
    expect(verdictIn(published)).toBe('fail');
    expect(published.summary).toContain('### Fail · Crash: clients wait 38 s');
    expect(published.log).toMatch(said);
    expect(process.exitCode).toBeUndefined();
  });

  test('without a token', async () => {
    const published = await publishFor(PULL, null, { token: '' });
    expect(verdictIn(published)).toBe('fail');
    expect(published.log).toContain('The github-token input is empty.');
  });

  test('without a GitHub that answers', async () => {
    const published = await publishFor(PULL, null);
    expect(verdictIn(published)).toBe('fail');
    expect(published.log).toContain('GitHub could not be reached');
  });

  test.each([
    ['a server error that lasts', { kind: 'server-error', status: 502 }, /answered 502 each time/],
    ['a server error that passes', { kind: 'server-error', status: 503, once: true }, /comment created/],
    ['a secondary limit', { kind: 'secondary-limit', retryAfter: 1, once: true }, /comment created/],
    [
      'a secondary limit by 429',
      { kind: 'secondary-limit', retryAfter: 1, status: 429, once: true },
      /comment created/,
    ],
    [
      'a secondary limit for an hour',
      { kind: 'secondary-limit', retryAfter: 3_600, status: 429 },
      /rate limit kept the comment/,
    ],
    ['a quota that is used up', { kind: 'primary-limit' }, /rate limit kept the comment/],
    ['silence', { kind: 'silence' }, /could not be reached/],
  ] as const)('with %s', async (_, fault, said) => {
    github = await startGithubApi();
    const { once = false, ...kind } = fault as { once?: boolean } & Parameters<GithubApi['fail']>[0];
    github.fail({ ...kind, times: once ? 1 : Infinity });
    const published = await publishFor(PULL, null);
    expect(verdictIn(published)).toBe('fail');
    expect(published.log).toMatch(said);
    expect(process.exitCode).toBeUndefined();
  });

  test('with a folder that cannot be written', async () => {
    await writeFile(join(room, 'file'), '');
    const published = await publishFor(PULL, {}, { reportDir: join(room, 'file', 'report') });
    expect(verdictIn(published)).toBe('fail');
    expect(published.log).toMatch(/report\.json could not be written: .*ENOTDIR/);
    expect(github?.comments()).toHaveLength(1);
  });
});

describe('the comment', () => {
  test('is one for each cluster', async () => {
    await publishFor(PULL, {}, { commentKey: 'shop' });
    await publishFor(PULL, {}, { commentKey: 'cart' });
    await publishFor(PULL, {}, { commentKey: 'shop', report: passing() });
    expect(github?.comments().map(({ body }) => /### (\w+)/.exec(body)?.[1])).toEqual(['Pass', 'Fail']);
  });

  test.each([
    ['the same once more', failing(), 0],
    ['other numbers, and the same outcome', { ...failing(), seed: 8 }, 0],
    ['another outcome', passing(), 1],
    ['another scenario that fails the same gate', otherScenarioFails(), 1],
    ['another cause', otherCause(), 1],
  ])('comment: changes: %s', async (_, report: Report, writes) => {
    await publishFor(PULL, {}, { comment: 'changes' });
    await publishFor(PULL, {}, { comment: 'changes', report });
    expect(github?.operations().filter((name) => name === 'issues/update-comment')).toHaveLength(writes);
  });

  test('comment: failures: begins with a failure, and does not go on telling one that is over', async () => {
    await publishFor(PULL, {}, { comment: 'failures', report: passing(), failing: false });
    expect(github?.comments()).toEqual([]);
    await publishFor(PULL, {}, { comment: 'failures' });
    await publishFor(PULL, {}, { comment: 'failures', report: passing(), failing: false });
    expect(github?.comments().map(({ body }) => /### (\w+)/.exec(body)?.[1])).toEqual(['Pass']);
  });

  test('of the largest run is cut at the end of a section, and says where the rest is', async () => {
    const report = largeExample({ replicas: 16, rate: 50, config: 'good', lasts: 13 });
    const { summary } = await publishFor(PULL, {}, { report });
    const [comment] = github?.comments() ?? [];
    expect(comment?.body.length).toBeLessThanOrEqual(65_536);
    expect(summary.match(/<details>/g)?.length).toBe(summary.match(/<\/details>/g)?.length);
    const whole = comment?.body.includes('NGINX configuration under test') === true;
    const cut =
      /<\/details>\n\n_The rest .* \[the job summary\]\(https:\/\/github\.example\/octo-org\/shop\/actions\/runs\/42\)\._$/;
    expect(whole || cut.test(comment?.body ?? '')).toBe(true);
  });
});

describe('annotations', () => {
  test('stand at the line to blame, under words', async () => {
    await publishFor(PULL, {});
    expect(printed).toMatch(
      /^::error title=Crash%3A longest wait,file=nginx\/default\.conf,line=\d+::A replica that is gone takes no connection/m,
    );
  });

  test('are ten at most, and the rest is in the log', async () => {
    const gates = Array.from({ length: 14 }, (_, n) => gate({ metric: `m${n}`, outcome: 'fail' }));
    const [diagnosis] = failing().diagnoses;
    if (diagnosis === undefined) throw new Error('a failure without a diagnosis');
    const diagnoses = gates.map(({ metric }) => ({ ...diagnosis, gates: [metric] }));
    const { log } = await publishFor(PULL, {}, { report: { ...failing(), gates, diagnoses } });
    expect(printed.match(/^::error /gm)).toHaveLength(10);
    expect(log.match(/^error: /gm)).toHaveLength(4);
  });

  test('of an error hold what NGINX or the app said', async () => {
    await publishFor(PULL, {}, { report: erroneous('NGINX does not accept it.', ['[emerg] no', '::set-output x']) });
    expect(printed).toContain('::error title=Nothing could be judged::NGINX does not accept it.%0A[emerg] no%0A');
  });
});

function otherScenarioFails(): Report {
  const report = failing();
  const scenarios = report.scenarios.map((scenario) => ({
    ...scenario,
    gates: scenario.gates.map((one) => ({ ...one, outcome: 'fail' as const })),
  }));
  return { ...report, scenarios };
}

function otherCause(): Report {
  const report = failing();
  return { ...report, diagnoses: report.diagnoses.map((one) => ({ ...one, id: 'another' })) };
}
