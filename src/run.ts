import { randomBytes, randomInt } from 'node:crypto';
import { systemClock } from './clock';
import type { Cluster } from './cluster/cluster-types';
import { createDockerEngine } from './cluster/docker-engine';
import type { Patience } from './cluster/docker-patience';
import { PATIENCE } from './cluster/docker-patience';
import type { Engine } from './cluster/engine';
import { EngineError } from './cluster/engine';
import { watchEngine } from './cluster/engine-watch';
import { ownerOfThisProcess } from './cluster/owner';
import { removeRun } from './cluster/removal';
import type { FilePlace } from './cluster/setup-error';
import { SetupError } from './cluster/setup-error';
import { resourceName } from './cluster/topology';
import { cancelOnSignals } from './cancellation';
import { withComparison } from './comparison';
import type { Log } from './github/log';
import { createLog } from './github/log';
import { STATE } from './github/names';
import type { ClusterOutputs } from './github/publication';
import { publish } from './github/publication';
import {
  annotate,
  annotateInputs,
  markFailed,
  markPassed,
  maskSecret,
  readRawInputs,
  saveState,
  setOutputs,
} from './github/step';
import type { RunFacts } from './report/build';
import { buildReport } from './report/build';
import { buildSeries } from './report/html/series';
import { terminalLines } from './report/terminal';
import { INPUTS_REFUSED } from './report/merge-troubles';
import { INPUT_NAMES, type InputName } from './settings/inputs';
import { parseSettings } from './settings/parse';
import { secretValues, withoutSecrets } from './settings/secrets';
import type { Settings } from './settings/settings';
import { createLoads } from './traffic/load';
import { besideBundle, reportFolder, workspaceFolder } from './runner';
import { runTrial, type TrialResult } from './trial';
import type { Diagnosis } from './verdict/diagnosis/diagnosis';
import { failsJob } from './verdict/judgement';

/** A scenario's seeds count up from the run's. */
const SEEDS = 2 ** 32;

/**
 * The main step: gather, run, judge, report, emit. Never throws; the process's exit code tells the outcome.
 *
 * @param patience how long the engine may take to answer; tests have less.
 */
export async function run(patience: Patience = PATIENCE): Promise<void> {
  const log = createLog();
  // Until there is a verdict: a process that ends early, with nothing left to wait for, must not look like a pass.
  markFailed();
  log.line('lb-cluster-action: would clients notice the loss of a replica?');
  const raw = readRawInputs(INPUT_NAMES);
  maskSecret(raw['github-token']);
  try {
    await runOn(raw, patience, log);
  } catch (error) {
    const message = `This action itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    setOutputs({ verdict: 'error' });
    annotate([{ kind: 'error', title: 'Error', message, file: null, line: null }], log);
  }
}

async function runOn(raw: Readonly<Record<InputName, string>>, patience: Patience, log: Log): Promise<void> {
  const parsed = parseSettings(raw);
  if (!parsed.ok) {
    setOutputs({ verdict: 'error' });
    const problems = parsed.problems.map(({ message }) => message);
    annotateInputs(problems, log);
    await tellRefusal(raw, problems, log);
    return;
  }
  await runWith(parsed.settings, patience, log);
}

/**
 * Whoever reads the pull request must not take the comment of an earlier commit for this one's, and who reads the report gets one.
 * Untold is what the inputs that are wrong say how to tell.
 */
async function tellRefusal(
  raw: Readonly<Record<InputName, string>>,
  problems: readonly string[],
  log: Log,
): Promise<void> {
  const told = settingsOf(raw, COMMENT_INPUTS);
  const { reportDir } = settingsOf(raw, ['report-dir']) ?? { reportDir: '' };
  const facts = { ...unmeasured(new SetupError(INPUTS_REFUSED, problems), false), seed: 0 };
  await publish({
    ...{ report: buildReport(facts), series: [], cluster: null, failing: true, annotated: 'all' as const, log },
    ...{ token: told?.githubToken ?? '', comment: told?.comment ?? null, commentKey: told?.commentKey ?? '' },
    ...{ pageFolder: besideBundle('page'), reportDir: reportFolder(reportDir, randomBytes(6).toString('hex')) },
  });
}

/** What says where a comment goes. */
const COMMENT_INPUTS = ['github-token', 'comment', 'comment-key'] as const satisfies readonly InputName[];

/** What some of the inputs say by themselves; null: they cannot be read. */
function settingsOf(raw: Readonly<Record<InputName, string>>, names: readonly InputName[]): Settings | null {
  const parsed = parseSettings(Object.fromEntries(names.map((name) => [name, raw[name]])));
  return parsed.ok ? parsed.settings : null;
}

async function runWith(settings: Settings, patience: Patience, log: Log): Promise<void> {
  const started = systemClock.now();
  const runId = randomBytes(6).toString('hex');
  const seed = settings.seed ?? randomInt(SEEDS);
  // Before anything is created: the post step must know what to remove, however this process ends.
  saveState(STATE.runId, runId);
  log.line(`Run ${runId}, seed ${seed}`);
  const secrets = secretValues(settings, process.env);
  secrets.forEach(maskSecret);

  const cancellation = cancelOnSignals(process, log);
  const givenUp = new AbortController();
  const engine = createDockerEngine({
    patience,
    tell: (line) => log.line(line),
    onGivenUp: (error) => givenUp.abort(error),
  });
  const signals = { cancelled: cancellation.signal, givenUp: givenUp.signal };
  const { facts: measured, first, gone, engineThere } = await measure(settings, runId, seed, engine, signals, log);
  const kept = settings.keepCluster && first !== null && measured.verdict !== 'error';
  const removing = gone
    .catch(() => undefined)
    .then(() => (engineThere && !kept ? removeLeftovers(engine, runId, log) : []))
    .finally(cancellation.done);

  // Whoever waits for a verdict need not wait until all is removed.
  const facts =
    measured.verdict === 'error' ? { ...measured, details: [...measured.details, ...(await removing)] } : measured;
  const timings = { ...facts.timings, total: systemClock.now() - started };
  const built = withoutSecrets(buildReport({ ...facts, seed, timings }), secrets);
  const report = await withComparison(built, settings.compareWith, workspaceFolder(), log);
  for (const line of terminalLines(report)) log.line(line);
  const failing = failsJob(report.verdict, settings.onInconclusive);
  await publish({
    report,
    series: withoutSecrets(buildSeries(facts.scenarios), secrets),
    pageFolder: besideBundle('page'),
    reportDir: reportFolder(settings.reportDir, runId),
    token: settings.githubToken,
    comment: facts.verdict === 'error' && cancellation.signal.aborted ? null : settings.comment,
    commentKey: settings.commentKey,
    cluster: first === null ? null : outputsOf(first),
    failing,
    log,
  });
  await removing;
  if (!failing) markPassed();
}

type Facts = Omit<RunFacts, 'seed'>;

/** What ends a run before its time. */
interface Ends {
  readonly cancelled: AbortSignal;
  /** The engine has left a call unanswered: its error is the reason. */
  readonly givenUp: AbortSignal;
}

async function measure(
  settings: Settings,
  runId: string,
  seed: number,
  engine: Engine,
  { cancelled, givenUp }: Ends,
  log: Log,
): Promise<Omit<TrialResult, 'facts'> & { readonly facts: Facts; readonly engineThere: boolean }> {
  const loads = createLoads(besideBundle('load/index.js'));
  const over = new AbortController();
  void watchEngine(engine, systemClock, over.signal);
  try {
    const result = await runTrial({
      ...{ settings, engine, log, seed },
      signal: AbortSignal.any([cancelled, givenUp]),
      clock: systemClock,
      ownership: { run: runId, owner: await ownerOfThisProcess(), kept: settings.keepCluster },
      workspace: workspaceFolder(),
      loads,
    });
    return { ...result, engineThere: true };
  } catch (error) {
    const engineThere = !(error instanceof EngineError && error.kind === 'unreachable');
    // What the run came to because of it, it may have failed in ways of its own.
    const cause: unknown = givenUp.aborted ? givenUp.reason : error;
    return { facts: unmeasured(cause, cancelled.aborted), first: null, gone: Promise.resolve(), engineThere };
  } finally {
    over.abort();
    await loads.end();
  }
}

/** The facts of a run that came to no judgement. */
function unmeasured(error: unknown, isCancelled: boolean): Facts {
  const known = error instanceof SetupError || error instanceof EngineError;
  const cause = error instanceof Error ? error.message : String(error);
  const message = isCancelled
    ? 'The run was cancelled before it could be judged.'
    : known
      ? cause
      : `This action itself failed: ${cause}`;
  const stack = !known && !isCancelled && error instanceof Error ? (error.stack?.split('\n') ?? []) : [];
  return {
    verdict: 'error',
    message,
    details: error instanceof SetupError ? error.details : stack,
    cluster: { replicas: [], images: [], nginxVersion: null, config: null },
    scenarios: [],
    measurements: [],
    gates: [],
    diagnoses: error instanceof SetupError && error.place !== null ? [refusal(error, error.place)] : [],
    standings: {},
    excused: {},
    timings: {},
  };
}

/** What is wrong with a line of the user's configuration, where a reader of the pull request sees it. */
function refusal({ message, details, remedy }: SetupError, { file, line }: FilePlace): Diagnosis {
  const common = { gates: [], file, line, diff: null };
  const [words] = details;
  // Without a word of NGINX it is this project that cannot use the line, and says why.
  if (words === undefined && remedy === null) {
    return {
      ...{ ...common, id: 'config-unusable', cause: message },
      evidence: 'So says the configuration as NGINX reads it (`nginx -T`).',
      fix: 'Change this line.',
    };
  }
  return {
    ...{ ...common, id: remedy?.id ?? 'nginx-refuses', evidence: remedy?.evidence ?? words ?? '' },
    cause: remedy?.cause ?? 'NGINX does not accept this line, or what ends on it.',
    fix: remedy?.fix ?? 'Put it right; `nginx -t` says whether NGINX takes it.',
  };
}

/**
 * Removes all that the run created; a line for each thing that would not go. Not called where a cluster is kept: the scenarios have removed
 * the others by then.
 */
async function removeLeftovers(engine: Engine, runId: string, log: Log): Promise<readonly string[]> {
  const { problems } = await removeRun(engine, runId, systemClock, 1);
  const lines = problems.map((problem) => `Not removed, which the post step tries again: ${problem}`);
  for (const line of lines) log.line(line);
  return lines;
}

function outputsOf({ loadBalancer, plan, name }: Cluster): ClusterOutputs {
  const nameOf = (what: string): string => resourceName(plan.ownership.run, name, what);
  return {
    url: loadBalancer.url,
    network: nameOf('fabric'),
    containers: [...plan.hostnames.map(nameOf), nameOf('nginx')],
  };
}
