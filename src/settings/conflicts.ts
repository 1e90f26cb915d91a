import type { Gate } from './gates';
import { ROLLOUT_INPUTS, type InputName, type InputValues } from './inputs';
import { findMetric } from './metrics';
import { SILENT_CHECKS } from './settings';
import { climbsOut } from './paths';
import { allOf, counted } from './wording';

/** What is wrong with the inputs, in one line of text for the user. */
export interface InputProblem {
  /** The inputs concerned; the first is the one to change. */
  readonly inputs: readonly InputName[];
  readonly message: string;
}

/** The inputs as read so far; one that could not be read is missing. */
export interface InputsRead {
  readonly values: Partial<InputValues>;
  /** Inputs whose text is another than their default. */
  readonly given: ReadonlySet<InputName>;
}

type Rule = (read: InputsRead) => readonly InputProblem[];

/** Inputs that have a meaning only for a build. */
const BUILD_INPUTS: readonly InputName[] = [
  ...(['context', 'dockerfile', 'target', 'build-args', 'cache-from', 'cache-to'] as const),
  'rollout-build-args',
];

const RULES: readonly Rule[] = [
  ({ given }) => excluded(given, 'image', BUILD_INPUTS, 'an image that exists is not built'),
  ({ given }) =>
    excluded(
      given,
      'nginx-config',
      ['algorithm', 'weights'],
      'a configuration of your own says itself how it balances',
    ),
  ({ given }) =>
    excluded(
      given,
      'baseline-image',
      ['rollout-image', 'rollout-build-args'],
      'the rolling update goes from the baseline to the image under test',
    ),
  ({ given }) => excluded(given, 'rollout-image', ['rollout-build-args'], 'an image that exists is not built'),
  rolloutIsChecked,
  weightsFitReplicas,
  dockerfileInWorkspace,
  gatesAreMeasured,
  hardeningIsChecked,
];

/** Inputs that are sound one by one and not together. */
export function findConflicts(read: InputsRead): readonly InputProblem[] {
  return RULES.flatMap((rule) => rule(read));
}

function excluded(
  given: ReadonlySet<InputName>,
  owner: InputName,
  others: readonly InputName[],
  reason: string,
): readonly InputProblem[] {
  const unwanted = others.filter((name) => given.has(name));
  if (!given.has(owner) || unwanted.length === 0) return [];
  return [problem([owner, ...unwanted], `${reason}; leave out ${allOf(unwanted)}, or \`${owner}\`.`)];
}

function rolloutIsChecked({ given, values: { checks } }: InputsRead): readonly InputProblem[] {
  const unused = ROLLOUT_INPUTS.filter((name) => given.has(name));
  if (unused.length === 0 || checks === undefined || checks.includes('rollout')) return [];
  const text = `nothing is rolled out while \`checks\` leaves out \`rollout\`; add it, or leave out ${allOf(unused)}.`;
  return [problem([...unused, 'checks'], text)];
}

function weightsFitReplicas({ values: { weights, replicas } }: InputsRead): readonly InputProblem[] {
  if (weights == null || replicas === undefined || weights.length === replicas) return [];
  const counts = `${counted(weights.length, 'weight')} for ${replicas} replicas`;
  return [problem(['weights', 'replicas'], `${counts}; give one weight for each replica.`)];
}

function dockerfileInWorkspace({ values: { context, dockerfile } }: InputsRead): readonly InputProblem[] {
  if (dockerfile == null || context === undefined || !climbsOut(`${context}/${dockerfile}`)) return [];
  const text = '`dockerfile` starts from `context` and leads out of the workspace; give one inside.';
  return [problem(['dockerfile', 'context'], text)];
}

function gatesAreMeasured({ values: { gates = [], checks, faults } }: InputsRead): readonly InputProblem[] {
  return gates.flatMap((gate) => {
    const metric = findMetric(gate.metric);
    if (metric?.check === null && checks?.every((check) => SILENT_CHECKS.has(check)) === true)
      return [unmeasured(gate, 'checks', 'a check that sends requests')];
    if (metric?.check != null && checks?.includes(metric.check) === false)
      return [unmeasured(gate, 'checks', `\`${metric.check}\``)];
    if (metric?.fault != null && faults?.includes(metric.fault) === false)
      return [unmeasured(gate, 'faults', `\`${metric.fault}\``)];
    return [];
  });
}

/** Switched off, the check is left out of those that are asked for, without a word where others remain. */
function hardeningIsChecked({ values: { gates = [], checks, hardening } }: InputsRead): readonly InputProblem[] {
  if (hardening !== 'off') return [];
  const gate = gates.find(({ metric }) => findMetric(metric)?.check === 'hardening');
  if (gate !== undefined && checks?.includes('hardening') === true) {
    const text = `nothing measures \`${gate.metric}\` while \`hardening\` is \`off\`; choose \`report\`, or drop the gate.`;
    return [problem(['gates', 'hardening'], text)];
  }
  const onlyCheck = checks?.length === 1 && checks[0] === 'hardening';
  return onlyCheck
    ? [problem(['checks', 'hardening'], 'nothing is left to check; choose `report`, or another check.')]
    : [];
}

function unmeasured(gate: Gate, input: InputName, missing: string): InputProblem {
  const place = gate.line === null ? '' : `line ${gate.line}: `;
  return problem(
    ['gates', input],
    `${place}nothing measures \`${gate.metric}\` while \`${input}\` leaves out ${missing}; add it, or drop the gate.`,
  );
}

function problem(inputs: readonly InputName[], text: string): InputProblem {
  return { inputs, message: `Inputs ${allOf(inputs)}: ${text}` };
}
