import { execFormOf } from '../../checks/hardening/copied';
import type { Probe, Start } from '../../checks/evidence';
import type { Instruction } from '../dockerfile';
import type { Case } from './diagnosis';
import { instructionsOf, placedAt, type Place } from './dockerfile-place';
import { NOWHERE } from './place';

/** Names of shells, and of scripts that one runs. */
const SHELLS = /(^|\.)(ba|da|a|z|k)?sh$|^busybox$/;
/** Words that mean to a shell what they mean without one. */
const PLAIN_COMMAND = /^[\w@%+=:,./-]+( +[\w@%+=:,./-]+)*$/;
/** What tells a shell that its next word is what to run: `-c`, `-ec`. */
const LINE_FOLLOWS = /^-[a-z]*c$/;

/** What an image runs, by an instruction of a Dockerfile or by what the image itself says. */
interface Command {
  readonly keyword: string;
  /** Where it is written; null: in no Dockerfile that is at hand. */
  readonly instruction: Instruction | null;
  /** Program and arguments; in shell form a shell, `-c` and a line. */
  readonly argv: readonly string[];
}

/**
 * What keeps a SIGTERM from an app that does not end on it: a shell that is PID 1, in the shell form of the command or as a script that does not
 * hand over; or a STOPSIGNAL that is another one.
 */
export function commandPlace(situation: Case, [found]: readonly Probe[]): Place {
  const start = found?.start;
  const command = commandOf(situation, start);
  const signal = signalPlace(situation, start);
  if (command === null || !isShellFirst(start, command.argv) || isKill(signalOf(situation, start))) {
    return (
      signal ??
      (start?.onSigint === undefined ? plainPlace(situation, command) : interrupted(situation, command, start.onSigint))
    );
  }
  const line = lineOf(command.argv);
  return line === null ? script(situation, command, signalOf(situation, start)) : shellForm(situation, command, line);
}

/** Whether PID 1 is a shell; where that is not visible, whether it must be one by what the image runs. */
function isShellFirst(start: Start | undefined, argv: readonly string[]): boolean {
  const first = start?.first ?? null;
  if (first === null) return isShell(argv[0]);
  // The kernel names a script by its file, and its interpreter goes first on the command line.
  return isShell(first.name) || isShell(first.argv[0]);
}

function isShell(program: string | undefined): boolean {
  return program !== undefined && SHELLS.test(program.slice(program.lastIndexOf('/') + 1));
}

/** Whether PID 1 is a shell that was given a line. */
function isLine(start: Start | undefined): boolean {
  return lineOf(start?.first?.argv ?? []) !== null;
}

/** The line that a shell is given to run; null: it is no shell, or gets a script. */
function lineOf([program, option = '', line]: readonly string[]): string | null {
  return isShell(program) && LINE_FOLLOWS.test(option) ? (line ?? null) : null;
}

/** The ENTRYPOINT, else the CMD; an empty list is none. */
function commandOf(situation: Case, start: Start | undefined): Command | null {
  const [instruction] = ['ENTRYPOINT', 'CMD'].flatMap(
    (name) => instructionsOf(situation).findLast(({ keyword, args }) => keyword === name && args !== '[]') ?? [],
  );
  const image = start?.image ?? null;
  // What the base image starts gets the CMD for its arguments, and may have handed over to it.
  const isArgument = instruction?.keyword === 'CMD' && (image?.entrypoint.length ?? 0) > 0 && !isLine(start);
  if (instruction !== undefined && !isArgument) {
    return { keyword: instruction.keyword, instruction, argv: wordsOf(instruction) };
  }
  if (image === null) return null;
  const [keyword, argv] = image.entrypoint.length > 0 ? ['ENTRYPOINT', image.entrypoint] : ['CMD', image.cmd];
  return argv.length === 0 ? null : { keyword, instruction: null, argv };
}

/** As the engine has them: what is not in exec form is in shell form. */
function wordsOf({ args }: Instruction): readonly string[] {
  return execFormOf(args) ?? ['/bin/sh', '-c', args];
}

function shellForm(situation: Case, command: Command, line: string): Place {
  const { keyword } = command;
  const plain = PLAIN_COMMAND.test(line) ? line.replace(/^exec +/, '').split(/ +/) : null;
  const better = plain === null ? null : `${keyword} ${JSON.stringify(plain).replaceAll('","', '", "')}`;
  return {
    ...placeOf(situation, command, better),
    id: 'shell-form-command',
    cause: `${nameOf(command)} is in shell form: a shell is PID 1, takes the SIGTERM that is meant for the app, and ignores it.`,
    fix:
      better === null
        ? `Give it as a list, \`${keyword} ["program", "argument"]\`; what else it does belongs into a script that ends with \`exec program\`.`
        : `Change it to \`${better}\`${command.instruction === null ? ' in the Dockerfile of that image' : ''}.`,
  };
}

function script(situation: Case, command: Command, signal: string): Place {
  return {
    ...placeOf(situation, command, null),
    id: 'script-without-exec',
    cause:
      `${nameOf(command)} starts a script that does not hand over to the app: the shell that runs it is PID 1, takes the ${signal} that is ` +
      'meant for the app, and ignores it.',
    fix:
      'Begin the last command of the script with `exec`, so that the app takes the place of the shell. Where the script is not yours ' +
      '(`apache2ctl`, for one), start what it starts in its place.',
  };
}

function nameOf({ keyword, instruction }: Command): string {
  return instruction === null ? `The image’s ${keyword}` : keyword;
}

/** @param better what is to stand in its place; null: there is no one line for it. */
function placeOf(situation: Case, { instruction }: Command, better: string | null): Place {
  if (instruction === null) return NOWHERE;
  const { line, endLine } = instruction;
  return placedAt(
    situation,
    instruction,
    better === null || line !== endLine ? null : { kind: 'replace', line, lines: [better] },
  );
}

function plainPlace(situation: Case, command: Command | null): Place {
  return command === null ? NOWHERE : placeOf(situation, command, null);
}

/** An app that ends on Ctrl+C, and not on SIGTERM. */
function interrupted(situation: Case, command: Command | null, seen: string): Place {
  const line = 'STOPSIGNAL SIGINT';
  const at = command?.instruction ?? null;
  return {
    ...(at === null ? NOWHERE : placedAt(situation, at, { kind: 'insert-before', line: at.line, lines: [line] })),
    fix: `Say \`${line}\` in the Dockerfile: on that signal it ends, as was tried (${seen}). Or let the app handle SIGTERM as it does SIGINT.`,
  };
}

/** A STOPSIGNAL that is no SIGTERM, which the app does not end on; null: there is none. */
function signalPlace(situation: Case, start: Start | undefined): Place | null {
  const instruction = signalInstruction(situation);
  const signal = signalOf(situation, start);
  if (/^(SIG)?TERM$|^15$/i.test(signal)) return null;
  const line = 'STOPSIGNAL SIGTERM';
  return {
    ...(instruction === undefined
      ? NOWHERE
      : placedAt(situation, instruction, { kind: 'replace', line: instruction.line, lines: [line] })),
    id: 'stop-signal',
    cause:
      `STOPSIGNAL ${signal}${instruction === undefined ? ' of the image' : ''}: that is what the app gets when it is told to stop, and ` +
      `${isKill(signal) ? 'it can finish nothing then' : 'it does not end on it'}.`,
    fix:
      `${instruction === undefined ? `Say \`${line}\` in the Dockerfile of that image` : `Change it to \`${line}\` (or leave it out)`}, if the app ends ` +
      'on that; most servers do.',
  };
}

function signalInstruction(situation: Case): Instruction | undefined {
  return instructionsOf(situation).findLast(({ keyword }) => keyword === 'STOPSIGNAL');
}

function signalOf(situation: Case, start: Start | undefined): string {
  return signalInstruction(situation)?.args ?? start?.image?.stopSignal ?? 'SIGTERM';
}

function isKill(signal: string): boolean {
  return /^(SIG)?KILL$|^9$/i.test(signal);
}
