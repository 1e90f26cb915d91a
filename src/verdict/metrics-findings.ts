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

/** Questions that what is said of a check stands on: without an answer to one of them from anybody nothing is proven. */
const CORE = [
  'replica-hidden',
  ...['non-root', 'no-capabilities', 'no-new-privileges'],
  ...['cpu-limit', 'memory-limit', 'pids-limit'],
];
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
  const [open] = CORE.flatMap((id) => {
    const core = probes.filter((probe) => probe.id === id);
    return core.every(({ holds }) => holds === null) ? core.slice(0, 1) : [];
  });
  const isOpen = findings.length === 0 && open !== undefined;
  return withdrawn(measurement, isOpen ? `it could not be asked whether ${open.claim}: ${open.seen}` : null);
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
