import { shortened } from '../settings/wording';
import { SIGKILLED } from '../checks/container-stop';
import { codeBlock, codeSpan, plainText } from './escape';
import { markdownTable } from './markdown-table';
import { counted, quantity } from './quantities';
import type { ReportRollout } from './schema';

type Step = ReportRollout['steps'][number];

/** The last lines of a log are enough to see what went wrong. */
const MOST_LINES = 20;
const LONGEST_LINE = 400;

/** A rolling update, replica by replica: when each was spared, stopped, ready and back, and what kept it from it. */
export function rolloutSections(rollout: ReportRollout): readonly string[] {
  return [story(rollout), ...failure(rollout), ...(rollout.steps.length === 0 ? [] : [stepTable(rollout)])];
}

function story({ from, to, promisedBy, steps, startedAt, endedAt }: ReportRollout): string {
  const what = from === to ? `${codeSpan(to)} once more` : `${codeSpan(to)} in place of ${codeSpan(from)}`;
  const why = promisedBy === null ? '' : ` (input ${codeSpan(promisedBy)})`;
  const fresh = steps.filter(({ readyAt }) => readyAt !== null).length;
  const span = `from ${quantity(startedAt, 'ms')} to ${quantity(endedAt, 'ms')}`;
  return `Deployed: ${what}${why}, one replica at a time, ${span}: ${fresh} of ${counted(steps.length, 'replica')} begun came to serve.`;
}

function failure({ failure: problem }: ReportRollout): readonly string[] {
  if (problem === null) return [];
  const what = problem.kind === 'reload' ? 'NGINX did not reload' : 'the new version did not become ready';
  const rollback =
    problem.rollbackProblem === null ? '' : ` Rolling back failed, too: ${plainText(problem.rollbackProblem)}.`;
  const lines = problem.details.slice(-MOST_LINES).map((line) => shortened(line, LONGEST_LINE));
  return [
    `**Stopped at ${plainText(problem.replica)}**: ${what}: ${plainText(problem.why)}${/[.!?]$/.test(problem.why) ? '' : '.'}${rollback}`,
    ...(lines.length === 0 ? [] : [codeBlock(lines.join('\n'), 'text')]),
  ];
}

function stepTable({ steps }: ReportRollout): string {
  const rows = steps.map((step) => [
    plainText(step.replica),
    plainText(step.undrained ?? 'yes'),
    String(step.inFlight),
    at(step.drainAt),
    endWords(step),
    at(step.readyAt),
    step.rolledBackAt === null ? at(step.backAt) : `rolled back at ${at(step.rolledBackAt)}`,
    versionWords(step),
  ]);
  return markdownTable(
    [
      { title: 'Replica' },
      { title: 'Spared by NGINX first' },
      { title: 'Then in flight', right: true },
      { title: 'From', right: true },
      { title: 'Ended' },
      { title: 'Ready', right: true },
      { title: 'Back' },
      { title: 'Version' },
    ],
    rows,
  );
}

/** `4.1 s, after 0.3 s (exit code 0)`. */
function endWords({ stopAt, stoppedAt, exitCode }: Step): string {
  if (stopAt === null) return 'not told to';
  if (stoppedAt === null) return `told at ${at(stopAt)}`;
  const code = exitCode === null ? '' : exitCode === SIGKILLED ? ' (**killed**)' : ` (exit code ${exitCode})`;
  return `${at(stoppedAt)}, ${quantity(stoppedAt - stopAt, 'ms')} after it was told${code}`;
}

function versionWords({ versionBefore, versionAfter }: Step): string {
  if (versionBefore === null && versionAfter === null) return '';
  const word = (version: string | null): string => plainText(version ?? 'unknown');
  return versionBefore === versionAfter ? word(versionAfter) : `${word(versionBefore)} → ${word(versionAfter)}`;
}

function at(instant: number | null): string {
  return instant === null ? '' : quantity(instant, 'ms');
}
