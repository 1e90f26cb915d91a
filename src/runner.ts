import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Path in dist/ of what stands beside the bundle that this process was started with: the load process, the report's page. */
export function besideBundle(path: string): string {
  return join(dirname(process.argv[1] ?? ''), '..', path);
}

/** Folder that paths in inputs are relative to. */
export function workspaceFolder(): string {
  return process.env['GITHUB_WORKSPACE'] ?? process.cwd();
}

/**
 * Folder for a report's files.
 *
 * @param given the input `report-dir`.
 * @param run what tells the folder under the runner's temporary one, where none is given, from that of another run.
 */
export function reportFolder(given: string, run: string): string {
  return given === '' ? join(temporaryFolder(), `lb-cluster-${run}`) : resolve(workspaceFolder(), given);
}

/** Folder that the runner empties after the job. */
export function temporaryFolder(): string {
  return process.env['RUNNER_TEMP'] ?? tmpdir();
}
