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
const COMMANDS: readonly string[] = ['CMD', 'ENTRYPOINT'];
const SHELLS = /(^|\.)(ba|da|a|z|k)?sh$|^busybox$/;
/** Words that mean to a shell what they mean without one. */
const PLAIN_COMMAND = /^[\w@%+=:,./-]+( +[\w@%+=:,./-]+)*$/;

/** The USER instruction that makes it root, or the place where one is missing. */
export function userPlace(situation: Case): Place {
  const stage = instructionsOf(situation);
  const last = stage.findLast(({ keyword }) => keyword === 'USER');
  if (last !== undefined) {
    if (!/^(root|0+)(:|$)|^\$/.test(last.args)) return NOWHERE;
    const fix = `Change it to \`${USER_LINE}\`; what the app writes must belong to that user.`;
    return { ...placed(situation, last, { kind: 'replace', line: last.line, lines: [USER_LINE] }), fix };
  }
  const from = stage.findLast(({ keyword }) => keyword === 'FROM');
  if (from === undefined) return NOWHERE;
  // The command may stand in the stage that this one builds upon.
  const command = stage.find(({ keyword, line }) => COMMANDS.includes(keyword) && line > from.line);
  const after = command === undefined ? (stage.at(-1)?.endLine ?? from.endLine) : aboveComments(situation, command);
  return placed(situation, from, { kind: 'insert-after', line: after, lines: [USER_LINE] });
}

/** The instruction that puts the variable, or the argument of the build, into the image. The change is not shown: it would show the value. */
export function secretPlace(situation: Case, [found]: readonly Probe[]): Place {
  const name = found?.subject ?? '';
  const holder = instructionsOf(situation).findLast(({ keyword, args }) =>
    found?.id === 'no-secret-in-history'
      ? keyword === 'ARG' && declares(args, name)
      : keyword === 'ENV' && sets(args, name),
  );
  return holder === undefined ? NOWHERE : placed(situation, holder, null);
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
  return check === undefined ? NOWHERE : placed(situation, check, null);
}

/** A command in shell form, whose shell takes the signal and keeps it from the app. */
export function commandPlace(situation: Case, [found]: readonly Probe[]): Place {
  const stage = instructionsOf(situation);
  const command =
    stage.findLast(({ keyword }) => keyword === 'ENTRYPOINT') ?? stage.findLast(({ keyword }) => keyword === 'CMD');
  if (command === undefined) return NOWHERE;
  // As the check words it; where the processes are not visible it says nothing of them.
  const first = /its PID 1 is (\S+?)\)/.exec(found?.seen ?? '')?.[1];
  const isShellForm = !command.args.startsWith('[');
  if (first !== undefined && !SHELLS.test(first)) return stopSignalPlace(situation) ?? placed(situation, command, null);
  if (!isShellForm) {
    const fix = 'Begin the last command of the script with `exec`, so that the app takes the place of the shell.';
    return { ...placed(situation, command, null), id: 'script-without-exec', fix };
  }
  const plain = PLAIN_COMMAND.test(command.args) ? command.args.replace(/^exec +/, '').split(/ +/) : null;
  const line = plain === null ? null : `${command.keyword} ${JSON.stringify(plain).replaceAll('","', '", "')}`;
  const change =
    line !== null && command.line === command.endLine ? ({ kind: 'replace', lines: [line] } as const) : null;
  return {
    ...placed(situation, command, change === null ? null : { ...change, line: command.line }),
    id: 'shell-form-command',
    cause: `${command.keyword} is in shell form: a shell is PID 1, takes the SIGTERM that is meant for the app, and ignores it.`,
    fix:
      line === null
        ? `Give it as a list, \`${command.keyword} ["program", "argument"]\`; what else it does belongs into a script that ends with \`exec program\`.`
        : `Change it to \`${line}\`.`,
  };
}

/** A STOPSIGNAL that is no SIGTERM, which the app does not end on; null: there is none. */
function stopSignalPlace(situation: Case): Place | null {
  const signal = instructionsOf(situation).findLast(({ keyword }) => keyword === 'STOPSIGNAL');
  if (signal === undefined || /^(SIG)?TERM$|^15$/i.test(signal.args)) return null;
  return {
    ...placed(situation, signal, { kind: 'replace', line: signal.line, lines: ['STOPSIGNAL SIGTERM'] }),
    id: 'stop-signal',
    cause:
      `STOPSIGNAL ${signal.args}: that is what the app gets when it is told to stop, and ` +
      `${/^(SIG)?KILL$|^9$/i.test(signal.args) ? 'it can finish nothing then' : 'it does not end on it'}.`,
    fix: 'Change it to `STOPSIGNAL SIGTERM` (or leave it out), if the app ends on that; most servers do. NGINX’s own image is one that does not.',
  };
}

function instructionsOf({ dockerfile }: Case): readonly Instruction[] {
  return dockerfile === null ? [] : stageOf(readDockerfile(dockerfile.text), dockerfile.target);
}

function placed(situation: Case, { line }: Instruction, change: Change | null): Place {
  const { dockerfile } = situation;
  if (dockerfile === null) return NOWHERE;
  const diff = change === null ? null : diffOf(dockerfile.text, change);
  return { file: dockerfile.path, line, diff: diff === null || showsSecret(situation, diff) ? null : diff };
}

/** The lines around a change may hold what must not be shown. */
function showsSecret({ scenarios }: Case, diff: string): boolean {
  return scenarios.some(({ probes }) =>
    probes.some(
      ({ id, subject, holds }) => id.startsWith('no-secret-in-') && holds === false && diff.includes(subject),
    ),
  );
}

/** The line before an instruction and the comments that belong to it. */
function aboveComments({ dockerfile }: Case, { line }: Instruction): number {
  const lines = dockerfile?.text.split('\n') ?? [];
  let above = line - 1;
  while (above > 1 && /^\s*#/.test(lines[above - 1] ?? '')) above -= 1;
  return above;
}
