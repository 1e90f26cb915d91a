import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { ROOT } from '../action';

/** What runs workflows on this machine: github.com/nektos/act, from the PATH or where `go install` puts it; null: it is missing. */
const ACT = ['act', join(homedir(), 'go/bin/act')].find((name) => spawnSync(name, ['--version']).status === 0) ?? null;

/** As `describe`, but skipped, with the reason in its title and in the log, where act is missing. */
export function describeWithAct(title: string, body: () => void): void {
  const reason = 'act is not installed: go install github.com/nektos/act@latest';
  const fullTitle = ACT === null ? `${title} (skipped: ${reason})` : title;
  if (ACT === null) process.stdout.write(`${fullTitle}\n`);
  (ACT === null ? describe.skip : describe)(fullTitle, body);
}

/** Which workflow of a repository is run, and as what. */
export interface ActOrder {
  /** Folder of the repository, committed. */
  readonly repository: string;
  /** Name of the event. */
  readonly event: string;
  /** Its payload; empty unless given. */
  readonly payload?: unknown;
  /** File name of the workflow. */
  readonly workflow: string;
  /** Folders that stand in for repositories of GitHub, by `owner/name@ref`. */
  readonly standIns: Readonly<Record<string, string>>;
  /** Environment of every step. */
  readonly env: Readonly<Record<string, string>>;
}

/** How a run of act ended. */
export interface ActEnding {
  readonly exitCode: number;
  readonly log: string;
}

/** Runs a workflow on this very machine (no job container), one job at a time, without the network. */
export async function runAct({ repository, event, payload, workflow, standIns, env }: ActOrder): Promise<ActEnding> {
  if (ACT === null) throw new Error('act is missing');
  const home = await mkdtemp(join(tmpdir(), 'lbca-act-home-'));
  try {
    const file = join(home, 'event.json');
    await writeFile(file, JSON.stringify(payload ?? {}));
    const argv = [
      ...[event, '--workflows', join('.github/workflows', workflow), '--eventpath', file],
      ...['--platform', 'ubuntu-latest=-self-hosted', '--concurrent-jobs', '1', '--pull=false'],
      ...['--no-cache-server', '--cache-server-addr', '127.0.0.1', '--secret', 'GITHUB_TOKEN=a-token'],
      ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...Object.entries(standIns).flatMap(([name, folder]) => ['--local-repository', `${name}=${folder}`]),
    ];
    // The Node that GitHub gives actions.
    const path = `${join(ROOT, 'node_modules/node/bin')}:${process.env['PATH'] ?? ''}`;
    const ended = await runFile(ACT, argv, {
      cwd: repository,
      env: { ...process.env, PATH: path, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home },
    });
    await keepLog(ended.log);
    return ended;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Writes files into a folder and makes a repository of it, as if it came from GitHub. */
export async function commitAll(folder: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const git = (...argv: string[]): void => {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...who, ...argv], { cwd: folder, stdio: 'ignore' });
  };
  git('init', '--initial-branch=main');
  git('remote', 'add', 'origin', 'https://github.com/octo-org/shop.git');
  git('add', '--all', '--force');
  git('commit', '--message', 'test');
}

/** What a job's last step to set an output set it to, as the log has it; '' when none did. */
export function outputOf(log: string, job: string, name: string): string {
  const lines = log
    .split('\n')
    .filter((line) => /^\[[^\]]*?\]/.exec(line)?.[0].trimEnd().replace(/ *\]$/, '').endsWith(`/${job}`));
  const values = lines.flatMap((line) => new RegExp(`::set-output:: ${name}=(.*)$`).exec(line)?.[1] ?? []);
  return values.at(-1) ?? '';
}

const runFile = (file: string, argv: readonly string[], options: object): Promise<ActEnding> =>
  new Promise((resolve) => {
    execFile(file, [...argv], { maxBuffer: 1 << 26, ...options }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ exitCode, log: stdout + stderr });
    });
  });

/** For whoever wants to know why: all logs in the file that LBCA_ACT_LOG names. */
async function keepLog(log: string): Promise<void> {
  const file = process.env['LBCA_ACT_LOG'];
  if (file !== undefined) await appendFile(file, log);
}
