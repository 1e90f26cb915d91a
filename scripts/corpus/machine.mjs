/** The repository, the images of this machine, and what the product can do as it stands. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import '../typescript.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** `{base, nginx}`: what scripts/setup.sh found or built. */
export function machineImages() {
  return JSON.parse(readFileSync(join(ROOT, '.cache/images.json'), 'utf8'));
}

/** The version of NGINX that an image says it has. */
export async function nginxVersion(image) {
  const env = await docker('image', 'inspect', '--format', '{{range .Config.Env}}{{println .}}{{end}}', image);
  return /^NGINX_VERSION=(.*)$/m.exec(env)?.[1] ?? '0';
}

/** Every input with its default, and every check and fault that exists. */
export async function product() {
  const { inputs } = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
  const { CHECK_NAMES, FAULT_NAMES } = await import('../../src/settings/settings');
  const defaults = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, plain(input.default)]));
  return { defaults, inputNames: Object.keys(inputs), checks: CHECK_NAMES, faults: FAULT_NAMES };
}

/** What a default comes to here, where no runner fills in `${{ … }}`. */
function plain(value) {
  return value === undefined || value.includes('${{') ? '' : value;
}

const run = promisify(execFile);

/** Standard output of a docker command, trimmed. Rejects with what it printed when it fails. */
export async function docker(...args) {
  const { stdout } = await run('docker', args, { cwd: ROOT, maxBuffer: 2 ** 26 });
  return stdout.trim();
}
