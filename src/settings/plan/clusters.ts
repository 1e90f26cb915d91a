import type { InputName } from '../inputs';
import { isFields, type Fields } from '../json-fields';
import { parseSettings } from '../parse';
import type { Settings } from '../settings';
import { nearest } from '../spelling';
import { wholeNumber } from '../scalars';
import { allOf, notAccepted, quoted } from '../wording';
import { PART_INPUTS } from './part-inputs';

/** A cluster that is to be checked, by one runner or several. */
export interface PlannedCluster {
  readonly name: string;
  /** Its inputs as text, where they are given. */
  readonly raw: Readonly<Record<string, string>>;
  readonly settings: Settings;
}

/** What is planned, or everything that is wrong with what was asked for. */
export type PlanOrder =
  | { readonly ok: true; readonly clusters: readonly PlannedCluster[]; readonly runners: number }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The inputs of the plan action, as text. */
export interface PlanInputs {
  readonly inputs: string;
  readonly clusters: string;
  readonly runners: string;
}

/** Inputs of the reusable workflow that are no concern of a plan: it hands over all that it has. */
const OF_THE_WORKFLOW: readonly string[] = [
  ...['name', 'clusters', 'runners', 'runs-on', 'timeout-minutes', 'comment', 'retention-days'],
];

/** One verdict stands for all clusters, and one seed for all parts, so that a run can be repeated. */
const FOR_ALL_CLUSTERS: readonly string[] = ['on-inconclusive', 'seed'];

/** What is checked where no cluster has a name of its own. */
const ONLY_CLUSTER = 'cluster';
const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const NAME_FORMS = 'lower-case letters, digits and hyphens, a letter first, 40 at most';
const MOST_RUNNERS = 20;
const MOST_CLUSTERS = 50;
/** GitHub takes no more jobs of one matrix. */
const MOST_JOBS = 256;

/**
 * Reads what is to be planned; never throws. Each cluster's inputs go through the parser of the action itself, so that what is
 * wrong with them is said before any runner starts.
 */
export function readPlan(given: PlanInputs): PlanOrder {
  const common = readCommon(given.inputs);
  const clusters = readClusters(given.clusters);
  const runners =
    given.runners.trim() === '' ? { ok: true as const, value: 1 } : wholeNumber(1, MOST_RUNNERS)(given.runners.trim());
  const problems = [
    ...common.problems,
    ...clusters.problems,
    ...(runners.ok ? [] : runners.complaints.map(({ text }) => `Input \`runners\`: ${text}`)),
  ];
  if (problems.length > 0 || !runners.ok) return { ok: false, problems };
  return parseClusters(common.value, clusters.value, runners.value);
}

function parseClusters(common: Readonly<Record<string, string>>, named: readonly Named[], runners: number): PlanOrder {
  const parsed = named.map(({ name, inputs }) => {
    const raw = { ...common, ...inputs };
    return { name, raw, outcome: parseSettings(raw) };
  });
  const alone = named.length === 1 && named[0]?.name === ONLY_CLUSTER;
  const problems = parsed.flatMap(({ name, outcome }) =>
    outcome.ok ? [] : outcome.problems.map(({ message }) => (alone ? message : `Cluster \`${name}\`: ${message}`)),
  );
  if (parsed.length * runners > MOST_JOBS) {
    problems.push(
      `Inputs \`clusters\` and \`runners\`: ${parsed.length} clusters on ${runners} runners each are more than ${MOST_JOBS} jobs, the most that GitHub takes; give fewer of either.`,
    );
  }
  if (problems.length > 0) return { ok: false, problems };
  const clusters = parsed.flatMap(({ name, raw, outcome }) =>
    outcome.ok ? [{ name, raw, settings: outcome.settings }] : [],
  );
  return { ok: true, clusters, runners };
}

function readCommon(text: string): Read<Readonly<Record<string, string>>> {
  const value = parseJson(text, '{}');
  if (!isFields(value)) {
    const forms = 'a JSON object of the action\'s inputs, such as `{"replicas": 3}`';
    return { value: {}, problems: [`Input \`inputs\`: ${notAccepted(text.trim(), forms)}`] };
  }
  const entries = Object.entries(value).filter(([name]) => !OF_THE_WORKFLOW.includes(name));
  const { name } = value;
  const read = readInputs(entries, PART_INPUTS, 'Input `inputs`');
  // Artifacts are named after it, and looked for by it.
  if (name === undefined || (typeof name === 'string' && NAME.test(name))) return read;
  return { ...read, problems: [`Input \`name\`: ${notAccepted(textOf(name) ?? '', NAME_FORMS)}`, ...read.problems] };
}

interface Named {
  readonly name: string;
  readonly inputs: Readonly<Record<string, string>>;
}

interface Read<T> {
  readonly value: T;
  readonly problems: readonly string[];
}

function readClusters(text: string): Read<readonly Named[]> {
  if (text.trim() === '') return { value: [{ name: ONLY_CLUSTER, inputs: {} }], problems: [] };
  const list = parseJson(text, '');
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_CLUSTERS || !list.every(isFields)) {
    const forms = `a JSON list of 1 to ${MOST_CLUSTERS} clusters, such as \`[{"name": "shop", "context": "apps/shop"}]\``;
    return { value: [], problems: [`Input \`clusters\`: ${notAccepted(text.trim(), forms)}`] };
  }
  const read = list.map((fields, index) => readCluster(fields, index + 1, list.slice(0, index)));
  return { value: read.map(({ value }) => value), problems: read.flatMap(({ problems }) => problems) };
}

function readCluster(fields: Fields, number: number, before: readonly Fields[]): Read<Named> {
  const { name, ...rest } = fields;
  const where = `Input \`clusters\`, cluster ${number}`;
  if (typeof name !== 'string' || !NAME.test(name)) {
    const problem = `${where}: ${notAccepted(textOf(name) ?? '', `as \`name\` ${NAME_FORMS}`)}`;
    return { value: { name: '', inputs: {} }, problems: [problem] };
  }
  const allowed = PART_INPUTS.filter((input) => !FOR_ALL_CLUSTERS.includes(input));
  const inputs = readInputs(Object.entries(rest), allowed, `Input \`clusters\`, \`${name}\``);
  const repeated = before.some((other) => other['name'] === name);
  return {
    value: { name, inputs: inputs.value },
    problems: [
      ...(repeated ? [`${where}: \`${name}\` is given more than once; give each a name of its own.`] : []),
      ...inputs.problems,
    ],
  };
}

function readInputs(
  entries: readonly (readonly [string, unknown])[],
  allowed: readonly InputName[],
  where: string,
): Read<Readonly<Record<string, string>>> {
  const problems = entries.flatMap(([name, value]) => {
    if (!allowed.some((input) => input === name)) return [`${where}: ${unknownInput(name, allowed)}`];
    return textOf(value) === null ? [`${where}: \`${name}\` must be a text, a number, or true or false.`] : [];
  });
  return { value: Object.fromEntries(entries.map(([name, value]) => [name, textOf(value) ?? ''])), problems };
}

function unknownInput(name: string, allowed: readonly InputName[]): string {
  if (FOR_ALL_CLUSTERS.includes(name)) return `\`${name}\` holds for all clusters; give it once, beside \`clusters\`.`;
  const meant = nearest(name, allowed);
  return `${quoted(name)} is not an input of a cluster; ${meant === null ? `give some of ${allOf(allowed)}.` : `did you mean \`${meant}\`?`}`;
}

/** Texts as they are; numbers and booleans as YAML would have written them; null: nothing that an input can be. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function parseJson(text: string, empty: string): unknown {
  try {
    return JSON.parse(text.trim() === '' ? empty : text);
  } catch {
    return undefined;
  }
}
