import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Path in dist/ of what stands beside the bundle that this process was started with: the load process, the report's page. */
export function besideBundle(path: string): string {
  return join(dirname(process.argv[1] ?? ''), '..', path);
}

/** Folder that paths in inputs are relative to. */
export function workspaceFolder(): string {
  return process.env['GITHUB_WORKSPACE'] ?? process.cwd();
}

/** Folder that the runner empties after the job. */
export function temporaryFolder(): string {
  return process.env['RUNNER_TEMP'] ?? tmpdir();
}
