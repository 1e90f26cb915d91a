import type { ReportRollout, ReportScenario } from '../schema';
import { grouped, quantity } from '../quantities';
import type { Markup } from './markup';
import { html } from './markup';
import { scenarioTitle } from './page-data';
import { table } from './table';
import { logBlock } from './verdict-section';

const MOMENTS = [
  'drainAt',
  'drainedAt',
  'stopAt',
  'stoppedAt',
  'startAt',
  'readyAt',
  'backAt',
  'rolledBackAt',
] as const;

const TITLES: Readonly<Record<(typeof MOMENTS)[number], string>> = {
  drainAt: 'Spared',
  drainedAt: 'Drained',
  stopAt: 'Asked to stop',
  stoppedAt: 'Stopped',
  startAt: 'Started anew',
  readyAt: 'Ready',
  backAt: 'Back',
  rolledBackAt: 'Rolled back',
};

/** A rolling update replica by replica. */
export function rolloutPart(scenario: ReportScenario): Markup {
  const { rollout } = scenario;
  if (rollout === null) return html``;
  const used = MOMENTS.filter((moment) => rollout.steps.some((step) => step[moment] !== null));
  const spared = rollout.steps.every(({ undrained }) => undrained === null);
  const rows = rollout.steps.map((step) => ({
    cells: [
      step.replica,
      grouped(step.inFlight),
      ...used.map((moment) => momentWords(step[moment])),
      step.exitCode === null ? '' : String(step.exitCode),
      `${step.versionBefore ?? 'unknown'} → ${step.versionAfter ?? 'unknown'}`,
      ...(spared ? [] : [step.undrained ?? '']),
    ],
    look: step.rolledBackAt === null ? '' : 'fail',
  }));
  return html`<h4>The update, replica by replica</h4>
    <p>
      From <code>${rollout.from}</code> to <code>${rollout.to}</code>, ${quantity(rollout.startedAt, 'ms')} to
      ${quantity(rollout.endedAt, 'ms')}.
    </p>
    ${table(
      `${scenarioTitle(scenario)}, replica by replica`,
      [
        { title: 'Replica' },
        { title: 'In flight', right: true },
        ...used.map((moment) => ({ title: TITLES[moment], right: true })),
        { title: 'Exit code', right: true },
        { title: 'Version' },
        ...(spared ? [] : [{ title: 'Not spared, because' }]),
      ],
      rows,
    )}
    ${failurePart(rollout)}`;
}

function momentWords(at: number | null): string {
  return at === null ? '' : quantity(at, 'ms');
}

function failurePart({ failure }: ReportRollout): Markup {
  if (failure === null) return html``;
  return html`<p>
      <strong>The update was stopped at ${failure.replica}:</strong> ${failure.why}
      ${failure.rollbackProblem === null ? null : html` On the way back: ${failure.rollbackProblem}`}
    </p>
    ${logBlock(failure.details)}`;
}
