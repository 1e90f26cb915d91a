import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../action';
import { BASE_IMAGE } from '../docker';

/** Files of a user's repository, by their path in it. */
export type Files = Readonly<Record<string, string>>;

/** What tells one user's app from another's. */
export interface AppShape {
  /** Folder that it is in; '' is the repository's root. */
  readonly folder?: string;
  readonly port?: number;
  /** Path that answers like `/`. */
  readonly path?: string;
  readonly version?: string;
  /** True: it takes no notice of the header by which it may be asked to answer late, as most apps do. */
  readonly unasked?: boolean;
}

/** What tells one user's nginx.conf from another's. */
export interface ConfigShape {
  readonly replicas?: number;
  readonly port?: number;
  /** Each a directive and its new arguments; the directive has to be there. */
  readonly changes?: Readonly<Record<string, string>>;
}

/** The sample app as a user would have it, on the base image that this machine has. */
export async function appFiles(shape: AppShape = {}): Promise<Files> {
  const { folder = '', port = 5000, path = '/', version = '1.0.0', unasked = false } = shape;
  const names = ['Dockerfile', 'app.py', 'healthcheck.py', 'requirements.txt'];
  const changed = (text: string): string =>
    text
      .replaceAll('5000', String(port))
      .replace(/^ARG BASE_IMAGE=.*$/m, `ARG BASE_IMAGE=${BASE_IMAGE}`)
      .replace(/^ARG APP_VERSION=.*$/m, `ARG APP_VERSION=${version}`)
      .replace('@app.before_request\n', unasked ? '' : '$&')
      .replace('@app.route("/",', path === '/' ? '$&' : `@app.route("${path}", methods=["GET", "POST"])\n$&`);
  const entries = names.map(async (name) => [join(folder, name), changed(await fixture(`app/${name}`))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** The Dockerfile moved to another place, its image behind the name of a stage, with one more stage after it. */
export function withStages({ Dockerfile = '', ...others }: Files, dockerfile: string, stage: string): Files {
  const staged = `${Dockerfile.replace(/^FROM .*$/m, `$& AS ${stage}`)}\nFROM ${stage} AS debug\nENV LOG_LEVEL=debug\n`;
  return { ...others, [dockerfile]: staged };
}

/** The whole nginx.conf that is the reference, for as many replicas as a user has. */
export async function goodConfig({ replicas = 3, port = 5000, changes = {} }: ConfigShape = {}): Promise<string> {
  const servers = Array.from({ length: replicas }, (_, index) => `server app${index + 1}:${port} $1;\n`);
  const text = (await fixture('nginx/whole.conf')).replace(
    /(?:\s*server app\d:5000 ([^;]*);\n)+/,
    `\n${servers.map((line) => `        ${line}`).join('')}`,
  );
  return Object.entries(changes).reduce((config, [directive, value]) => {
    const found = new RegExp(`(?<=\\b${directive}) [^;]*(?=;)`);
    if (!found.test(config)) throw new Error(`No ${directive} in the configuration`);
    return config.replace(found, ` ${value}`);
  }, text);
}

function fixture(name: string): Promise<string> {
  return readFile(join(ROOT, 'fixtures', name), 'utf8');
}
