import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../action';

/** What runs workflows on this machine: github.com/nektos/act, from the PATH or where `go install` puts it; null: it is missing. */
export const ACT =
  ['act', join(homedir(), 'go/bin/act')].find((name) => spawnSync(name, ['--version']).status === 0) ?? null;

/** A job of the caller, after the run. */
export interface ActRun {
  readonly exitCode: number;
  readonly log: string;
  /** Output of the last job of the reusable workflow, as the log has it; '' when there is none. */
  readonly verdict: string;
  /**
   * What the caller's later job read of the reusable workflow: its result and its outputs, by name. Nothing where that failed: act
   * then ends without running the later job, whatever its `if` says.
   */
  readonly read: Readonly<Record<string, string>>;
  /** Names of the artifacts that were kept. */
  readonly artifacts: readonly string[];
}

/** What is called, and with what trouble. */
export interface ActOrder {
  /** Inputs of the reusable workflow. */
  readonly inputs: Readonly<Record<string, string | number>>;
  /** Name of an artifact that gets lost on its way. */
  readonly loses?: string;
}

const OUTPUTS = ['verdict', 'distribution', 'comment-url', 'report-artifact'];

const runFile = (file: string, argv: readonly string[], options: object): Promise<{ exitCode: number; log: string }> =>
  new Promise((resolve) => {
    execFile(file, [...argv], { maxBuffer: 1 << 26, ...options }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ exitCode, log: stdout + stderr });
    });
  });

/** Name of the copy of this repository. */
const [SELF, SELF_REF] = ['octo-org/lb-cluster-action', 'here'];

/**
 * Runs a workflow that calls the reusable one, on this very machine (no job container), in a copy of the repository. The two
 * artifact actions are stand-ins that copy files.
 */
export async function callWorkflow({ inputs, loses = '' }: ActOrder): Promise<ActRun> {
  if (ACT === null) throw new Error('act is missing');
  const scratch = await mkdtemp(join(tmpdir(), 'lbca-act-'));
  try {
    const repository = join(scratch, 'repository');
    const [store, read] = [join(scratch, 'store'), join(scratch, 'read')];
    await Promise.all([store, read, repository].map((folder) => mkdir(folder)));
    await copyRepository(repository);
    await writeFile(join(repository, '.github/workflows/caller.yml'), caller(inputs));
    commit(repository);
    const argv = [
      ...['push', '--workflows', '.github/workflows/caller.yml', '--platform', 'ubuntu-latest=-self-hosted'],
      ...['--concurrent-jobs', '1', '--pull=false', '--no-cache-server', '--cache-server-addr', '127.0.0.1'],
      ...['--env', `ACT_STORE=${store}`, '--env', `ACT_READ=${read}`, '--env', `ACT_LOSES=${loses}`],
      ...(await standIns(repository)).flatMap((pair) => ['--local-repository', pair]),
    ];
    const path = `${join(ROOT, 'node_modules/node/bin')}:${process.env['PATH'] ?? ''}`;
    const home = join(scratch, 'home');
    await mkdir(home);
    const env = { ...process.env, PATH: path, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home };
    const ended = await runFile(ACT, argv, { cwd: repository, env });
    await keepLog(ended.log);
    const verdict = /\/Verdict *\].*::set-output:: verdict=(\w+)/.exec(ended.log)?.[1] ?? '';
    return { ...ended, verdict, read: await readAll(read), artifacts: (await readdir(store)).toSorted() };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function copyRepository(target: string): Promise<void> {
  for (const name of ['action.yml', 'plan', 'report', 'run', 'dist', 'fixtures', '.github']) {
    await cp(join(ROOT, name), join(target, name), { recursive: true });
  }
  const file = join(target, '.github/workflows/cluster.yml');
  const text = await readFile(file, 'utf8');
  // This repository at this commit is the copy, under a name.
  const known = text.replaceAll(/uses: \$\/(\w+)/g, `uses: ${SELF}/$1@${SELF_REF}`);
  // act evaluates the matrix also of a job that it skips, because the one before has failed.
  await writeFile(file, known.replaceAll('.outputs.matrix)', ".outputs.matrix || '{}')"));
}

/** Of each artifact action at the commit that the workflow names. */
async function standIns(repository: string): Promise<readonly string[]> {
  const workflow = await readFile(join(repository, '.github/workflows/cluster.yml'), 'utf8');
  const used = new Set(
    [...workflow.matchAll(/actions\/(upload|download)-artifact@[0-9a-f]{40}/g)].map(([name]) => name),
  );
  const others = [...used].map(
    (name) => `${name}=${join(ROOT, '__tests__/support/act', name.includes('upload') ? 'upload' : 'download')}`,
  );
  return [...others, `${SELF}@${SELF_REF}=${repository}`];
}

function commit(repository: string): void {
  const git = (...argv: string[]): void => {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...who, ...argv], { cwd: repository, stdio: 'ignore' });
  };
  git('init', '--initial-branch=main');
  git('remote', 'add', 'origin', 'https://github.com/octo-org/shop.git');
  git('add', '--all', '--force');
  git('commit', '--message', 'test');
}

/** The job `after` stands for whatever a user's workflow does with the outputs. */
function caller(inputs: ActOrder['inputs']): string {
  const read = [
    ['result', '${{ needs.cluster.result }}'],
    ...OUTPUTS.map((name) => [name, `\${{ needs.cluster.outputs.${name} }}`]),
  ];
  return JSON.stringify({
    name: 'Caller',
    on: 'push',
    permissions: {},
    jobs: {
      cluster: {
        uses: './.github/workflows/cluster.yml',
        permissions: { contents: 'read', 'pull-requests': 'write' },
        with: inputs,
      },
      after: {
        needs: 'cluster',
        if: '${{ always() }}',
        'runs-on': 'ubuntu-latest',
        steps: read.map(([name, value], index) => ({
          env: { VALUE: value },
          run: `printf %s "$VALUE" > "$ACT_READ/${name ?? String(index)}"`,
        })),
      },
    },
  });
}

async function readAll(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(folder);
  const texts = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
  );
  return Object.fromEntries(texts);
}

/** For whoever wants to know why: all logs in the file that LBCA_ACT_LOG names. */
async function keepLog(log: string): Promise<void> {
  const file = process.env['LBCA_ACT_LOG'];
  if (file !== undefined) await appendFile(file, log);
}
