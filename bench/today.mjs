/**
 * Against what people do today: `docker compose up --wait`, k6 with thresholds, and a shell script that kills (or, generously,
 * also pauses) a container. That script is in bench/today; it and the action are asked about the same broken and good clusters of
 * the corpus, in turn: what each says, how long it takes, and how much of it the user has to write.
 *
 *   npm run bench -- today                   the ten broken ones and three good ones; about two minutes each
 *   npm run bench -- today NAME… --narrow    some; the action with fewer checks
 *   npm run bench -- today --lines           the lines alone
 *
 * Needs k6 (`go install go.k6.io/k6@latest`) and the compose plugin from version 2 on.
 */
import { readArguments } from '../scripts/arguments.mjs';
import { readCases } from '../scripts/corpus/cases.mjs';
import { machineImages, product, ROOT } from '../scripts/corpus/machine.mjs';
import { tryCase } from '../scripts/corpus/trial.mjs';
import { join } from 'node:path';
import { SAMPLE, withImages } from './tools/images.mjs';
import { linesTable } from './tools/lines.mjs';
import { missingTools, runToday } from './tools/today.mjs';
import { seconds, table, whole } from './tools/table.mjs';

/** They differ in kind, in an order from what any client sees to what none does. */
const BROKEN = [
  ...[
    'syntax-error',
    'binds-loopback',
    'rate-limit-tight',
    'next-upstream-off',
    'textbook-crash',
    'read-timeout-missing',
  ],
  ...['replica-twice', 'posts-repeated', 'shell-form', 'runs-as-root'],
];
const GOOD = ['good-server-config', 'good-least-conn', 'good-locations'];
const FAULTS = ['kill', 'pause'];

const { values: options, positionals: names } = readArguments({
  allowPositionals: true,
  options: { narrow: { type: 'boolean', default: false }, lines: { type: 'boolean', default: false } },
});

const missing = await missingTools();
if (!options.lines && missing.length > 0)
  console.log(`Not compared: this machine has no ${missing.join(' and no ')}.\n`);
else if (!options.lines) console.log(`${await comparison()}\n`);
console.log(linesTable());

async function comparison() {
  const order = names.length > 0 ? names : [...BROKEN, ...GOOD];
  const cases = order.map((name) => readCases([name])[0]);
  const known = await product();
  const folders = Object.fromEntries(cases.map((one) => [imageName(one), one.hasDockerfile ? one.folder : SAMPLE]));
  return withImages(folders, async (tags) => {
    const results = [];
    for (const one of cases) results.push(await ask(one, tags[imageName(one)], known));
    return `${table(headings(), results.map(row))}\n\n${counts(results)}`;
  });
}

function imageName({ name, hasDockerfile }) {
  return hasDockerfile ? name : 'sample';
}

async function ask(one, image, known) {
  const today = {};
  for (const fault of FAULTS) {
    console.error(`${one.name}: ${fault}`);
    today[fault] = await runToday(one, fault, image, machineImages().nginx);
  }
  console.error(`${one.name}: the action`);
  const builds = one.inputs.context !== undefined;
  const overrides = { ...checksFor(one, known), ...(builds ? {} : { image }) };
  const tools = { dist: join(ROOT, 'dist'), product: known, images: machineImages(), fix: false, overrides };
  return { one, today, action: await tryCase(one, tools) };
}

/** The action's own defaults; narrowly, the case's checks, or for a good one those that ask what the scripts do. */
function checksFor({ good }, { defaults: { checks, faults } }) {
  if (!options.narrow) return { checks, faults };
  return good ? { checks: 'failover', faults: 'crash,freeze' } : {};
}

function headings() {
  const action = `the action${options.narrow ? ', fewer checks' : ''}`;
  return ['case', 'what is wrong', 'kill and k6', 'pause and k6', action, 'diagnosis', 'seconds: kill, pause, action'];
}

function row({ one, today, action }) {
  const said = FAULTS.map((fault) => (today[fault].passed ? 'pass' : `fail: ${today[fault].why}`));
  const times = [...FAULTS.map((fault) => today[fault].seconds), action.seconds];
  return [
    ...[one.name, one.good ? `nothing: ${one.description}` : one.description, ...said, action.verdict],
    action.ids.join(', ') || (action.report?.message ?? '').split(':', 1)[0],
    times.map(whole).join(', '),
  ];
}

function counts(results) {
  const broken = results.filter(({ one }) => !one.good);
  const good = results.filter(({ one }) => one.good);
  const share = (among, caught) => `${among.filter(caught).length} of ${among.length}`;
  const asked = {
    'the script that kills': ({ today }) => !today.kill.passed,
    'both scripts together': ({ today }) => FAULTS.some((fault) => !today[fault].passed),
    'the action': ({ action }) => action.verdict !== 'pass',
  };
  const sum = (timeOf) => seconds(results.reduce((total, result) => total + timeOf(result), 0));
  return [
    ...Object.entries(asked).map(
      ([who, caught]) =>
        `- ${who}: ${share(broken, caught)} broken clusters caught, ${share(good, caught)} good ones refused`,
    ),
    `- in all: kill ${sum(({ today }) => today.kill.seconds)}, pause ${sum(({ today }) => today.pause.seconds)}, the action ${sum(({ action }) => action.seconds)}`,
  ].join('\n');
}
