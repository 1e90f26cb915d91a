import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { reportSchema, type Report } from '../../src/report/schema';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The Node that GitHub gives actions. */
const NODE = join(ROOT, 'node_modules/node/bin/node');

/** Inputs by name; the others get their default from action.yml, as the runner gives it. */
export type Inputs = Readonly<Record<string, string>>;

/** The actions of this repository by their folders; '' is the main one. */
export type ActionFolder = '' | 'plan' | 'report' | 'run';

/** What a step is started with beside its inputs. */
export interface StepOptions {
  /** Which action it is a step of; the main one unless said otherwise. */
  readonly action?: ActionFolder;
  /** Folder that paths in inputs are relative to; the repository unless said otherwise. */
  readonly workspace?: string;
  /** More variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Payload of the event that the job runs for. */
  readonly event?: unknown;
  /** Runs the main action's step from its source, with less patience for the engine than users have. */
  readonly impatient?: boolean;
}

/** A step that has come to its end. */
export interface StepResult {
  /** null: ended by a signal. */
  readonly exitCode: number | null;
  /** Standard output and standard error, in order of arrival. */
  readonly log: string;
}

/** A main step that has come to its end. */
export interface MainResult extends StepResult {
  readonly outputs: Readonly<Record<string, string>>;
  /** For the post step. */
  readonly state: Readonly<Record<string, string>>;
  /** Markdown of the job summary. */
  readonly summary: string;
  /** Workflow commands that make annotations, as they were printed. */
  readonly annotations: readonly string[];
  /** report.json, where there is one; it matches its schema. */
  readonly report: Report | null;
  /** '' where the run did not begin. */
  readonly runId: string;
}

/** How a main step ended, in a form that says why when it is not the expected one. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly verdict: string | undefined;
  /** Error message, and gates that were not met, with the reason. */
  readonly because: readonly string[];
}

/** A main step that runs. */
export interface RunningMain {
  readonly log: () => string;
  readonly runId: () => string;
  /** Resolves once the log matches; rejects when the step ends before. */
  readonly reached: (pattern: RegExp) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Closes the other end of what it writes to. */
  readonly stopReading: () => void;
  /** True until the process has ended. */
  readonly running: () => boolean;
  readonly ended: Promise<MainResult>;
}

interface Files {
  readonly output: string;
  readonly state: string;
  readonly summary: string;
  readonly event: string;
}

const folders: string[] = [];
const children: ChildProcess[] = [];

/** Starts the compiled main step as a runner does: a process of Node 24, inputs and command files in the environment. */
export async function startMain(inputs: Inputs, options: StepOptions = {}): Promise<RunningMain> {
  const temp = await mkdtemp(join(tmpdir(), 'lbca-runner-'));
  folders.push(temp);
  const files = await commandFiles(temp, options.event ?? {});
  const action = options.action ?? '';
  const program = options.impatient === true ? impatientStep('main') : [mainFile(action)];
  const step = startStep(program, { ...environment(temp, files, options), ...inputVariables(inputs, action) });
  const runId = (): string => /^Run ([0-9a-f]{12}),/m.exec(step.log())?.[1] ?? '';
  return {
    log: step.log,
    runId,
    reached: step.reached,
    kill: (signal) => void step.child.kill(signal),
    stopReading: () => {
      step.child.stdout?.destroy();
      step.child.stderr?.destroy();
    },
    running: () => step.child.exitCode === null && step.child.signalCode === null,
    ended: step.ended.then(async (exitCode) => ({
      exitCode,
      log: step.log(),
      ...(await readFiles(files)),
      annotations: step
        .log()
        .split('\n')
        .filter((line) => /^::(error|warning|notice)[ :]/.test(line)),
      runId: runId(),
    })),
  };
}

/** How a main step ended. */
export function outcomeOf({ exitCode, outputs, report }: MainResult): Outcome {
  const message = report?.message ?? null;
  const unmet = (report?.gates ?? []).filter(({ outcome }) => outcome !== 'pass');
  return {
    exitCode,
    verdict: outputs['verdict'],
    because: [
      ...(message === null ? [] : [message]),
      ...unmet.map(
        ({ metric, outcome, observed, reason }) => `${metric}: ${outcome}, ${observed ?? '?'} (${reason ?? ''})`,
      ),
    ],
  };
}

/** Runs the main step to its end. */
export async function runMain(inputs: Inputs, options: StepOptions = {}): Promise<MainResult> {
  return (await startMain(inputs, options)).ended;
}

/** Runs the post step with what a main step saved, as the runner does whatever became of the main step. */
export async function runPost(main: Pick<MainResult, 'state'>, options: StepOptions = {}): Promise<StepResult> {
  const temp = await mkdtemp(join(tmpdir(), 'lbca-runner-'));
  folders.push(temp);
  const files = await commandFiles(temp, {});
  const saved = Object.entries(main.state).map(([name, value]) => [`STATE_${name}`, value] as const);
  const program = options.impatient === true ? impatientStep('post') : [join(ROOT, 'dist/post/index.js')];
  const step = startStep(program, {
    ...environment(temp, files, options),
    ...Object.fromEntries(saved),
  });
  return { exitCode: await step.ended, log: step.log() };
}

/** Ends what a failed test left running, and removes the steps' files. What they made on the machine is the post step's. */
export async function endSteps(): Promise<void> {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}

interface Step {
  readonly child: ChildProcess;
  readonly log: () => string;
  readonly reached: (pattern: RegExp) => Promise<void>;
  readonly ended: Promise<number | null>;
}

/** Arguments for Node: types are stripped from the source, and classes get the fields that their constructors' parameters declare. */
function impatientStep(name: 'main' | 'post'): readonly string[] {
  const quiet = ['ExperimentalWarning', 'MODULE_TYPELESS_PACKAGE_JSON'].map((kind) => `--disable-warning=${kind}`);
  return ['--experimental-transform-types', ...quiet, join(ROOT, '__tests__/support/impatient-step.mjs'), name];
}

function startStep(program: readonly string[], env: Readonly<Record<string, string>>): Step {
  const child = spawn(NODE, [...program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let log = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      waiting.forEach((look) => look());
    });
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  const reached = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(log)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`The step ended before its log matched ${String(pattern)}:\n${log}`)));
    });
  return { child, log: () => log, reached, ended };
}

async function commandFiles(temp: string, event: unknown): Promise<Files> {
  const folder = join(temp, '_runner_file_commands');
  await mkdir(folder);
  const files = {
    output: join(folder, 'set_output'),
    state: join(folder, 'save_state'),
    summary: join(folder, 'step_summary'),
    event: join(folder, 'event.json'),
  };
  await Promise.all([files.output, files.state, files.summary].map((path) => writeFile(path, '')));
  await writeFile(files.event, JSON.stringify(event));
  return files;
}

/** Nothing of the tests' own environment but what every process needs, so that no test depends on where it runs. */
function environment(temp: string, files: Files, { workspace, env }: StepOptions): Readonly<Record<string, string>> {
  const { PATH = '', HOME = temp } = process.env;
  return {
    ...{ PATH, HOME },
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: workspace ?? ROOT,
    GITHUB_OUTPUT: files.output,
    GITHUB_STATE: files.state,
    GITHUB_STEP_SUMMARY: files.summary,
    GITHUB_EVENT_PATH: files.event,
    GITHUB_API_URL: 'http://127.0.0.1:9',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'octo-org/shop',
    GITHUB_RUN_ID: '1',
    GITHUB_WORKFLOW: 'ci',
    GITHUB_JOB: 'gate',
    RUNNER_TEMP: temp,
    ...env,
  };
}

/** `INPUT_` and the name in capitals, blanks as underscores, hyphens as they are (actions/runner, ActionRunner). */
function inputVariables(inputs: Inputs, action: ActionFolder): Readonly<Record<string, string>> {
  const declared = readAction(action).inputs;
  const unknown = Object.keys(inputs).filter((name) => !(name in declared));
  if (unknown.length > 0) throw new Error(`Not in action.yml: ${unknown.join(', ')}`);
  const values = Object.entries(declared).map(([name, input]) => [name, inputs[name] ?? fallback(input)] as const);
  return Object.fromEntries(values.map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]));
}

/** The bundle of an action's main step, as its action.yml names it. */
function mainFile(action: ActionFolder): string {
  return join(ROOT, action, readAction(action).runs.main);
}

function readAction(action: ActionFolder): ActionFile {
  return parse(readFileSync(join(ROOT, action, 'action.yml'), 'utf8')) as ActionFile;
}

interface ActionFile {
  readonly runs: { readonly main: string };
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
}

/** What the runner puts in place of the expressions in action.yml. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  'github.token': 'a-token',
  'github.workflow': 'ci',
  'github.job': 'gate',
  'toJSON(matrix)': 'null',
};

function fallback({ default: text = '' }: { readonly default?: string }): string {
  return text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const value = EXPRESSIONS[expression];
    if (value === undefined) throw new Error(`What is ${expression}?`);
    return value;
  });
}

async function readFiles(files: Files): Promise<Pick<MainResult, 'outputs' | 'state' | 'summary' | 'report'>> {
  const outputs = parsePairs(await readFile(files.output, 'utf8'));
  const path = outputs['report'];
  return {
    outputs,
    state: parsePairs(await readFile(files.state, 'utf8')),
    summary: await readFile(files.summary, 'utf8'),
    report: path === undefined ? null : reportSchema.parse(JSON.parse(await readFile(path, 'utf8'))),
  };
}

/** `name<<delimiter`, lines, `delimiter`: how a step hands values to the runner. */
function parsePairs(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/^(.+)<<(.+)\n([^]*?)\n\2$/gm)];
  return Object.fromEntries(pairs.map(([, name = '', , value = '']) => [name, value] as const));
}
