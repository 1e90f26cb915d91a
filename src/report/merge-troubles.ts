import type { JobResults, PartOutcome } from './parts';
import type { Report } from './schema';

/** What a report says of a run whose inputs cannot be read; its details say which. */
export const INPUTS_REFUSED = 'The inputs are not accepted, so nothing was checked.';

/** Why the parts do not make up a whole. */
export interface Trouble {
  /** The parts that it is about; none: the run as a whole. */
  readonly parts: readonly string[];
  /** One clause or more, without a full stop at its end. */
  readonly why: string;
  /** What the app or NGINX wrote. */
  readonly details: readonly string[];
}

/** What is missing or broken in the parts; the same trouble of several parts is one. `problems` kept them from being planned. */
export function partTroubles(parts: readonly PartOutcome[], problems: readonly string[]): readonly Trouble[] {
  if (problems.length > 0) return [{ parts: [], why: INPUTS_REFUSED.replace(/\.$/, ''), details: problems }];
  if (parts.length === 0) return [{ parts: [], why: 'Nothing was planned, hence nothing was checked', details: [] }];
  const alike = Map.groupBy(
    parts.flatMap((outcome) => troublesOf(outcome).map((trouble) => ({ id: outcome.part.id, ...trouble }))),
    ({ why }) => why,
  );
  return [...alike].map(([why, same]) => ({
    parts: same.map(({ id }) => id),
    why,
    details: same[0]?.details ?? [],
  }));
}

/** Jobs that ended in a way that no report accounts for; `passing`: the reports by themselves would let the run pass. */
export function jobTroubles(jobs: JobResults, passing: boolean): readonly Trouble[] {
  return Object.entries(jobs).flatMap(([job, result]) => {
    if (result === 'success' || (result === 'failure' && !passing)) return [];
    return [{ parts: [], why: `The job \`${job}\` ended with \`${result}\``, details: [] }];
  });
}

/** All of them in one line. */
export function toldTogether(troubles: readonly Trouble[]): string {
  return troubles
    .map(
      ({ parts, why }) =>
        `${parts.length === 0 ? '' : `${parts.map((part) => `\`${part}\``).join(', ')}: `}${why}${why.endsWith(':') ? '' : '.'}`,
    )
    .join(' ');
}

function troublesOf(outcome: PartOutcome): readonly Pick<Trouble, 'why' | 'details'>[] {
  if (outcome.report === null) return [{ why: outcome.why, details: [] }];
  const { part, report } = outcome;
  if (report.verdict === 'error') {
    const why = (report.message ?? 'it says no more than that there was an error').replace(/\.$/, '');
    return [{ why, details: report.details }];
  }
  const missing = part.scenarios.filter((name) => !has(report, name));
  const unplanned = report.scenarios.filter(({ name }) => !part.scenarios.includes(name));
  return [
    ...(missing.length === 0 ? [] : [{ why: `its report has nothing about ${missing.join(', ')}`, details: [] }]),
    ...(unplanned.length === 0
      ? []
      : [{ why: 'its report is about scenarios that were not planned for it', details: [] }]),
  ];
}

function has({ scenarios }: Report, name: string): boolean {
  return scenarios.some((scenario) => scenario.name === name);
}
