/**
 * Builds dist/ from empty: one bundle for each process that a runner (or the main step) starts, and script and style of report.html.
 *
 * `--check` builds into a folder of its own and says whether dist/ is the same to the byte.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPage } from './page.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUNDLES = {
  main: 'src/main.ts',
  post: 'src/post.ts',
  load: 'src/traffic/load-process.ts',
  plan: 'src/main-plan.ts',
  report: 'src/main-report.ts',
};

/** Files that ncc copies along and that nothing here can use: ssh2's Windows agent, and its native build. */
const UNWANTED = /\.(exe|node)$/;

function build(target) {
  rmSync(target, { recursive: true, force: true });
  for (const [name, entry] of Object.entries(BUNDLES)) {
    const out = join(target, name);
    const ncc = join(ROOT, 'node_modules/@vercel/ncc/dist/ncc/cli.js');
    execFileSync(process.execPath, [ncc, 'build', entry, '--out', out, '--transpile-only', '--quiet'], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    for (const file of files(out)) {
      if (UNWANTED.test(file)) rmSync(join(out, file));
    }
  }
  buildPage(join(target, 'page'));
}

function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function differences(expected, actual) {
  const names = [...new Set([...files(expected), ...files(actual)])];
  return names.filter((name) => read(expected, name) !== read(actual, name));
}

function read(folder, name) {
  try {
    return readFileSync(join(folder, name), 'latin1');
  } catch {
    return null;
  }
}

const dist = join(ROOT, 'dist');
const scratch = mkdtempSync(join(tmpdir(), 'lb-cluster-build-'));
try {
  const fresh = join(scratch, 'dist');
  build(fresh);
  if (process.argv.includes('--check')) {
    const changed = differences(fresh, dist);
    if (changed.length > 0) {
      console.error(
        `dist/ is out of step with src/ in: ${changed.join(', ')}. Run \`npm run build\` and commit dist/.`,
      );
      process.exitCode = 1;
    }
  } else {
    rmSync(dist, { recursive: true, force: true });
    cpSync(fresh, dist, { recursive: true });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
