/** What a user has to write, in lines: those that are neither empty nor a comment alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/corpus/machine.mjs';
import { table } from './table.mjs';
import { TODAY } from './today.mjs';

/** File → language, and what begins a comment there. */
const FILES = {
  'compose.yaml': ['YAML', '#'],
  'steps.yml': ['YAML', '#'],
  'chaos.sh': ['shell', '#'],
  'k6.js': ['JavaScript', '/'],
};

/** Both without what they share: the Dockerfile, NGINX's configuration, and the rest of the workflow. */
export function linesTable() {
  const today = Object.entries(FILES).map(([name, [language, comment]]) => [
    ...['today', `bench/today/${name}`, language],
    linesOf(readFileSync(join(TODAY, name), 'utf8'), comment),
  ]);
  const total = today.reduce((sum, [, , , lines]) => sum + lines, 0);
  return table(
    ['who', 'what the user writes', 'language', 'lines'],
    [
      ...today,
      ['today', '**all**', '', total],
      ['the action', "the step of README's first workflow", 'YAML', stepLines()],
    ],
  );
}

function linesOf(text, comment) {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith(comment)).length;
}

/** From the action's `uses` to the end of the first workflow in the README. */
function stepLines() {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const workflow = /```yaml\n([^]*?)```/.exec(readme)?.[1] ?? '';
  return linesOf(workflow.slice(workflow.indexOf('- uses: org/lb-cluster-action')), '#');
}
