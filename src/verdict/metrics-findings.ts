import type { Probe, ScenarioEvidence } from '../checks/evidence';
import type { Measurement } from './measurement';
import { measured, withdrawn } from './measurement';

/** The metric of each check that asks questions. */
export const FINDINGS_METRICS = {
  isolation: 'isolation.leaks',
  hardening: 'hardening.findings',
  limits: 'limits.findings',
} as const;
export type FindingsCheck = keyof typeof FINDINGS_METRICS;

/** The question that what is said of isolation stands on: whether a container elsewhere reaches a replica. */
const CORE = 'replica-hidden';
/** Findings that the remark names; the rest stands in the diagnosis. */
const MOST_SHOWN = 2;

/**
 * How many statements about the cluster do not hold; samples are those that could be asked. What a rolling update's scenario was asked is about
 * the version that it deployed.
 */
export function findingsMeasurement(evidence: ScenarioEvidence, check: FindingsCheck): Measurement {
  const { probes, name, rollout } = evidence;
  const asked = probes.filter(({ holds }) => holds !== null);
  const findings = failedProbes(evidence);
  const measurement = measured(
    name,
    FINDINGS_METRICS[check],
    'count',
    findings.length,
    asked.length,
    remark(
      findings,
      probes.filter(({ holds }) => holds === null),
      rollout === null ? '' : 'the new version: ',
    ),
  );
  if (asked.length === 0)
    return withdrawn(measurement, `nothing could be asked here: ${probes[0]?.seen ?? 'no question'}`);
  const core = probes.filter(({ id }) => id === CORE);
  const isOpen = findings.length === 0 && core.length > 0 && core.every(({ holds }) => holds === null);
  return withdrawn(
    measurement,
    isOpen ? `it could not be asked whether ${core[0]?.claim ?? ''}: ${core[0]?.seen ?? ''}` : null,
  );
}

/** What should hold and does not. */
export function failedProbes({ probes }: Pick<ScenarioEvidence, 'probes'>): readonly Probe[] {
  return probes.filter(({ holds }) => holds === false);
}

/** null: everything could be asked, and holds. */
function remark(findings: readonly Probe[], unasked: readonly Probe[], ofWhat: string): string | null {
  const shown = findings.slice(0, MOST_SHOWN).map(({ subject, seen }) => `${subject}: ${seen}`);
  const more = findings.length > shown.length ? [`${findings.length - shown.length} more`] : [];
  const [first] = unasked;
  const open = first === undefined ? [] : [`${unasked.length} could not be asked (${first.subject}: ${first.seen})`];
  const parts = [...shown, ...more, ...open];
  return parts.length === 0 ? null : ofWhat + parts.join('; ');
}
