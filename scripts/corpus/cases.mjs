/** The cases of fixtures/corpus: one folder each, with its files and a case.yml that says what must come of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './machine.mjs';

export const CORPUS = join(ROOT, 'fixtures/corpus');
export const CASE_FILE = 'case.yml';

const KEYS = ['description', 'inputs', 'expected', 'fails', 'diagnosis', 'also', 'message', 'fix', 'since'];
const VERDICTS = ['pass', 'fail', 'inconclusive', 'error'];
const FIXES = ['config', 'dockerfile', 'inputs', 'none'];

/** Every case, or those of the given names, in the order of their names. Throws where one is not well-formed. */
export function readCases(names) {
  const all = readdirSync(CORPUS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`No such case: ${unknown.join(', ')}. There are: ${all.join(', ')}`);
  return (names.length > 0 ? names : all).map(readCase);
}

function readCase(name) {
  const folder = join(CORPUS, name);
  const written = parse(readFileSync(join(folder, CASE_FILE), 'utf8'));
  const complain = (what) => {
    throw new Error(`fixtures/corpus/${name}/${CASE_FILE}: ${what}`);
  };
  const stray = Object.keys(written).filter((key) => !KEYS.includes(key));
  if (stray.length > 0) complain(`unknown key ${stray.join(', ')}`);
  const { description, inputs = {}, expected, fails = [], diagnosis = [], also = [], message = '' } = written;
  const { fix, since = '0' } = written;
  if (typeof description !== 'string') complain('a description is missing');
  if (!VERDICTS.includes(expected)) complain(`expected must be one of ${VERDICTS.join(', ')}`);
  const good = expected === 'pass';
  if (!good && !FIXES.includes(fix)) complain(`fix must be one of ${FIXES.join(', ')}`);
  if (expected === 'fail' && (fails.length === 0 || diagnosis.length === 0)) complain('fails or diagnosis is missing');
  return {
    ...{ name, folder, description, expected, good, fails, diagnosis, also, message, since },
    fix: fix ?? 'none',
    inputs: Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, String(value)])),
    hasDockerfile: existsSync(join(folder, 'Dockerfile')),
    hasConfig: existsSync(join(folder, 'nginx.conf')),
  };
}

/** What a case asks for that is not there: checks, faults, inputs that the product does not have (yet), a newer NGINX. Empty: it can run. */
export function missingFor({ inputs, since }, { checks, faults, inputNames }, nginxVersion) {
  const list = (text) => (text ?? '').split(/[\s,]+/).filter((word) => word !== '');
  return [
    ...list(inputs.checks).filter((name) => !checks.includes(name)),
    ...list(inputs.faults).filter((name) => !faults.includes(name)),
    ...Object.keys(inputs).filter((name) => !inputNames.includes(name)),
    ...(since.localeCompare(nginxVersion, 'en', { numeric: true }) > 0
      ? [`NGINX ${since}, here is ${nginxVersion}`]
      : []),
  ];
}
