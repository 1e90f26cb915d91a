import type { Probe } from '../../checks/evidence';
import type { Instruction } from '../dockerfile';
import { readDockerfile, stageOf } from '../dockerfile';
import type { Case, Diagnosis } from './diagnosis';
import type { Change } from './diff';
import { diffOf } from './diff';
import { NOWHERE } from './place';

/** Where a finding comes from, and what the place adds to its diagnosis. */
export interface Place extends Pick<Diagnosis, 'file' | 'line' | 'diff'> {
  readonly id?: string;
  readonly cause?: string;
  readonly fix?: string;
}

const USER_LINE = 'USER 10001:10001';
/** Instructions that say what a container runs. */
const COMMANDS: readonly string[] = ['CMD', 'ENTRYPOINT'];

/** The USER instruction that makes it root, or the place where one is missing. */
export function userPlace(situation: Case): Place {
  const stage = instructionsOf(situation);
  const last = stage.findLast(({ keyword }) => keyword === 'USER');
  if (last !== undefined) {
    if (!/^(root|0+)(:|$)|^\$/.test(last.args)) return NOWHERE;
    if (last.args.includes('$')) return { ...placedAt(situation, last, null), fix: byVariable(last.args) };
    const fix = `Change it to \`${USER_LINE}\`; what the app writes must belong to that user.`;
    return { ...placedAt(situation, last, { kind: 'replace', line: last.line, lines: [USER_LINE] }), fix };
  }
  const from = stage.findLast(({ keyword }) => keyword === 'FROM');
  if (from === undefined) return NOWHERE;
  // The command may stand in the stage that this one builds upon.
  const command = stage.find(({ keyword, line }) => COMMANDS.includes(keyword) && line > from.line);
  const after = command === undefined ? (stage.at(-1)?.endLine ?? from.endLine) : aboveComments(situation, command);
  return placedAt(situation, command ?? from, { kind: 'insert-after', line: after, lines: [USER_LINE] });
}

/** Who gives the variable decides. */
function byVariable(args: string): string {
  return `Give \`${args}\` a user other than root (a build argument, input build-args or rollout-build-args); what the app writes must belong to that user.`;
}

/** The instruction that puts the variable, or the argument of the build, into the image. The change is not shown: it would show the value. */
export function secretPlace(situation: Case, [found]: readonly Probe[]): Place {
  const name = found?.subject ?? '';
  const holder = instructionsOf(situation).findLast(({ keyword, args }) =>
    found?.id === 'no-secret-in-history'
      ? keyword === 'ARG' && declares(args, name)
      : keyword === 'ENV' && sets(args, name),
  );
  return holder === undefined ? NOWHERE : placedAt(situation, holder, null);
}

/** `NAME=value …`, or the old `NAME value`, all of which is the value of one. */
function sets(args: string, name: string): boolean {
  const [first = ''] = args.split(/\s/);
  return first.includes('=') ? ` ${args}`.includes(` ${name}=`) : first === name;
}

/** `NAME`, or `NAME=value`; there may be several. */
function declares(args: string, name: string): boolean {
  return args.split(/\s+/).some((word) => word === name || word.startsWith(`${name}=`));
}

/** The HEALTHCHECK that is in force. */
export function healthCheckPlace(situation: Case): Place {
  const check = instructionsOf(situation).findLast(({ keyword }) => keyword === 'HEALTHCHECK');
  return check === undefined ? NOWHERE : placedAt(situation, check, null);
}

/** Those that the image under test was built from; empty: it was not built here. */
export function instructionsOf({ dockerfile }: Case): readonly Instruction[] {
  return dockerfile === null ? [] : stageOf(readDockerfile(dockerfile.text), dockerfile.target);
}

/** The place of an instruction, and the change as a diff, unless it shows a secret. */
export function placedAt(situation: Case, { line }: Instruction, change: Change | null): Place {
  const { dockerfile } = situation;
  if (dockerfile === null) return NOWHERE;
  const diff = change === null ? null : diffOf(dockerfile.text, change);
  return { file: dockerfile.path, line, diff: diff === null || showsSecret(situation, diff) ? null : diff };
}

/** Findings whose subject is a name that a Dockerfile has beside the value. */
export const SHOWN_WITH_VALUE: readonly string[] = ['no-secret-in-image', 'no-secret-in-history'];

/** The lines around a change may hold what must not be shown. */
function showsSecret({ scenarios }: Case, diff: string): boolean {
  return scenarios.some(({ probes }) =>
    probes.some(({ id, subject, holds }) => SHOWN_WITH_VALUE.includes(id) && holds === false && diff.includes(subject)),
  );
}

/** The line before an instruction and the comments that belong to it. */
function aboveComments({ dockerfile }: Case, { line }: Instruction): number {
  const lines = dockerfile?.text.split('\n') ?? [];
  let above = line - 1;
  while (above > 1 && /^\s*#/.test(lines[above - 1] ?? '')) above -= 1;
  return above;
}
