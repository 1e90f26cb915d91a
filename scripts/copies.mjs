/**
 * Keeps the copies of action.yml's inputs in step with it: run/action.yml, by which the reusable workflow calls the action (its
 * own repository's root has no name there), and the inputs and the step of .github/workflows/cluster.yml.
 * With `--check` it writes nothing, and exits with 1 when a copy is out of step.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { parse, stringify } from 'yaml';
import './typescript.mjs';

const { UNPLANNED_INPUTS } = await import('../src/settings/plan/part-inputs');

const ROOT = join(import.meta.dirname, '..');

/** Inputs that are numbers and nothing else. */
const NUMBERS = ['replicas', 'app-port', 'cpus', 'pids-limit', 'rate'];

const source = await readFile(join(ROOT, 'action.yml'), 'utf8');
const inputs = Object.entries(parse(source).inputs).filter(([name]) => !UNPLANNED_INPUTS.includes(name));
const workflow = await readFile(join(ROOT, '.github/workflows/cluster.yml'), 'utf8');
const copies = {
  'run/action.yml':
    '# Written by `npm run docs` from action.yml: the same action, for a workflow that names it as a part of its repository.\n' +
    source.replaceAll(/^( +(?:main|post): )dist\//gm, '$1../dist/'),
  '.github/workflows/cluster.yml': replaceSection(
    replaceSection(workflow, 'inputs', workflowInputs()),
    'with',
    inputs.map(([name]) => `${name}: \${{ matrix.inputs.${name} }}\n`).join(''),
  ),
};

for (const [name, text] of Object.entries(copies)) {
  const path = join(ROOT, name);
  const after = await format(text, { ...(await resolveConfig(path)), filepath: path });
  const before = await readFile(path, 'utf8').catch(() => '');
  if (after === before) {
    console.log(`${name} is in step.`);
  } else if (process.argv.includes('--check')) {
    console.error(`${name} is out of step with action.yml; run \`npm run docs\`.`);
    process.exitCode = 1;
  } else {
    await writeFile(path, after);
    console.log(`${name} is written.`);
  }
}

function workflowInputs() {
  const typed = inputs.map(([name, input]) => {
    const number = NUMBERS.includes(name);
    const text = input.default ?? '';
    return [
      name,
      { description: input.description, type: number ? 'number' : 'string', default: number ? Number(text) : text },
    ];
  });
  return stringify(Object.fromEntries(typed), { lineWidth: 110, defaultStringType: 'PLAIN', singleQuote: true });
}

/** Puts lines between `# name:start` and `# name:end`, as far to the right as the first of these. */
function replaceSection(text, name, content) {
  const section = new RegExp(`^( *)# ${name}:start\\n[^]*?^ *# ${name}:end\\n`, 'm');
  if (!section.test(text)) throw new Error(`There is no section ${name}:start to ${name}:end.`);
  return text.replace(section, (_, indent) =>
    [`# ${name}:start`, ...content.trimEnd().split('\n'), `# ${name}:end`]
      .map((line) => (line === '' ? '\n' : `${indent}${line}\n`))
      .join(''),
  );
}
