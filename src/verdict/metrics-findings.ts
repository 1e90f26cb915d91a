import type { Probe, ScenarioEvidence } from '../checks/evidence';
import { SECRET_FILE_PROBE } from '../checks/evidence';
import type { Measurement } from './measurement';
import { measured, withdrawn } from './measurement';

/** The metric of each check that asks questions. */
export const FINDINGS_METRICS = {
  isolation: 'isolation.leaks',
  hardening: 'hardening.findings',
  limits: 'limits.findings',
} as const;
export type FindingsCheck = keyof typeof FINDINGS_METRICS;

/** The metric of what files hold: a guess by their names and what they look like, and so one of its own, which may weigh less. */
export const SECRET_FILES_METRIC = 'hardening.secret-files';

/** The metric that a question counts in; null: of its check there is none. */
export function metricOfProbe({ id }: Pick<Probe, 'id'>, { check }: Pick<ScenarioEvidence, 'check'>): string | null {
  if (id === SECRET_FILE_PROBE) return SECRET_FILES_METRIC;
  // What a rolling update is asked is what the check asks the image under test, and it is asked of the new version.
  const asking = check === 'rollout' ? 'hardening' : check;
  return Object.values(FINDINGS_METRICS).find((name) => name.startsWith(`${asking}.`)) ?? null;
}

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
  return measurementOf(evidence, FINDINGS_METRICS[check]);
}

/** How many files of the image hold a secret; samples are the findings, or the one question that had none. */
export function secretFilesMeasurement(evidence: ScenarioEvidence): Measurement {
  return measurementOf(evidence, SECRET_FILES_METRIC);
}

function measurementOf(evidence: ScenarioEvidence, metric: string): Measurement {
  const { name, rollout } = evidence;
  const probes = evidence.probes.filter((probe) => metricOfProbe(probe, evidence) === metric);
  const asked = probes.filter(({ holds }) => holds !== null);
  const findings = failedProbes({ probes });
  const measurement = measured(
    name,
    metric,
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
  if (findings.length > 0) return measurement;
  if (open !== undefined) return withdrawn(measurement, `it could not be asked whether ${open.claim}: ${open.seen}`);
  const begun = probes.find(({ unfinished }) => unfinished === true);
  return withdrawn(
    measurement,
    begun === undefined ? null : `it is not known whether ${begun.claim}: ${begun.subject}: ${begun.seen}`,
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
