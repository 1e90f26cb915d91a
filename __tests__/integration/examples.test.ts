import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ROOT } from '../support/action';
import { openExamples, type ExampleHouse, type ExampleRun } from '../support/act/examples';
import { describeWithAct } from '../support/act/run-act';
import { appFiles, goodConfig, withStages, type AppShape, type Files } from '../support/act/user-repository';
import { FORK, OPEN_PULL, pullRequestEvent, REPOSITORY, workflowRunEvent } from '../support/act/events';
import { buildFolderImage, describeOnDocker } from '../support/docker';
import { startGithubApi, type GithubApi, type GithubApiOptions } from '../support/github-api/github-api';

// Long enough for whatever a busy machine does meanwhile; a run that hangs is longer.
jest.setTimeout(1_200_000);

/** An example, and what a user's repository has to have for it. */
interface ExampleCase {
  readonly example: string;
  /** Name of the job whose output is the verdict. */
  readonly job: string;
  readonly event: 'pull_request' | 'schedule';
  readonly files: () => Promise<Files>;
  /** Artifacts that a run leaves. */
  readonly artifacts: readonly string[];
  /** What the comment, if there is one, says first. */
  readonly comment: string | null;
}

/** NGINX waits for a replica no longer than the gates of strict-gate.yml allow, and tries another one after every fault of it. */
const TIGHT = {
  ...{ proxy_connect_timeout: '500ms', proxy_read_timeout: '1s' },
  proxy_next_upstream: 'error timeout http_503',
};

/** What own-configuration.yml tells of its app. */
const OWN_APP: AppShape = { port: 8080, path: '/api/products' };
const ownFiles = async (config: string): Promise<Files> => ({
  ...withStages(await appFiles(OWN_APP), 'docker/app.Dockerfile', 'production'),
  'nginx/nginx.conf': config,
});
const severalFiles = async (config: string): Promise<Files> => ({
  ...(await appFiles({ folder: 'apps/shop' })),
  ...(await appFiles({ folder: 'apps/search' })),
  'apps/shop/nginx.conf': config,
});
const rootFiles = async (config: string, shape: AppShape = {}): Promise<Files> => ({
  ...(await appFiles(shape)),
  'nginx/nginx.conf': config,
});

const parts = (...ids: readonly string[]): readonly string[] => ids.map((id) => `lb-cluster-part.cluster.${id}`);
const MERGED = 'lb-cluster-report.cluster';

const MINIMAL: ExampleCase = {
  ...{ example: 'minimal.yml', job: 'Would clients notice the loss of a replica?', event: 'pull_request' },
  ...{ files: appFiles, artifacts: [], comment: '### Pass' },
};
const OWN: ExampleCase = {
  ...{ ...MINIMAL, example: 'own-configuration.yml', artifacts: ['cluster-report'] },
  files: async () => ownFiles(await goodConfig({ replicas: 4, port: 8080 })),
};
const SEVERAL: ExampleCase = {
  ...{ ...MINIMAL, example: 'several-apps.yml', job: 'Verdict' },
  files: async () => severalFiles(await goodConfig()),
  artifacts: [...parts('mail-1', 'search-1', 'search-2', 'shop-1', 'shop-2'), MERGED],
};
const STRICT: ExampleCase = {
  ...{ ...MINIMAL, example: 'strict-gate.yml', job: 'Verdict' },
  // An answer that takes longer than a second by itself would not be waited for.
  files: async () => rootFiles(await goodConfig({ changes: TIGHT }), { unasked: true }),
  artifacts: [...parts('cluster-1', 'cluster-2', 'cluster-3', 'cluster-4', 'cluster-5'), MERGED],
};
/** The others that come out green by themselves; fork-safe.yml has its comment written by another one. */
const UPGRADE: ExampleCase = { ...MINIMAL, example: 'upgrade.yml', job: 'Would clients notice the upgrade?' };
const NIGHTLY: ExampleCase = {
  ...{ example: 'nightly-soak.yml', job: 'Verdict', event: 'schedule', comment: null },
  files: async () => rootFiles(await goodConfig({ replicas: 8 })),
  artifacts: [...parts('cluster-1', 'cluster-2', 'cluster-3', 'cluster-4'), MERGED],
};
const FORK_SAFE: ExampleCase = {
  ...{ ...MINIMAL, example: 'fork-safe.yml', job: 'Verdict', comment: null },
  artifacts: [...parts('cluster-1'), MERGED],
};
const GREEN = [MINIMAL, OWN, SEVERAL, UPGRADE, STRICT, NIGHTLY];

/** A broken nginx.conf, and what the comment has to say of it. */
interface BrokenCase {
  readonly name: string;
  readonly of: ExampleCase;
  readonly files: () => Promise<Files>;
  readonly verdict: 'fail' | 'error';
  readonly told: RegExp;
}

const lastIsBackup = (config: string): string => config.replace(/(server app4:8080 .*);/, '$1 backup;');
const withoutSemicolon = (config: string): string => config.replace('listen 80;', 'listen 80');

const BROKEN_SHOP: BrokenCase = {
  ...{ name: 'one app’s requests are not tried again', of: SEVERAL, verdict: 'fail', told: /proxy_next_upstream/ },
  files: async () => severalFiles(await goodConfig({ changes: { proxy_next_upstream: 'off' } })),
};
const REFUSED_OWN: BrokenCase = {
  ...{ name: 'a semicolon is missing', of: OWN, verdict: 'error', told: /\[emerg\] 1#1: invalid parameter/ },
  files: async () => ownFiles(withoutSemicolon(await goodConfig({ replicas: 4, port: 8080 }))),
};
const BROKEN_OWN: BrokenCase = {
  ...{ name: 'a replica is a backup by mistake', of: OWN, verdict: 'fail', told: /only 3 of 4 replicas serve/ },
  files: async () => ownFiles(lastIsBackup(await goodConfig({ replicas: 4, port: 8080 }))),
};
const REFUSED_STRICT: BrokenCase = {
  ...{ name: 'a semicolon is missing', of: STRICT, verdict: 'error', told: /\[emerg\] 1#1: invalid parameter/ },
  files: async () => rootFiles(withoutSemicolon(await goodConfig({ changes: TIGHT }))),
};

test('every example has a case', () => {
  const cases = [...GREEN, FORK_SAFE].map(({ example }) => example);
  const files = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.yml'));
  expect([...cases, 'fork-safe-comment.yml'].toSorted()).toEqual(files.toSorted());
});

/** All together take some twenty minutes; without it, those run that show most in least time. */
const ALL = process.env['LBCA_EXAMPLES'] === 'all';
const REASON = 'LBCA_EXAMPLES=all runs it';

/** As `describe`, but skipped, with the reason in its title and in the log, unless all examples are asked for. */
function describeIfAll(title: string, body: () => void): void {
  const fullTitle = ALL ? title : `${title} (skipped: ${REASON})`;
  if (!ALL) process.stdout.write(`${fullTitle}\n`);
  (ALL ? describe : describe.skip)(fullTitle, body);
}

describeWithAct('the examples, by act', () => {
  describeOnDocker('in a user’s repository', () => {
    let house: ExampleHouse;
    let images: readonly { readonly remove: () => Promise<void> }[] = [];
    let github: GithubApi | null;

    beforeAll(async () => {
      house = await openExamples();
      // Images that several-apps.yml and upgrade.yml name.
      images = [
        await buildFolderImage('ghcr.io/me/mail:2.4.0', await appFiles({ port: 8025 })),
        await buildFolderImage('ghcr.io/me/shop:production', await appFiles({ version: '0.9.0' })),
      ];
    });
    beforeEach(() => {
      github = null;
    });
    // Throws where a request or an answer does not match GitHub's own description.
    afterEach(async () => {
      await house.clear();
      await github?.stop();
    });
    afterAll(async () => {
      await house.close();
      for (const image of images) await image.remove();
    });

    async function start(options: GithubApiOptions = {}): Promise<GithubApi> {
      github = await startGithubApi({ repository: REPOSITORY, ...options });
      return github;
    }

    /** Where the pull request comes from a fork unless it says otherwise. */
    async function run(
      one: ExampleCase,
      { url }: GithubApi,
      files = one.files,
      from = REPOSITORY,
    ): Promise<ExampleRun> {
      const payload = one.event === 'schedule' ? { schedule: '17 3 * * *' } : pullRequestEvent(from);
      return house.run({ ...one, files: await files(), payload, apiUrl: url });
    }

    function testGreen(cases: readonly ExampleCase[]): void {
      test.each(cases)('$example comes out green', async (one) => {
        const api = await start();

        const ended = await run(one, api);

        expect(endingOf(ended, 'pass')).toEqual({ exitCode: 0, verdict: 'pass', end: '' });
        expect(await house.artifacts()).toEqual(one.artifacts);
        expect(api.comments().map(({ issue, body }) => ({ issue, title: /^### \w+/m.exec(body)?.[0] }))).toEqual(
          one.comment === null ? [] : [{ issue: 7, title: one.comment }],
        );
      });
    }

    function testRed(cases: readonly BrokenCase[]): void {
      test.each(cases)('$of.example comes out red: $name', async ({ of, files, verdict, told }) => {
        const api = await start();

        const ended = await run(of, api, files);

        expect(endingOf(ended, verdict)).toEqual({ exitCode: 1, verdict, end: '' });
        expect(await house.artifacts()).toEqual(of.artifacts);
        const [comment] = api.comments();
        expect(comment?.body).toMatch(new RegExp(`^### ${verdict === 'fail' ? 'Fail' : 'Error'}`, 'm'));
        expect(comment?.body).toMatch(told);
      });
    }

    test('fork-safe.yml comes out green without a comment, and fork-safe-comment.yml writes it', async () => {
      const reader = await start({ token: 'fork' });
      const check = await run(FORK_SAFE, reader, FORK_SAFE.files, FORK);
      expect(endingOf(check, 'pass')).toEqual({ exitCode: 0, verdict: 'pass', end: '' });
      expect(await house.artifacts()).toEqual(FORK_SAFE.artifacts);
      expect(reader.comments()).toEqual([]);
      await reader.stop();

      const writer = await start({ open: [OPEN_PULL] });
      const comment = await house.run({
        ...{ example: 'fork-safe-comment.yml', job: 'Publish', event: 'workflow_run', apiUrl: writer.url },
        ...{ files: {}, payload: workflowRunEvent() },
      });

      expect(endingOf(comment, 'pass')).toEqual({ exitCode: 0, verdict: 'pass', end: '' });
      expect(writer.comments()).toEqual([
        expect.objectContaining({ issue: 7, body: expect.stringMatching(/^### Pass/m) }),
      ]);
    });

    testRed([BROKEN_OWN, REFUSED_OWN, REFUSED_STRICT]);

    describeIfAll('all of them', () => {
      testGreen(GREEN);
      testRed([BROKEN_SHOP]);
    });
  });
});

/** How a run ended; with the end of its log where that is not as expected. */
function endingOf({ exitCode, verdict, log }: ExampleRun, expected: string): object {
  return { exitCode, verdict, end: verdict === expected ? '' : log.split('\n').slice(-60).join('\n') };
}
