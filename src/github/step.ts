import { appendFile, readFile, stat } from 'node:fs/promises';
import * as core from '@actions/core';
import { chooseAnnotations, type Annotation } from './annotations';
import { readRunContext, type RunContext } from './event';
import { createLog, isOnRunner, type Log } from './log';
import type { OutputName, PlanOutputName, StateName } from './names';
import { fitSections } from './text-limit';

/** GitHub drops the whole summary of a step that writes more, and may fail the job for it. */
const SUMMARY_LIMIT_BYTES = 1024 * 1024;

/**
 * The inputs as the user wrote them, multi-line ones with all their lines; '' for one that is not set.
 * Nothing is trimmed here: what white space means is for the settings to say.
 */
export function readRawInputs<Name extends string>(names: readonly Name[]): Readonly<Record<Name, string>> {
  const read = names.map((name) => [name, core.getInput(name, { trimWhitespace: false })] as const);
  return Object.fromEntries(read) as Record<Name, string>;
}

/** Sets outputs of the step; in a terminal, where nobody could read them, it does nothing. */
export function setOutputs(outputs: Readonly<Partial<Record<OutputName | PlanOutputName, string>>>): void {
  if (!process.env['GITHUB_OUTPUT']) return;
  for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
}

/** Leaves a value for the post step of this same step; in a terminal, where there is none, it does nothing. */
export function saveState(name: StateName, value: string): void {
  if (process.env['GITHUB_STATE']) core.saveState(name, value);
}

/** What the main step saved under this name; '' when it saved nothing. */
export function getState(name: StateName): string {
  return core.getState(name);
}

/** Has the runner replace a secret by asterisks in everything logged from now on. */
export function maskSecret(secret: string): void {
  // The command spells the secret out, and in a terminal nobody would take the line away again.
  if (isOnRunner() && secret.trim() !== '') core.setSecret(secret);
}

/** Makes the step fail once the process ends by itself; clean-up still runs. Why it fails is for `annotate` to say. */
export function markFailed(): void {
  process.exitCode = core.ExitCode.Failure;
}

/** Takes `markFailed` back. */
export function markPassed(): void {
  process.exitCode = core.ExitCode.Success;
}

/**
 * Puts remarks beside the job and the lines concerned: at most ten, errors first. Those beyond are
 * written to the log, where nothing is lost; so are all of them in a terminal.
 * @param annotations within a kind the worst first.
 */
export function annotate(annotations: readonly Annotation[], log: Log = createLog()): void {
  const { shown, left } = chooseAnnotations(annotations);
  if (isOnRunner()) shown.forEach(write);
  else shown.forEach((annotation) => log.line(plain(annotation)));
  left.forEach((annotation) => log.line(plain(annotation)));
}

/** One error for each input that is not accepted. */
export function annotateInputs(messages: readonly string[], log: Log): void {
  annotate(
    messages.map((message) => ({ kind: 'error', title: 'Input', message, file: null, line: null })),
    log,
  );
}

/**
 * Appends to the job summary what fits into it, and never fails the step for it.
 * @param sections Markdown blocks, the most important first.
 * @param note stands in place of the sections that did not fit.
 * @returns 'absent' where there is no summary (a terminal), 'failed' when its file cannot be written.
 */
export async function writeSummary(
  sections: readonly string[],
  note: string,
  log: Log = createLog(),
): Promise<'written' | 'absent' | 'failed'> {
  const path = process.env['GITHUB_STEP_SUMMARY'];
  if (!path) return 'absent';
  try {
    // @actions/core's own summary remembers the first path it saw and knows no limit.
    const room = SUMMARY_LIMIT_BYTES - (await bytesIn(path)) - 1;
    if (room > 0) await appendFile(path, `${fitSections(sections, room, note)}\n`);
    return 'written';
  } catch (error) {
    log.line(`The job summary could not be written: ${error instanceof Error ? error.message : String(error)}`);
    return 'failed';
  }
}

/** What the runner says about this run: the repository, the pull request, where the API is. Never throws. */
export async function readEvent(): Promise<RunContext> {
  return readRunContext(process.env, await readEventPayload());
}

/** The text of the event that started this run, as GitHub sends it; null: there is none. Never throws. */
export async function readEventPayload(): Promise<string | null> {
  const path = process.env['GITHUB_EVENT_PATH'];
  return path ? readFile(path, 'utf8').catch(() => null) : null;
}

function write({ kind, title, message, file, line }: Annotation): void {
  core[kind](message, {
    title,
    ...(file === null ? {} : { file }),
    ...(file === null || line === null ? {} : { startLine: line }),
  });
}

function plain({ kind, title, message, file, line }: Annotation): string {
  const place = file === null ? '' : ` (${file}${line === null ? '' : `:${line}`})`;
  return `${kind}: ${title}: ${message}${place}`;
}

async function bytesIn(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
